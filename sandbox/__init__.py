"""Everything that stands next to LLM-written code: a static check and a process."""

from sandbox.check import Problem, check
from sandbox.faults import Limits, RewardFault, SandboxError
from sandbox.process import RewardProcess

__all__ = [
    "Limits",
    "Problem",
    "RewardFault",
    "RewardProcess",
    "SandboxError",
    "check",
]
