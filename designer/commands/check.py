"""designer check: whether a reward file fits its task and runs behind the walls."""

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
    """The result of checking a reward file.

    calls: how many succeeded after the probes, on real transitions. us: microseconds of
    one call.
    """

    verdict: Accepted | Refused
    walls: Walls
    calls: int = 0
    us: float = 0.0


def audit(
    file: Path, task_name: str, static: bool, sandbox: Sandbox, calls: int
) -> Audit:
    """Check the source (if static), probe it, and call it on real transitions.

    ConfigError if the file is no text or there is no such task; SandboxError if these
    walls don't work here.
    """
    bank = random_bank(load_task(task_name), 0)
    walls = choose(sandbox)
    try:
        source = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not a text file: {error.reason}") from None
    check = accept_source if static else probe
    verdict = check(source, bank, walls)
    if isinstance(verdict, Refused):
        return Audit(verdict, walls)
    return _time_calls(verdict, bank, walls, calls)


def _time_calls(accepted: Accepted, bank: Bank, walls: Walls, calls: int) -> Audit:
    """Call an accepted reward on the bank; a fault in any call refuses it."""
    rows, dim = bank.a.shape
    finished_calls, seconds = 0, 0.0
    try:
        with RewardProcess(
            accepted.source, bank.widths, dim, rows, walls=walls
        ) as reward:
            for _ in range(calls):
                began = time.perf_counter()
                reward(bank.s, bank.a, bank.s_next)
                seconds += time.perf_counter() - began
                finished_calls += 1
    except RewardFault as fault:
        problem = f"{fault.kind}: {fault.message} (in call {finished_calls + 1})"
        return Audit(Refused((problem,)), walls, finished_calls)
    return Audit(accepted, walls, finished_calls, 1e6 * seconds / max(calls, 1))


def describe_verdict(
    verdict: Accepted | Refused, task: str
) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """A verdict as lines for a person and as facts for JSON."""
    match verdict:
        case Refused(problems):
            return problems, {"problems": problems}
        case Accepted(_, terms, findings):
            notes = tuple(f"note: {finding}" for finding in findings)
            fit = f"fits {task}; terms: {', '.join(terms)}"
            return (*notes, fit), {"findings": findings, "terms": terms}
