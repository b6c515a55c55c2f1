"""What a model is told: the task, and what is known about earlier rewards."""

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from designer.feedback.reflection import Trace, findings
from designer.llm import Message
from designer.records import Assessed, Candidate, Failed, Rejected, number
from designer.search.bank import Bank
from designer.search.selection import ranked
from designer.training.network import SETTINGS
from designer.training.rewards import Array
from envs.fields import columns
from envs.task import ALWAYS, Task
from envs.vector import make_env
from prompts import render

ANGLES = 4  # approaches that framing.jinja knows for a fresh start
TURNS = 4  # four turns of history is among the few choices that helped (BIRD, 2026)


@dataclass(frozen=True)
class Brief:
    """All that the model is told for one proposal.

    steps: of one training. summary: of the parent's training, () in the first
    generation. index: which of the generation's proposals this is.
    """

    task: Task
    bank: Bank
    steps: int
    history: Sequence[Candidate]
    parent: Candidate | None
    summary: Sequence[Trace]
    framing: str
    index: int


def messages_for(brief: Brief) -> tuple[Message, ...]:
    """System message and one user message."""
    variables = task_variables(brief.task, brief.bank)
    variables |= _training(brief) | _framing(brief)
    if brief.parent is None:
        user = render("first", **variables)
    else:
        user = render(
            "improve",
            **variables,
            parent=_parent(brief.parent, brief.task),
            traces=[_row(trace) for trace in brief.summary],
            findings=findings(brief.summary),
            turns=_turns(brief.history),
            failures=_failures(brief.history),
        )
    return (Message("system", render("system")), Message("user", user))


def repair(
    messages: tuple[Message, ...], reply: str, problems: Sequence[str]
) -> tuple[Message, ...]:
    """The same conversation, with what was wrong about the reply."""
    fault = render("repair", problems=problems)
    return (*messages, Message("assistant", reply), Message("user", fault))


def task_variables(task: Task, bank: Bank) -> dict[str, Any]:
    """The public side of a task as the templates want it; hidden fields never."""
    widths, parts = bank.widths, columns(bank.widths)
    low, high = np.quantile(bank.s_next, [0.01, 0.99], axis=0)
    visible = [field for field in task.fields if not field.hidden]
    return {
        "goal": task.goal,
        "conventions": task.conventions.rstrip("."),
        "fields": [
            {
                "name": f.name,
                "unit": f.unit,
                "doc": f.doc,
                "width": widths[f.name],
                "seen": "" if f.name in ALWAYS else _range(low, high, parts[f.name]),
            }
            for f in (*visible, *ALWAYS.values())
        ],
        "action_dim": widths["last_action"],
        "seen_from": "random actions and the policies trained so far"
        if bank.policies
        else "random actions only",
    }


def _range(low: Array, high: Array, part: slice) -> str:
    pairs = zip(low[part], high[part], strict=True)
    return ", ".join(f"{number(a)} to {number(b)}" for a, b in pairs)


def _training(brief: Brief) -> dict[str, Any]:
    env = make_env(brief.task, 1)
    return {
        "steps": brief.steps,
        "envs": SETTINGS.envs,
        "gamma": SETTINGS.gamma,
        "horizon": round(1 / (1 - SETTINGS.gamma)),
        "dt": env.dt,
        "max_steps": env.max_steps,
    }


def thought(source: str) -> str:
    """First line of the reward's docstring: its design thought."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
            return text.splitlines()[0][:200]
    return "(no design thought given)"


def _framing(brief: Brief) -> dict[str, Any]:
    others = [c for c in ranked(brief.history) if c is not brief.parent]
    mate = others[0] if others else brief.parent
    known = mate is not None and isinstance(mate.outcome, Assessed)
    framing = brief.framing
    if framing == "combine" and not others:
        framing = "restructure"
    return {
        "framing": framing,
        "angle": brief.index % ANGLES,
        "mate_source": mate.source.strip() if mate else "",
        "mate_fitness": number(mate.outcome.fitness) if known else "",  # type: ignore[union-attr]
    }


def _parent(parent: Candidate, task: Task) -> dict[str, Any]:
    assert isinstance(parent.outcome, Assessed)
    judged = [result.judgement for result in parent.outcome.results]
    endings: Counter[str] = sum((Counter(j.endings) for j in judged), Counter())
    success = parent.outcome.success
    return {
        "name": parent.name,
        "source": parent.source.strip(),
        "seeds": len(judged),
        "steps": parent.outcome.results[0].steps,
        "fitness": number(parent.outcome.fitness),
        "scores": ", ".join(number(score) for score in parent.outcome.scores),
        "success": "" if success is None else f"{success:.0%}",
        "length": number(sum(j.length for j in judged) / len(judged)),
        "max_steps": task.max_steps,
        "endings": ", ".join(f"{why} ({n})" for why, n in endings.most_common()),
    }


def _row(trace: Trace) -> Mapping[str, str]:
    return {
        "name": trace.name.replace("term/", "term "),
        "points": " ".join(f"{value:.3g}" for value in trace.points),
        "mean": number(trace.mean),
        "low": number(trace.low),
        "high": number(trace.high),
        "share": "" if trace.share is None else f"{trace.share:.0%}",
        "correlation": "" if trace.correlation is None else f"{trace.correlation:+.2f}",
    }


def _turns(history: Sequence[Candidate]) -> list[dict[str, Any]]:
    generations = sorted({candidate.generation for candidate in history})[-TURNS:]
    return [
        {
            "generation": generation,
            "lines": [_line(c) for c in history if c.generation == generation],
        }
        for generation in generations
    ]


def _line(candidate: Candidate) -> str:
    match candidate.outcome:
        case Assessed() as assessed:
            scores = ", ".join(number(score) for score in assessed.scores)
            gave = f"fitness {number(assessed.fitness)} (by seed {scores})"
        case Failed(kind, _):
            gave = f"failed in training ({kind})"
        case Rejected():
            return f"{candidate.name}: no usable reward"
    return f"{candidate.name}: {thought(candidate.source)} -> {gave}"


def _failures(history: Sequence[Candidate]) -> list[str]:
    latest = max((candidate.generation for candidate in history), default=0)
    lines = []
    for candidate in history:
        if candidate.generation != latest:
            continue
        if isinstance(candidate.outcome, Rejected):
            lines.append("; ".join(candidate.outcome.problems)[:600])
        elif isinstance(candidate.outcome, Failed):
            lines.append(f"{candidate.outcome.kind}: {candidate.outcome.reason}"[:600])
    return lines
