"""A checkpoint: the state of a paused training, as named plain arrays in one file."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from designer.errors import StoreError
from designer.rewards.sources import Array
from designer.run.arrays import read_any_arrays, write_arrays

CHECKPOINT = "checkpoint.npz"

Value = TypeVar("Value")


def prefixed(prefix: str, arrays: Mapping[str, Value]) -> dict[str, Value]:
    """The arrays, named prefix/name."""
    return {f"{prefix}/{name}": array for name, array in arrays.items()}


def under(prefix: str, arrays: Mapping[str, Value]) -> dict[str, Value]:
    """The arrays named prefix/name, under their own names again."""
    start = f"{prefix}/"
    return {
        name.removeprefix(start): array
        for name, array in arrays.items()
        if name.startswith(start)
    }


def save_checkpoint(folder: Path, arrays: Mapping[str, Array]) -> None:
    """Write a checkpoint into a training's folder, all of it or nothing."""
    write_arrays(folder / CHECKPOINT, arrays)


def load_checkpoint(folder: Path) -> dict[str, Array] | None:
    """The checkpoint in a training's folder; None if it is missing or damaged."""
    with suppress(FileNotFoundError, StoreError):
        return read_any_arrays(folder / CHECKPOINT)
    return None
