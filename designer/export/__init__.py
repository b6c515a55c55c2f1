"""A run's reward and policy as a folder that works without us."""
