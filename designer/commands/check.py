"""designer check: a reward file against its task and against the walls."""

import time
from dataclasses import dataclass
from pathlib import Path

from designer.errors import ConfigError
from designer.rewards.accept import accept_source
from designer.rewards.bank import Bank, random_bank
from designer.rewards.probe import Accepted, Refused, probe
from envs.make import load_task
from sandbox import RewardFault, RewardProcess, Sandbox, Walls, choose


@dataclass(frozen=True)
class Audit:
    """What checking a reward file says.

    calls: how many went well after the probes, on real transitions; us: microseconds of
    one.
    """

    found: Accepted | Refused
    walls: Walls
    calls: int = 0
    us: float = 0.0


def audit(
    file: Path, task_name: str, static: bool, sandbox: Sandbox, calls: int
) -> Audit:
    """Check the source (if static), probe it, and call it on real transitions.

    ConfigError if there is no such text file or task; SandboxError if these walls don't
    work here.
    """
    bank = random_bank(load_task(task_name), 0)
    walls = choose(sandbox)
    try:
        source = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not a text file: {error.reason}") from None
    check = accept_source if static else probe
    found = check(source, bank, walls)
    if isinstance(found, Refused):
        return Audit(found, walls)
    return _called(found, bank, walls, calls)


def _called(accepted: Accepted, bank: Bank, walls: Walls, calls: int) -> Audit:
    rows, dim = bank.a.shape
    done, spent = 0, 0.0
    try:
        with RewardProcess(
            accepted.source, bank.widths, dim, rows, walls=walls
        ) as reward:
            for _ in range(calls):
                began = time.perf_counter()
                reward(bank.s, bank.a, bank.s_next)
                spent += time.perf_counter() - began
                done += 1
    except RewardFault as fault:
        problem = f"{fault.kind}: {fault.message} (in call {done + 1})"
        return Audit(Refused((problem,)), walls, done)
    return Audit(accepted, walls, done, 1e6 * spent / max(calls, 1))
