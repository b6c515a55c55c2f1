"""Where draws are written; of two that write one constant only the last would count."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from envs.bodies import Array
from envs.fields import SourceError


@dataclass(frozen=True)
class Target:
    """The array (n, k) that the draw of a name is written to.

    base: the model's own numbers (k,) where these are constants, else None.
    """

    name: str
    source: str
    view: Array
    base: Array | None


def require_apart(targets: Iterable[Target | None]) -> None:
    """SourceError where two draws write the same constants of the model."""
    constants = [t for t in targets if t is not None and t.base is not None]
    for one, other in combinations(constants, 2):
        if np.shares_memory(one.view[:1], other.view[:1]):
            raise SourceError(
                f"'{other.source}' is a constant that the draw '{one.name}' writes "
                "too, and of two only the last would count; give one of them the range "
                "of both together",
                "draws",
                other.name,
            )
