"""The report of a run: tables, pictures and verdicts for people."""
