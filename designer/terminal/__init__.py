"""The terminal: the screen of a run, output of commands, and typed answers."""
