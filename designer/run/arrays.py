"""Arrays in a run folder: npz without pickles, atomic to write, checked when read."""

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

MAX_UNPACKED_BYTES = 1 << 31  # 2 GiB
# Numpy and zipfile raise these for bytes that they did not write.
READ_ERRORS = (
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
    """All arrays of a file by name.

    FileNotFoundError if the file is not there; StoreError if it is damaged.
    """
    content = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise ValueError(f"unpacks to {unpacked} bytes")
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: np.asarray(stored[name]) for name in stored.files}
    except READ_ERRORS as error:
        raise damaged(path, " ".join(str(error).split())) from None


def read_arrays(path: Path, kinds: Mapping[str, tuple[str, int]]) -> dict[str, Array]:
    """The named arrays; kinds: name to the letters of its dtype.kind, and dimensions.

    FileNotFoundError if the file is not there; StoreError unless it holds these arrays
    and all their numbers are finite.
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
    """Episodes of envs.episodes.save_episodes; StoreError if arrays don't agree."""
    arrays = read_arrays(path, EPISODE_ARRAYS)
    lengths = arrays["lengths"]
    frames, actions = len(arrays["frames"]), len(arrays["actions"])
    is_consistent = (
        (lengths > 0).all()
        and lengths.sum() == actions
        and frames == actions + len(lengths)
        and len(lengths) == len(arrays["terminated"]) == len(arrays["reasons"])
    )
    if not is_consistent:
        raise damaged(path, "its arrays don't fit together")
    return arrays


EPISODE_ARRAYS = {
    "lengths": ("iu", 1),
    "frames": ("f", 2),
    "actions": ("f", 2),
    "terminated": ("b", 1),
    "reasons": ("U", 1),
}
