"""What the terminal shows of a run, and what a person types there."""
