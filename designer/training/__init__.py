"""Trains and judges policies; the learner is trusted, the reward is not."""
