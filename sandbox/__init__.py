"""Handles LLM-written text and code, in two kinds of confined processes.

The reader takes a reply or a source and gives the reward's source, its problems and its
design thought. It parses, compiles and checks the code, and never runs it; the trusted
side does none of this. The reward process takes arrays, runs the reward and gives
numbers; or it traces the reward and gives its graph, which the trusted side checks
(graph.py) and computes on a GPU. All other text that comes back is made printable and
of limited length by ``clean``.

Layers round both, each tested alone:

- a process: it shares only input memory (read-only) and output memory with the host,
  and inherits no other descriptor or environment variable. Wall time, CPU time, memory
  and output are limited, and it dies with its host. Answers are copied, then checked.
  The reward's module is made read-only, or compared after every call, so that a reward
  keeps no state between calls.
- seccomp, always: an allow-list of 26 system calls, frozen as data. Files can't be
  opened or examined, processes can't be started or signalled, sockets can't be made,
  and no memory becomes executable.
- Landlock: all rights on files, TCP, abstract sockets and signals are given up.
- bubblewrap: a read-only file system with nothing but the Python runtime; no network,
  /proc or /dev; its own process and user numbers.

``auto`` takes the strongest walls that work, found by trying; it needs Landlock or
bubblewrap and refuses to run without. Walls are never left out silently.

Not covered: an author who takes over the reader, by a flaw of Python's parser, can give
false answers about the same text. Flaws of the kernel that 26 calls can reach, and side
channels of the hardware (for hostile authors on a shared machine, use a virtual
machine). A reward may use CPU up to its limits, keep state after an escape, mix rows,
or return false numbers: the static check and the probes look for that. Linux on x86_64
and aarch64 only; the aarch64 filter is checked by simulation and was never run.
"""

from sandbox.check import Problem, check_source
from sandbox.choose import NAMES, NO_WALLS, Sandbox, available, choose, fault
from sandbox.faults import Limits, RewardFault, SandboxError
from sandbox.process import RewardProcess
from sandbox.read import NoReward, Reader, Reading, read_reply, read_source
from sandbox.text import clean, one_line
from sandbox.walls import Walls

__all__ = [
    "NAMES",
    "NO_WALLS",
    "Limits",
    "NoReward",
    "Problem",
    "Reader",
    "Reading",
    "RewardFault",
    "RewardProcess",
    "Sandbox",
    "SandboxError",
    "Walls",
    "available",
    "check_source",
    "choose",
    "clean",
    "fault",
    "one_line",
    "read_reply",
    "read_source",
]
