"""From a reply to a reward worth training: accept, probe, the bank, sources."""
