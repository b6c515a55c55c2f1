"""Where rewards come from: a model's replies, or the built-in symbolic proposer."""
