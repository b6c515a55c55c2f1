"""Votes as data: ballots, preferences, strengths, questions."""
