"""Starts and ends confined processes: shared memory, pipes, exit status.

The input memory is sealed so that the child can map it read-only at most. Input and
output memory are sealed against shrinking, which would kill the host by SIGBUS.
"""

import contextlib
import errno
import fcntl
import json
import mmap
import os
import platform
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sandbox.contract import MAX_TERMS, MAX_TEXT_CHARACTERS
from sandbox.faults import FaultKind, Limits, RewardFault, SandboxError
from sandbox.seccomp import frozen_filter
from sandbox.text import clean
from sandbox.walls import Walls, bubblewrap, numpy_home, python

# A bare package without __init__, so that the child imports only what it runs.
BOOT = """
import errno, importlib, os, sys, types
sandbox = sys.modules["sandbox"] = types.ModuleType("sandbox")
sandbox.__path__ = [sys.argv[1]]
sys.path.append(sys.argv[2])
try:
    importlib.import_module(f"sandbox.{sys.argv[3]}").main()
except MemoryError:  # none is left to say where it ran out
    os._exit(errno.ENOMEM)
"""
_SIZE_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
_F_SEAL_FUTURE_WRITE = 0x10  # Linux 5.1; not yet in Python's fcntl
_LEAVING_S = 1.0  # a process that closed its pipe gets this long to be gone


@dataclass(frozen=True)
class Spec:
    """The specification that the reward process reads as JSON from its stdin.

    widths: field to 0 for (n,), k for (n, k). rows: the most rows of one call.
    """

    source: str
    widths: Mapping[str, int]
    action_dim: int
    rows: int
    hash_seed: int = 0

    @property
    def width(self) -> int:
        """Columns of a packed frame."""
        return sum(k or 1 for k in self.widths.values())


@dataclass(frozen=True)
class Confined:
    """A started process on the host's side: descriptors of two pipes and of its log."""

    process: "subprocess.Popen[bytes]"
    requests: int
    replies: int
    log: int


@dataclass(frozen=True)
class Child(Confined):
    """A reward process and the memory that it shares with the host.

    s, s_next: (rows, width); action: (rows, action_dim); output: flat, written
    by the child.
    """

    s: np.ndarray
    action: np.ndarray
    s_next: np.ndarray
    output: np.ndarray


