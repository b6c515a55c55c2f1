"""Training and judging policies; the learner is trusted, the reward is not."""
