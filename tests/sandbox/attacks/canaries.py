"""What an attack could reach of its user's: files, sockets, processes, IPC objects.

Each class lays out its canaries, names them for the sources, and tells their harm.
"""

import contextlib
import ctypes
import os
import platform
import resource
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sandbox import Limits, RewardFault, RewardProcess, Walls

LIBC = ctypes.CDLL(None, use_errno=True)
# System calls without a function in libc; from 424 on they are the same everywhere.
_NUMBERS = {
    "x86_64": {
        "add_key": 248,
        "bpf": 321,
        "clone": 56,
        "keyctl": 250,
        "perf": 298,
        "userfault": 323,
    },
    "aarch64": {
        "add_key": 217,
        "bpf": 280,
        "clone": 220,
        "keyctl": 219,
        "perf": 241,
        "userfault": 282,
    },
}
NUMBERS = _NUMBERS.get(platform.machine(), {})

_PUBLIC = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/"), Path.cwd())
# Root's rights would keep another process of root out of its secrets.
_SLEEPER = """
import ctypes, struct, time
ctypes.CDLL(None).capset(struct.pack('<Ii', 0x20080522, 0), bytes(24))
print('here', flush=True)
time.sleep(900)
"""
_HONEST = "def reward(s, a, s_next): return {'x': s.x * 0 + 1}"


_SESSION, _UNLINK = -3, 9


def _kernel(name: str, *values: object) -> int:
    """A system call that libc has no function for; -1 where it does not exist."""
    return LIBC.syscall(NUMBERS[name], *values) if name in NUMBERS else -1


class Files:
    """The home folder of the user, laid out anew for every attack."""

    def __init__(self, home: Path, number: int, mark: str) -> None:
        self.home, self.number, self.mark = home, number, mark
        self.names = {
            "home": home,
            **{name: home / name for name in ("secret", "victim", "sized", "link")},
            "folder": home / "folder",
        }

    def lay_out(self) -> None:
        """Puts every file as it has to be found again."""
        home, number = self.home, str(self.number)
        shutil.rmtree(home, ignore_errors=True)
        folder = home / "folder"
        folder.mkdir(parents=True)
        (folder / number).touch()
        (folder / "stolen.py").write_text(f"LOOT = {number}\n")
        (home / "secret").write_text(number)
        (home / ".env").write_text(f"SOME_API_KEY={number}\n")
        (home / "victim").write_text("precious\n" * 9)
        (home / "link").symlink_to(number)
        with (home / "sized").open("w") as file:
            file.truncate(self.number)
        self._found = self._state()

    def _state(self) -> list[object]:
        """Content and attributes; the time of change tells of nearly all else."""
        paths = sorted([self.home, *self.home.rglob("*")])
        found: list[object] = [(self.home / "victim").read_bytes()]
        for path in paths:
            s = path.lstat()
            found.append((path, s.st_mode, s.st_uid, s.st_nlink, s.st_ctime_ns))
        return found

    def harm(self) -> Iterator[str]:
        """'files' for a change in the home, 'stray' for a new file outside of it."""
        try:
            state = self._state()
        except OSError:
            state = []
        if state != self._found:
            yield "files"
        for public in _PUBLIC:
            for path in public.glob(f"*{self.mark}*"):
                yield "stray"
                shutil.rmtree(path) if path.is_dir() else path.unlink()


class Sockets:
    """Four listeners on this machine."""

    def __init__(self, desk: Path, mark: str) -> None:
        self._named = {
            "tcp": socket.socket(socket.AF_INET, socket.SOCK_STREAM),
            "udp": socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            "unix": socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
            "abstract": socket.socket(socket.AF_UNIX, socket.SOCK_STREAM),
        }
        self.names: dict[str, object] = {"unix": desk / "socket", "abstract": mark}
        for name in ("tcp", "udp"):
            self._named[name].bind(("127.0.0.1", 0))
            self.names[name] = self._named[name].getsockname()[1]
        self._named["unix"].bind(str(desk / "socket"))
        self._named["abstract"].bind(f"\0{mark}")
        for name in ("tcp", "unix", "abstract"):
            self._named[name].listen(16)

    def harm(self) -> Iterator[str]:
        """Takes in all that came, by name."""
        while ready := select.select([*self._named.values()], [], [], 0)[0]:
            for name, listener in self._named.items():
                if listener in ready:
                    yield name
                    if name == "udp":
                        listener.recv(2000)
                    else:
                        listener.accept()[0].close()

    def close(self) -> None:
        """Closes all of them."""
        for listener in self._named.values():
            listener.close()


