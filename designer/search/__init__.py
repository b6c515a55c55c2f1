"""The search: a snapshot of its state, a plan of the next work, and the loop."""
