"""Who votes: people on the terminal, ranked factors, a vision model, a synthetic rater."""
