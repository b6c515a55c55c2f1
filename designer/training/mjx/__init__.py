"""Whole populations of trainings in JAX: MJX on a GPU, or C MuJoCo on a CPU."""
