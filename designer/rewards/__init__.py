"""From a reply to a reward that can be trained: accept, probe, bank and sources."""
