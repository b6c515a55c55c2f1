"""A run folder as data: candidates, settings, files, and what its figures depend on."""
