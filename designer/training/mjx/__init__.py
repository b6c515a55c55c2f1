"""Whole populations of trainings in JAX: MJX on a GPU, or C MuJoCo on a CPU."""

from designer.training.mjx.opening import open_mjx as open_mjx