def _shared(stack: ExitStack, floats: int, seals: int) -> tuple[int, np.ndarray]:
    """A sealed memory file and the host's writable array over it."""
    descriptor = os.memfd_create("reward", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    stack.callback(os.close, descriptor)
    os.ftruncate(descriptor, 8 * floats)
    array = np.frombuffer(mmap.mmap(descriptor, 8 * floats), np.float64)
    seals |= _SIZE_SEALS | fcntl.F_SEAL_SEAL
    try:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    except OSError:  # on an older kernel the child could write its own inputs, no more
        seals &= ~_F_SEAL_FUTURE_WRITE
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor, array


def _stdin(stack: ExitStack, text: str) -> int:
    """A read-only memory file with the text; a pipe could fill up and block."""
    descriptor = os.memfd_create("spec", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    stack.callback(os.close, descriptor)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    seals = _SIZE_SEALS | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor


def _environment(hash_seed: int) -> dict[str, str]:
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    variables = {"PYTHONHASHSEED": str(hash_seed), **dict.fromkeys(threads, "1")}
    # Some installations of Python need it.
    if path := os.environ.get("LD_LIBRARY_PATH"):
        variables["LD_LIBRARY_PATH"] = path
    return variables


def start_reward(stack: ExitStack, spec: Spec, limits: Limits, walls: Walls) -> Child:
    """Starts a reward process; closing the stack kills it and frees its resources.

    SandboxError where this machine can't start one.
    """
    frame, action = spec.rows * spec.width, spec.rows * spec.action_dim
    with _refusals(), ExitStack() as child_ends:  # closed once the child has its copies
        inputs, flat = _shared(child_ends, 2 * frame + action, _F_SEAL_FUTURE_WRITE)
        outputs, output = _shared(child_ends, spec.rows * MAX_TERMS, 0)
        settings = {**asdict(spec), **asdict(limits)}
        confined = _spawn(
            stack, "child", settings, walls, (inputs, outputs), spec.hash_seed
        )
    return Child(
        **vars(confined),
        s=flat[:frame].reshape(spec.rows, spec.width),
        action=flat[frame : frame + action].reshape(spec.rows, spec.action_dim),
        s_next=flat[frame + action :].reshape(spec.rows, spec.width),
        output=output,
    )


def start_reader(stack: ExitStack, limits: Limits, walls: Walls) -> Confined:
    """Starts a process that reads replies; otherwise as ``start_reward``."""
    with _refusals():
        confined = _spawn(stack, "reading", asdict(limits), walls, ())
        os.set_blocking(confined.replies, False)
        return confined


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    if not hasattr(os, "memfd_create"):
        raise SandboxError("a confined process needs Linux (memfd_create)")
    try:
        yield
    except OSError as error:
        raise SandboxError(f"a confined process could not start: {error}") from error


def _spawn(
    stack: ExitStack,
    module: str,
    settings: Mapping[str, Any],
    walls: Walls,
    shared: tuple[int, ...],
    hash_seed: int = 0,
) -> Confined:
    """Starts a process that runs main() of a module of this package.

    settings: sent as JSON to its stdin. shared: descriptors of memory that it inherits.
    """
    with ExitStack() as child_ends:  # closed once the child has its copies
        stdin = _stdin(child_ends, json.dumps({**settings, **_inner(walls)}))
        their_requests, requests = os.pipe()
        child_ends.callback(os.close, their_requests)
        stack.callback(os.close, requests)
        replies, their_replies = os.pipe()
        child_ends.callback(os.close, their_replies)
        stack.callback(os.close, replies)
        # A child that answers without reading must not block the host on a full pipe.
        os.set_blocking(requests, False)
        log = stack.enter_context(tempfile.TemporaryFile(buffering=0))
        descriptors = (their_requests, their_replies, *shared)
        process = subprocess.Popen(
            _command(module, descriptors, walls),
            stdin=stdin,
            stdout=log,
            stderr=log,
            pass_fds=descriptors,
            cwd="/",
            env=_environment(hash_seed),
            start_new_session=True,
        )
        stack.callback(kill, process, os.getpid())
    return Confined(process, requests, replies, log.fileno())


def _command(module: str, descriptors: tuple[int, ...], walls: Walls) -> list[str]:
    package = str(Path(__file__).parent)
    # As isolated as by -I, except that Python reads the hash seed.
    command = [python(), "-s", "-P", "-S", "-B", "-c", BOOT, package, str(numpy_home())]
    command += [module, *map(str, descriptors)]
    return bubblewrap(command) if walls.bubblewrap else command


def _inner(walls: Walls) -> dict[str, int | str]:
    """Settings of the walls that the child builds round itself."""
    program = frozen_filter() if walls.seccomp else b""
    if walls.seccomp and not program:
        raise SandboxError(f"there is no seccomp filter for {platform.machine()}")
    return {"landlock": walls.landlock, "seccomp": program.hex()}


def kill(process: "subprocess.Popen[bytes]", host: int) -> None:
    """Ends the process and its group; does nothing in a fork of the host."""
    if process.returncode is None and os.getpid() == host:
        # It was not waited for, so no other process can have its number.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def last_words(child: Confined, max_bytes: int = 500) -> str:
    """The end of the process's stdout and stderr, cleaned."""
    size = os.fstat(child.log).st_size
    tail = os.pread(child.log, max_bytes, max(0, size - max_bytes))
    return clean(tail.decode(errors="replace"), MAX_TEXT_CHARACTERS).strip()


def exit_fault(child: Confined, limits: Limits) -> RewardFault:
    """Why a process that closed its pipe ended; kills it where it still runs."""
    deadline = time.monotonic() + _LEAVING_S
    look = os.WEXITED | os.WNOHANG | os.WNOWAIT  # the group is killed before the wait
    while os.waitid(os.P_PID, child.process.pid, look) is None:
        if time.monotonic() > deadline:
            kill(child.process, os.getpid())
            return RewardFault("crash", "the reward process closed its connection")
        select.select([], [], [], 0.001)
    kill(child.process, os.getpid())
    code = child.process.returncode
    code = 128 - code if code < 0 else code  # bubblewrap tells a signal as a shell does
    faults: dict[int, tuple[FaultKind, str]] = {
        signal.SIGXCPU: ("cpu", f"used more than {limits.cpu_s} s of CPU time"),
        signal.SIGXFSZ: ("output", f"printed more than {limits.output_bytes} bytes"),
        errno.ENOMEM: ("memory", f"used more than {limits.memory_mb} MB of memory"),
        128 + signal.SIGKILL: ("memory", "was killed, most likely by lack of memory"),
    }
    if code in faults:
        kind, message = faults[code]
        return RewardFault(kind, f"the reward {message}")
    ending = f"by signal {code - 128}" if code > 128 else f"with exit status {code}"
    words = last_words(child)
    return RewardFault(
        "crash", f"the reward ended its process {ending}" + (words and f": {words}")
    )
