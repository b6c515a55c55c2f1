"""The tools that make a clip: a painter, which has a name, and PyAV, an extra."""

from importlib.util import find_spec
from typing import Literal

from designer.errors import ConfigError

PainterName = Literal["gl", "stick figure"]
NEEDS_PYAV = (
    "clips need PyAV; install it with pip install -c constraints.txt -e '.[people]'"
)


def has_pyav() -> bool:
    """Whether PyAV is installed; loads nothing."""
    return find_spec("av") is not None


def require_pyav() -> None:
    """ConfigError unless PyAV is installed; loads nothing."""
    if not has_pyav():
        raise ConfigError(NEEDS_PYAV)
