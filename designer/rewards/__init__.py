"""From a reply to a reward worth training: accept, probe, bank, and where rewards come from."""
