"""Who votes: people on the terminal, ranked factors, models, a synthetic rater."""
