"""Selection: the reward that leads, the parents of the next ones, confidence."""
