"""The run folder as data: candidates, settings, files, what it was begun with."""