class Neighbours:
    """A process with secrets that sleeps, and an honest reward at work."""

    def __init__(self, desk: Path, number: int) -> None:
        self.number, self.ledger, self.stdin = number, desk / "ledger", desk / "stdin"
        self.stdin.write_text(str(number))
        self._sleeper: subprocess.Popen[bytes] | None = None
        self._rival: RewardProcess | None = None

    @property
    def names(self) -> dict[str, object]:
        """Their process numbers."""
        return {"bystander": self._sleeper.pid, "rival": self._rival.pid}

    def hire(self) -> None:
        """Starts those that are not at work."""
        if self._sleeper is None:
            with self.stdin.open() as stdin, self.ledger.open("w") as ledger:
                self._sleeper = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _SLEEPER, str(self.number)],
                    stdin=stdin,
                    stdout=ledger,
                    env={"SOME_API_KEY": str(self.number)},
                )
            deadline = time.monotonic() + 5
            while not self.ledger.stat().st_size and time.monotonic() < deadline:
                time.sleep(0.005)
            self._found = self._state()
        if self._rival is None:
            self._rival = RewardProcess(
                _HONEST, {"x": 0}, 1, limits=Limits(call_s=1.0), walls=Walls()
            )

    def _state(self) -> list[object]:
        pid = self._sleeper.pid
        told = Path(f"/proc/{pid}/status").read_text()
        lines = dict(line.split(":", 1) for line in told.splitlines())
        return [
            lines["State"][1] in "RSD",
            lines["TracerPid"],
            os.getpriority(os.PRIO_PROCESS, pid),
            os.sched_getaffinity(pid),
            resource.prlimit(pid, resource.RLIMIT_NOFILE),
            Path(f"/proc/{pid}/oom_score_adj").read_text(),
            self.ledger.read_text(),
        ]

    def harm(self) -> Iterator[str]:
        """Who is not as before; those are sent away."""
        try:
            same = self._sleeper.poll() is None and self._state() == self._found
        except OSError:
            same = False
        if not same:
            yield "bystander"
            self._dismiss_sleeper()
        rows = np.zeros((3, 1))
        with contextlib.suppress(RewardFault):
            if (self._rival(rows, rows, rows) == 1).all():
                return
        yield "rival"
        self._rival.close()
        self._rival = None

    def _dismiss_sleeper(self) -> None:
        self._sleeper.kill()
        self._sleeper.wait()
        self._sleeper = None

    def close(self) -> None:
        """Sends both away."""
        if self._sleeper is not None:
            self._dismiss_sleeper()
        if self._rival is not None:
            self._rival.close()


class Objects:
    """Objects of the kernel: a key with the secret, and those that an attack leaves."""

    def __init__(self, key: int, mark: str, number: int) -> None:
        self.names = {"key": key}
        self._key, self._queue = key, f"/{mark}".encode()
        text = str(number).encode()
        name = "add_key", b"user", mark.encode(), text, ctypes.c_size_t(len(text))
        self._secret = _kernel(*name, _SESSION)

    def close(self) -> None:
        """Takes the secret back."""
        _kernel("keyctl", _UNLINK, self._secret, _SESSION)

    def harm(self) -> Iterator[str]:
        """'object' for each that was left; removes it."""
        for kind, extra in (("shm", (0, 0)), ("sem", (0, 0)), ("msg", (0,))):
            found = LIBC[f"{kind}get"](self._key, *extra)
            if found >= 0:
                yield "object"
                LIBC[f"{kind}ctl"](found, *([0] if kind == "sem" else []), 0, None)
        if LIBC.mq_unlink(self._queue) == 0:
            yield "object"
