"""Resource limits of a confined process, and the errors of a reward or its process."""

from dataclasses import dataclass
from typing import Literal

FaultKind = Literal[
    "error",
    "contract",
    "finite",
    "wall",
    "cpu",
    "memory",
    "threads",
    "output",
    "crash",
    "untraceable",
]


@dataclass(frozen=True)
class Limits:
    """Resource limits of one confined process; exceeding one ends it with that fault.

    start_s: wall time of the start; call_s: of one call; total_s: of all calls.
    cpu_s: CPU time over the life of the process. memory_mb: address space, of which
    Python and numpy take about 100. output_bytes: stdout plus stderr. One thread.
    """

    start_s: float = 20.0
    call_s: float = 10.0
    total_s: float = 7200.0
    cpu_s: int = 7200
    memory_mb: int = 1024
    output_bytes: int = 65536


class RewardFault(Exception):  # noqa: N818 (what a candidate did, not a broken machine)
    """The reward failed; kind says how, message says it in words for its author."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(kind, message)  # both in args, so that it can be pickled
        self.kind: FaultKind = kind
        self.message = message

    def __str__(self) -> str:
        return self.message


class SandboxError(Exception):
    """The sandbox could not start on this machine; says why in one sentence."""
