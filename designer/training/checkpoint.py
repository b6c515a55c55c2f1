"""A checkpoint: all that a training goes on from, as named plain arrays in one file."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from designer.errors import StoreError
from designer.rewards.sources import Array
from designer.run.arrays import read_any_arrays, write_arrays

CHECKPOINT = "checkpoint.npz"


T = TypeVar("T")


def prefixed(prefix: str, arrays: Mapping[str, T]) -> dict[str, T]:
    """The arrays under prefix/name."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def under(prefix: str, arrays: Mapping[str, T]) -> dict[str, T]:
    """Those of the arrays that `prefixed` named, under their own names."""
    start = f"{prefix}/"
    return {
        name.removeprefix(start): array
        for name, array in arrays.items()
        if name.startswith(start)
    }


def save_checkpoint(folder: Path, arrays: Mapping[str, Array]) -> None:
    """Keep a checkpoint in a training's folder, whole or not at all."""
    write_arrays(folder / CHECKPOINT, arrays)


def load_checkpoint(folder: Path) -> dict[str, Array] | None:
    """The checkpoint of a training's folder; None where none can be gone on from."""
    with suppress(FileNotFoundError, StoreError):
        return read_any_arrays(folder / CHECKPOINT)
    return None
