"""Scores of reward files: trained, judged, compared in pairs, and kept by content."""
