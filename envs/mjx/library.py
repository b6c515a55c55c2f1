"""mujoco.mjx, imported without a word: it prints where Warp is not installed."""

import io
from contextlib import redirect_stdout

with redirect_stdout(io.StringIO()):
    from mujoco import mjx
    from mujoco.mjx._src import forward as mjx_forward

__all__ = ["mjx", "mjx_forward"]
