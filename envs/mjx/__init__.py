"""A task's robot on MJX: the same start, fields and endings as pure JAX functions.

The only home of jax and mujoco.mjx in envs; nothing else in envs imports it.
"""
