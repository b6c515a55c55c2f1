"""The walls round a confined process, and the command line of bubblewrap."""

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

_SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache")


@dataclass(frozen=True)
class Walls:
    """The layers of protection round a confined process, beyond being a process.

    bubblewrap: its own file system, network, process and user numbers. landlock: the
    version in use, 0 for none; it denies files, TCP ports and signals to other
    processes. seccomp: the allow-list of system calls.
    """

    bubblewrap: bool = False
    landlock: int = 0
    seccomp: bool = False

    def __str__(self) -> str:
        layers = {
            "bubblewrap": self.bubblewrap,
            f"landlock {self.landlock}": self.landlock,
            "seccomp": self.seccomp,
        }
        return " + ".join(name for name, is_used in layers.items() if is_used) or "none"


def python() -> str:
    """The interpreter itself, outside any virtual environment."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def numpy_home() -> Path:
    """The folder that numpy is imported from."""
    return Path(numpy.__file__).parents[1]


def bubblewrap(command: Sequence[str]) -> list[str]:
    """The command inside a file system that holds the Python runtime and nothing else.

    There is no /proc, /dev or /tmp and nothing is writable. The program is the first
    process inside, so that no process runs outside the walls that it builds later.
    """
    path = shutil.which("bwrap")
    if path is None:
        raise FileNotFoundError("bubblewrap is not installed: apt install bubblewrap")
    # Without --new-session, so that killing the process group ends both; Popen has
    # started a new session already.
    arguments = [path, "--unshare-all", "--unshare-user", "--as-pid-1"]
    arguments += ["--die-with-parent", "--cap-drop", "ALL"]
    for source in _readable():
        arguments += ["--ro-bind-try", source, source]
    return [*arguments, "--remount-ro", "/", "--chdir", "/", "--", *command]


def _readable() -> list[str]:
    interpreter, packages = Path(python()), numpy_home()
    places = [Path(place) for place in _SYSTEM]
    places += [interpreter, interpreter.resolve(), Path(sys.base_prefix) / "lib"]
    places += [packages / "numpy", packages / "numpy.libs"]
    places += [Path(__file__).parent]  # with its compiled files
    libraries = os.environ.get("LD_LIBRARY_PATH", "")
    places += [Path(place) for place in libraries.split(":") if place]
    return list(dict.fromkeys(map(str, places)))
