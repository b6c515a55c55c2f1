"""Files of a run folder: written atomically, and never through a link.

A run folder holds only plain files and folders of its own. A symbolic link, a second
name of another file, a pipe or a device would make a run write or wait elsewhere, so it
is refused before anything is read or written.
"""

import json
import math
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from designer.errors import ConfigError, StoreError
from designer.typed import Mismatch, read_as

Data = TypeVar("Data")
MAX_RUN_FILE_BYTES = 1 << 28  # 256 MiB; files are read into memory
REMAKE_ADVICE = "delete it and resume: that part is made again"


# What a run writes: under these names lie files, under those folders.
FILE_NAME = re.compile(
    r"[^.].*\.(json|jsonl|yaml|md|html|txt|csv|npz|py|svg|lock|mp4|jpg|png|gif)"
)
FOLDER_NAME = re.compile(r"(g\d{2,4}|c\d{2,5}|s\d+|final|best|init|task|designed)")


def require_plain(folder: Path) -> None:
    """StoreError if anything in a run folder is not a plain file or folder of its own.

    The folder itself may be a link: the user named it.
    """
    folders = [str(folder)]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                try:
                    kind = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # a temporary file of a run that goes on
                    continue
                if stat.S_ISDIR(kind.st_mode):
                    if FILE_NAME.fullmatch(entry.name):
                        _refuse_kind(entry.path, "folder", "file")
                    folders.append(entry.path)
                elif stat.S_ISREG(kind.st_mode) and FOLDER_NAME.fullmatch(entry.name):
                    _refuse_kind(entry.path, "file", "folder")
                elif stat.S_ISLNK(kind.st_mode):
                    _refuse(entry.path, "is a symbolic link")
                elif not stat.S_ISREG(kind.st_mode):
                    _refuse(entry.path, "is neither a file nor a folder")
                elif kind.st_nlink > 1:
                    _refuse(entry.path, "is a hard link: another file is the same")


def _refuse(path: str, reason: str) -> NoReturn:
    raise StoreError(
        f"{path} {reason}; a run folder holds only files and folders of its own: "
        "remove it, or put a copy of what it points to in its place"
    )


def _refuse_kind(path: str, came: str, expected: str) -> NoReturn:
    raise StoreError(
        f"{path} is a {came}, where a run keeps a {expected}; move it out of the run "
        "folder, and go on: what is missing then is made again"
    )


def open_plain(path: Path, flags: int) -> int:
    """A descriptor of a plain file; StoreError if the path is anything else."""
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its other end.
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    except OSError:
        if path.is_symlink():
            _refuse(str(path), "is a symbolic link")
        if path.is_dir():
            _refuse_kind(str(path), "folder", "file")
        raise
    kind = os.fstat(descriptor)
    if stat.S_ISDIR(kind.st_mode):
        os.close(descriptor)
        _refuse_kind(str(path), "folder", "file")
    if not stat.S_ISREG(kind.st_mode) or kind.st_nlink > 1:
        os.close(descriptor)
        _refuse(str(path), "is not a plain file of its own")
    return descriptor


def write_atomic(path: Path, content: str | bytes, durable: bool = True) -> None:
    """Write all of a file or none: temporary name, fsync, rename, folder's fsync.

    durable: without it there is no fsync, for files that a power cut may take.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = open_plain(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(descriptor)
        temporary.rename(path)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, IsADirectoryError):
            _refuse_kind(str(path), "folder", "file")
        raise
    if not durable:
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def remove_temporaries(folder: Path) -> None:
    """Remove what killed processes were about to write; nobody writes there now."""
    for path in folder.rglob(".*.tmp"):
        path.unlink(missing_ok=True)


def read_bytes(path: Path) -> bytes:
    """Content of a plain file; FileNotFoundError without one, StoreError if odd."""
    with os.fdopen(open_plain(path, os.O_RDONLY), "rb") as file:
        if os.fstat(file.fileno()).st_size > MAX_RUN_FILE_BYTES:
            raise StoreError(
                f"{path} is larger than {MAX_RUN_FILE_BYTES >> 20} MiB; {REMAKE_ADVICE}"
            )
        return file.read()


def read_text(path: Path) -> str:
    """A plain file as UTF-8; StoreError if it is not."""
    try:
        return read_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise StoreError(
            f"{path} is damaged (not UTF-8: {error.reason}); {REMAKE_ADVICE}"
        ) from None


def read_user_text(path: Path) -> str:
    """A text file of the user's own, which may be a link; ConfigError if it is none."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not a text file: {error.reason}") from None


def to_json(data: Any) -> Any:
    """Data for strict JSON: null in place of NaN and infinity."""
    if isinstance(data, float) and not math.isfinite(data):
        return None
    if isinstance(data, Mapping):
        return {key: to_json(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [to_json(value) for value in data]
    return data


def parse_json(text: str | bytes) -> Any:
    """Data of strict JSON; ValueError for NaN, infinity and too deep nesting too."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("too deeply nested") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def write_json(path: Path, data: Mapping[str, Any], durable: bool = True) -> None:
    """Write strict JSON, indented for readers; as write_atomic does."""
    text = json.dumps(to_json(data), indent=1, allow_nan=False)
    write_atomic(path, text + "\n", durable)


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a JSON file; None without the file, StoreError if it is damaged."""
    try:
        data = parse_json(read_bytes(path))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise damaged(path, error) from None
    if not isinstance(data, dict):
        raise damaged(path, f"expected an object, got a {type(data).__name__}")
    return data


def read_json_as(kind: type[Data], path: Path) -> Data | None:
    """The dataclass in a JSON file; None without the file, StoreError if it is none."""
    data = read_json(path)
    if data is None:
        return None
    try:
        value: Data = read_as(kind, data)
    except Mismatch as error:
        raise damaged(path, error) from None
    return value


def damaged(path: Path, reason: object) -> StoreError:
    """The error for a file that is not as it was written."""
    return StoreError(f"{path} is damaged ({reason}); {REMAKE_ADVICE}")
