"""Clips of policies: what moved, seen by a camera, painted, drawn upon, encoded.

Importing this package loads nothing heavy: MUJOCO_GL must be set before MuJoCo is.
"""
