"""Rewards as graphs, which a GPU computes: traced, checked, compared on the bank.

A designed reward is traced in its confined process; its graph is checked by the host
and must give what the reward itself gives, on every transition of the bank. A task's
own rewards are trusted and traced in this process.

Not covered: states that the bank does not hold, where a hostile graph may differ from
its reward. Both pay a policy that is then judged by the task's metric.
"""

import builtins
import importlib.util
from collections.abc import Callable
from typing import Any, Literal, assert_never

import numpy as np

from designer.rewards.bank import Bank
from designer.rewards.sources import (
    Baseline,
    Designed,
    Reward,
    RewardSource,
    open_baseline,
)
from designer.run.files import read_text
from envs.bodies import Array
from envs.hidden import Hidden, registered
from envs.user_code import UserCodeError, place, user_code
from sandbox import RewardFault, RewardProcess, Walls
from sandbox.contract import ContractError
from sandbox.graph import Graph, GraphError, evaluate, read_graph
from sandbox.tape import Untraceable
from sandbox.tracing import TRACE_ROWS, trace

TOLERANCE = 1e-5  # relative to 1 + the size of a term
# A step of a reward lies elsewhere for some transitions; for more it is another reward.
FLOAT32_TOLERANCE, FLOAT32_SHARE = 1e-3, 0.01
CALL_ROWS = 1024  # unlike TRACE_ROWS, so that a choice by their number shows
CHUNK_ROWS = 256  # bounds the memory that a graph can take on the host


def trace_reward(
    source: RewardSource, hidden: Hidden, bank: Bank, walls: Walls | None = None
) -> Graph:
    """The graph of a reward, which agrees with it on the bank.

    hidden: of the task, with its baselines. RewardFault of the kind "untraceable",
    with the line and what to write instead, where there is no such graph; any other
    where the reward fails. The file of a designed reward may raise OSError.
    """
    match source:
        case Designed(path):
            return trace_source(read_text(path), bank, walls)
        case Baseline(name):
            text = _trace_baseline(name, hidden, bank)
            reward = open_baseline(name, hidden, bank.widths)
            return _agreeing(text, reward, bank)
        case _:
            assert_never(source)


def trace_source(source: str, bank: Bank, walls: Walls | None = None) -> Graph:
    """The graph of a designed reward's source; otherwise as trace_reward."""
    dim = bank.a.shape[1]
    with RewardProcess(source, bank.widths, dim, CALL_ROWS, walls=walls) as process:
        return _agreeing(process.trace(*_sample(bank)), process, bank)


def _sample(bank: Bank) -> tuple[Array, Array, Array]:
    """As many transitions as a trace takes, spread over the bank."""
    rows = np.linspace(0, len(bank.a) - 1, max(TRACE_ROWS)).astype(int)
    return bank.s[rows], bank.a[rows], bank.s_next[rows]


def _trace_baseline(
    name: Literal["human", "sparse"], hidden: Hidden, bank: Bank
) -> str:
    call = f"{hidden.path}: {name}_reward"
    try:
        with user_code(call, passing=(Untraceable, ContractError)):
            return trace(_loader(name, hidden), _sample(bank), bank.widths)
    except (Untraceable, ContractError, UserCodeError) as error:
        message = str(error)
        if not isinstance(error, UserCodeError):
            message = f"{call}: {error}{place(error)}"
        raise RewardFault("untraceable", message) from None


def _loader(
    name: Literal["human", "sparse"], hidden: Hidden
) -> Callable[[Any], Callable[..., object]]:
    """Imports hidden.py once more, with another module in the place of numpy."""

    def load(numpy: Any) -> Callable[..., object]:
        def import_module(*arguments: Any, **keywords: Any) -> Any:
            module = __import__(*arguments, **keywords)
            return numpy if module is np else module

        spec = importlib.util.spec_from_file_location("hidden_traced", hidden.path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        own = {**vars(builtins), "__import__": import_module}
        vars(module)["__builtins__"] = own
        with registered(module):
            spec.loader.exec_module(module)
        function: Callable[..., object] = getattr(module, f"{name}_reward")
        return function

    return load


def _agreeing(text: str, reward: Reward, bank: Bank) -> Graph:
    """The graph in the text; RewardFault unless it gives what the reward gives."""
    try:
        graph = read_graph(text, bank.widths, bank.a.shape[1])
    except GraphError as error:
        raise RewardFault("untraceable", f"not a graph: {error}") from None
    values = reward(bank.s, bank.a, bank.s_next)
    if reward.terms != graph.terms:
        raise RewardFault(
            "untraceable",
            f"the graph has the terms ({', '.join(graph.terms)}) and the reward "
            f"({', '.join(reward.terms)})",
        )
    _require_agreement(graph, values, bank)
    _require_float32(graph, values, bank)
    return graph


def _require_agreement(graph: Graph, values: Array, bank: Bank) -> None:
    differences = np.abs(_computed(graph, bank, np.float64) - values)
    wrong = ~(differences <= TOLERANCE * (1 + np.abs(values)))
    if not wrong.any():
        return
    term = graph.terms[int(wrong.sum(axis=0).argmax())]
    share = 1 - wrong.any(axis=1).mean()
    raise RewardFault(
        "untraceable",
        f"its graph agrees with it on {100 * share:.1f} % of {len(values):,} "
        f"transitions, and term '{term}' differs: the reward chooses its code by "
        "values or by the number of rows; write np.where(condition, x, y)",
    )


def _require_float32(graph: Graph, values: Array, bank: Bank) -> None:
    """RewardFault where the reward is another one in single precision."""
    single = _computed(graph, bank, np.float32)
    wrong = ~np.isfinite(single)
    if wrong.any():
        term = graph.terms[int(wrong.sum(axis=0).argmax())]
        raise RewardFault(
            "untraceable",
            f"in float32, as a GPU computes, term '{term}' is nan or infinite in "
            f"{wrong.any(axis=1).sum()} of {len(wrong):,} transitions: guard "
            "exponentials, powers and divisions by less than 1e-30",
        )
    off = np.abs(single - values) > FLOAT32_TOLERANCE * (1 + np.abs(values))
    share = off.mean(axis=0)
    if (share > FLOAT32_SHARE).any():
        term = graph.terms[int(share.argmax())]
        raise RewardFault(
            "untraceable",
            f"in float32, as a GPU computes, term '{term}' is another number in "
            f"{100 * share.max():.0f} % of {len(values):,} transitions: it needs more "
            "than seven digits, as differences of large numbers and comparisons for "
            "equality do",
        )


def _computed(graph: Graph, bank: Bank, dtype: type) -> Array:
    """What the graph gives on the bank, (n, terms)."""
    with np.errstate(all="ignore"):
        batch: list[Array] = [
            np.asarray(x, dtype) for x in (bank.s, bank.a, bank.s_next)
        ]
    starts = range(0, len(bank.a), CHUNK_ROWS)
    chunks = [[x[k : k + CHUNK_ROWS] for x in batch] for k in starts]
    return np.concatenate([evaluate(graph, np, *chunk) for chunk in chunks])
