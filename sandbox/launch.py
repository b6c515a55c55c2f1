"""Starts a confined process and ends it: shared memory, pipes, limits, exit status.

The memory that carries inputs is sealed, so that the child can only map it read-only;
both memories are sealed against shrinking, which would kill the host by SIGBUS.
"""

import contextlib
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

from sandbox.contract import MAX_TERMS, MAX_TEXT
from sandbox.faults import FaultKind, Limits, RewardFault, SandboxError
from sandbox.seccomp import frozen_filter
from sandbox.text import clean
from sandbox.walls import Walls, bubblewrap, numpy_home, python

# A bare package without __init__, so that the child imports only what it runs.
BOOT = """
import importlib, sys, types
sandbox = sys.modules["sandbox"] = types.ModuleType("sandbox")
sandbox.__path__ = [sys.argv[1]]
sys.path.append(sys.argv[2])
importlib.import_module(f"sandbox.{sys.argv[3]}").main()
"""
_SIZE_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
_F_SEAL_FUTURE_WRITE = 0x10  # Linux 5.1; not yet in Python's fcntl
_LEAVING_S = 1.0  # a process that closed its pipe gets this long to be gone


@dataclass(frozen=True)
class Spec:
    """What the child has to know; it reads this as JSON from its stdin."""

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
    """A started process, seen from the host: two pipes, and what it prints."""

    process: "subprocess.Popen[bytes]"
    requests: int
    replies: int
    log: int


@dataclass(frozen=True)
class Child(Confined):
    """A reward process and the memory that it shares with the host.

    s, s_next: (rows, W); action: (rows, action_dim); output: flat, what the child says.
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
    except OSError:  # an older kernel: the child could write its own inputs, no more
        seals &= ~_F_SEAL_FUTURE_WRITE
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    return descriptor, array


def _stdin(stack: ExitStack, text: str) -> int:
    """A read-only memory file with the text: no pipe that could fill up and block."""
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
    kept = {"PYTHONHASHSEED": str(hash_seed), **dict.fromkeys(threads, "1")}
    if path := os.environ.get(
        "LD_LIBRARY_PATH"
    ):  # some installations of Python need it
        kept["LD_LIBRARY_PATH"] = path
    return kept


def start(stack: ExitStack, spec: Spec, limits: Limits, walls: Walls) -> Child:
    """Starts a reward process; closing the stack kills it and frees all that it used.

    SandboxError when this machine cannot.
    """
    frame, action = spec.rows * spec.width, spec.rows * spec.action_dim
    with _refusals(), ExitStack() as theirs:  # closed here once the child has them
        inputs, flat = _shared(theirs, 2 * frame + action, _F_SEAL_FUTURE_WRITE)
        outputs, output = _shared(theirs, spec.rows * MAX_TERMS, 0)
        told = {**asdict(spec), **asdict(limits)}
        made = _spawn(stack, "child", told, walls, (inputs, outputs), spec.hash_seed)
    return Child(
        **vars(made),
        s=flat[:frame].reshape(spec.rows, spec.width),
        action=flat[frame : frame + action].reshape(spec.rows, spec.action_dim),
        s_next=flat[frame + action :].reshape(spec.rows, spec.width),
        output=output,
    )


def start_reader(stack: ExitStack, limits: Limits, walls: Walls) -> Confined:
    """Starts a process that reads replies; otherwise as ``start``."""
    with _refusals():
        made = _spawn(stack, "reading", asdict(limits), walls, ())
        os.set_blocking(made.replies, False)
        return made


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
    told: Mapping[str, Any],
    walls: Walls,
    shared: tuple[int, ...],
    hash_seed: int = 0,
) -> Confined:
    """A process that runs main() of one of our modules; shared: memory that it gets."""
    with ExitStack() as theirs:  # the child's ends, closed here once it has them
        stdin = _stdin(theirs, json.dumps({**told, **_inner(walls)}))
        their_requests, requests = os.pipe()
        theirs.callback(os.close, their_requests)
        stack.callback(os.close, requests)
        replies, their_replies = os.pipe()
        theirs.callback(os.close, their_replies)
        stack.callback(os.close, replies)
        # A child that answers without reading must not block us on a full pipe.
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
    here = str(Path(__file__).parent)
    # Isolated as by -I, but for the hash seed, the environment's only word to Python.
    command = [python(), "-s", "-P", "-S", "-B", "-c", BOOT, here, str(numpy_home())]
    command += [module, *map(str, descriptors)]
    return bubblewrap(command) if walls.bubblewrap else command


def _inner(walls: Walls) -> dict[str, int | str]:
    """The walls that the child builds itself."""
    program = frozen_filter() if walls.seccomp else b""
    if walls.seccomp and not program:
        raise SandboxError(f"there is no seccomp filter for {platform.machine()}")
    return {"landlock": walls.landlock, "seccomp": program.hex()}


def kill(process: "subprocess.Popen[bytes]", host: int) -> None:
    """Ends the process and its group, unless we are a fork of the host."""
    if process.returncode is None and os.getpid() == host:
        # Not waited for yet, so its number cannot have gone to somebody else.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def last_words(child: Confined, most: int = 500) -> str:
    """The end of what the process wrote to stdout and stderr, cleaned."""
    size = os.fstat(child.log).st_size
    tail = os.pread(child.log, most, max(0, size - most))
    return clean(tail.decode(errors="replace"), MAX_TEXT).strip()


def exit_fault(child: Confined, limits: Limits) -> RewardFault:
    """Why a process that hung up is gone; kills one that is not."""
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
    known: dict[int, tuple[FaultKind, str]] = {
        signal.SIGXCPU: ("cpu", f"used more than {limits.cpu_s} s of CPU time"),
        signal.SIGXFSZ: ("output", f"printed more than {limits.output_bytes} bytes"),
        128 + signal.SIGKILL: ("memory", "was killed, most likely by lack of memory"),
    }
    if code in known:
        kind, what = known[code]
        return RewardFault(kind, f"the reward {what}")
    how = f"by signal {code - 128}" if code > 128 else f"with exit status {code}"
    words = last_words(child)
    return RewardFault(
        "crash", f"the reward ended its process {how}" + (words and f": {words}")
    )
