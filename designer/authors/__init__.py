"""Who writes rewards, and what they are told."""
