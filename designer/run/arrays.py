"""Arrays in a run folder: npz without pickles, written whole, checked when read."""

import io
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from designer.run.files import damaged, read_bytes, write_atomic
from envs.bodies import Array

MAX_ARRAYS_BYTES = 1 << 31  # unpacked: 2 GiB
# What numpy and zipfile raise for bytes that they did not write.
FAULTS = (
    ValueError,
    TypeError,
    KeyError,
    EOFError,
    OSError,
    SyntaxError,
    tokenize.TokenError,
    MemoryError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


def write_arrays(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays by name; all of the file or none of it."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomic(path, buffer.getvalue())


def read_any_arrays(path: Path) -> dict[str, Array]:
    """All arrays of a file, whatever they are called.

    FileNotFoundError if the file is not there; StoreError if it is damaged.
    """
    content = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > MAX_ARRAYS_BYTES:
            raise ValueError(f"unpacks to {unpacked} bytes")
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: np.asarray(stored[name]) for name in stored.files}
    except FAULTS as error:
        raise damaged(path, " ".join(str(error).split())) from None


def read_arrays(path: Path, kinds: Mapping[str, tuple[str, int]]) -> dict[str, Array]:
    """The named arrays, each of a kind: dtype.kind letters and dimensions.

    FileNotFoundError if the file is not there; StoreError unless it holds these and all
    their numbers are finite.
    """
    arrays = read_any_arrays(path)
    for name, (letters, dimensions) in kinds.items():
        if name not in arrays:
            raise damaged(path, f"it has no '{name}'")
        array = arrays[name]
        if array.dtype.kind not in letters or array.ndim != dimensions:
            shape = f"{array.dtype} of {array.ndim} dimensions"
            raise damaged(path, f"'{name}' is {shape}, not of {dimensions}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise damaged(path, f"'{name}' holds numbers that are not finite")
    return {name: arrays[name] for name in kinds}


def read_episodes(path: Path) -> dict[str, Array]:
    """What envs.episodes.save_episodes wrote; StoreError if they don't fit together."""
    arrays = read_arrays(path, EPISODES)
    lengths = arrays["lengths"]
    frames, actions = len(arrays["frames"]), len(arrays["actions"])
    whole = (
        (lengths > 0).all()
        and lengths.sum() == actions
        and frames == actions + len(lengths)
        and len(lengths) == len(arrays["terminated"]) == len(arrays["reasons"])
    )
    if not whole:
        raise damaged(path, "its arrays don't fit together")
    return arrays


EPISODES = {
    "lengths": ("iu", 1),
    "frames": ("f", 2),
    "actions": ("f", 2),
    "terminated": ("b", 1),
    "reasons": ("U", 1),
}
