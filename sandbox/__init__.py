"""Everything that stands next to LLM-written text and code: two confined processes.

One reads: a reply or a source goes in; the reward's source, what is wrong with it and
its design thought come out. It parses, compiles and checks, and never runs, what it
reads, so the trusted side does none of this. One runs the reward: arrays go in, numbers
come out. Text that comes back passes one gate (``clean``): bounded and printable.

Layers round both, each tested alone:

- its process: no memory shared but inputs (read-only) and outputs; no descriptor, no
  environment variable; limits on wall and CPU time, memory and output; it dies with
  its host. What it answers is copied, then checked; its text is cleaned and cut.
  What a module holds is frozen, or compared after every call, so it keeps nothing.
- seccomp, always: 26 system calls. Nothing can be opened, asked about, started,
  signalled or connected, and no memory becomes executable. A frozen allow-list.
- Landlock: every right on files, TCP, abstract sockets and signals given up.
- bubblewrap: a file system with the Python runtime and nothing else, read-only; no
  network, /proc or /dev; its own process and user numbers.

``auto`` takes the strongest that works, found by trying; it wants one of the last two
and refuses without. Walls are never left out in silence.

Not covered: who takes over the process that reads, by a flaw of Python's parser, can
say untrue things about that one text; flaws of the kernel that 26 calls can reach, and
side channels of the hardware (for hostile authors on a shared machine, use a virtual
machine). A reward may burn CPU up to its limits, keep state where only an escape can,
look at other rows, or say untrue numbers: that is for the static check and the probes.
Linux on x86_64 and aarch64 only; the aarch64 filter is checked by simulation and was
never run.
"""

from sandbox.check import Problem, check
from sandbox.choose import NAMES, NO_WALLS, Sandbox, available, choose, fault
from sandbox.faults import Limits, RewardFault, SandboxError
from sandbox.process import RewardProcess
from sandbox.read import NoReward, Reader, Reading, read, read_source
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
    "check",
    "choose",
    "clean",
    "fault",
    "one_line",
    "read",
    "read_source",
]
