"""What a reward may use, and what can go wrong with it or with its process."""

from dataclasses import dataclass
from typing import Literal

FaultKind = Literal[
    "error", "contract", "finite", "wall", "cpu", "memory", "threads", "output", "crash"
]


@dataclass(frozen=True)
class Limits:
    """What one reward process may use; going over ends it with that fault.

    call_s: wall time of one call, total_s of all calls together. cpu_s counts over the
    life of the process; memory_mb is address space, of which Python and numpy
    themselves take about 100; output_bytes is stdout plus stderr. Threads: one.
    """

    start_s: float = 20.0
    call_s: float = 10.0
    total_s: float = 7200.0
    cpu_s: int = 7200
    memory_mb: int = 1024
    output_bytes: int = 65536


class RewardFault(Exception):  # noqa: N818 (what a candidate did, not a broken machine)
    """What the reward did wrong, in words for its author."""

    def __init__(self, kind: FaultKind, message: str) -> None:
        super().__init__(kind, message)  # both in args, so that it can be pickled
        self.kind: FaultKind = kind
        self.message = message

    def __str__(self) -> str:
        return self.message


class SandboxError(Exception):
    """Our own machinery could not start; says why in one sentence."""
