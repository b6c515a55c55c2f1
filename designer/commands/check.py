"""designer check: whether a reward file fits its task and runs behind the walls."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from designer.rewards.accept import accept_source
from designer.rewards.bank import Bank, random_bank
from designer.rewards.graphs import trace_source
from designer.rewards.probe import Accepted, Refused, probe
from designer.run.files import read_user_text
from envs.make import load_task
from sandbox import RewardFault, RewardProcess, Sandbox, Walls, choose, one_line
from sandbox.graph import Graph

_MAX_REASON_CHARACTERS = 600


@dataclass(frozen=True)
class Audit:
    """The result of checking a reward file.

    calls: how many succeeded after the probes, on real transitions. us: microseconds of
    one call. graph: what a GPU would compute, or a sentence on why there is none; it
    agrees with the reward on all real transitions, of which there are so many.
    """

    verdict: Accepted | Refused
    walls: Walls
    calls: int = 0
    us: float = 0.0
    graph: Graph | str = "it can't be trained at all"
    transitions: int = 0


def audit(
    file: Path, task_name: str, static: bool, sandbox: Sandbox, calls: int
) -> Audit:
    """Check the source (if static), probe it, and call it on real transitions.

    ConfigError if the file is no text or there is no such task; SandboxError if these
    walls don't work here.
    """
    bank = random_bank(load_task(task_name), 0)
    walls = choose(sandbox)
    source = read_user_text(file)
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
    graph = _graph_or_reason(accepted.source, bank, walls)
    us = 1e6 * seconds / max(calls, 1)
    return Audit(accepted, walls, finished_calls, us, graph, rows)


def _graph_or_reason(source: str, bank: Bank, walls: Walls) -> Graph | str:
    try:
        return trace_source(source, bank, walls)
    except RewardFault as fault:
        return one_line(fault.message, _MAX_REASON_CHARACTERS)


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


def describe_graph(result: Audit) -> tuple[str, dict[str, bool | str]]:
    """Whether a GPU can compute the reward, as a line and as facts for JSON."""
    match result.graph:
        case Graph(nodes=nodes):
            size = f"{len(nodes)} node{'s' * (len(nodes) != 1)}"
            line = (
                f"can be trained on a GPU: its graph ({size}) agrees with it on 100 % "
                f"of {result.transitions:,} transitions"
            )
            return line, {"gpu": True, "gpu_problem": ""}
        case str(reason):
            line = f"can't be trained on a GPU: {reason}"
            return line, {"gpu": False, "gpu_problem": reason}
        case _:
            assert_never(result.graph)
