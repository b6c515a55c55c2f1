"""Tasks, vectorised simulators, episodes. Imports nothing else of this project."""
