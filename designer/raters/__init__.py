"""Raters: people on the terminal, ranked factors, vision models, a synthetic rater."""
