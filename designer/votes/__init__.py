"""Votes as data: ballots, preferences.jsonl, strengths, and the next question."""
