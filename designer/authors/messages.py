"""The prompts of a model that writes rewards: the task, and results of earlier ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, assert_never

import numpy as np

from designer.authors.brief import Brief
from designer.authors.examples import nearest_examples
from designer.authors.subgoals import reached
from designer.feedback.pay import NO_PAY
from designer.feedback.reflection import Trace, trace_findings
from designer.feedback.review import Review, review_variables
from designer.llm import Message
from designer.rewards.bank import Bank
from designer.rewards.sign import unsigned
from designer.run.candidates import (
    ENVIRONMENT,
    NO_THOUGHT,
    Assessed,
    Candidate,
    Dropped,
    Failed,
    Rejected,
    number,
)
from designer.training.settings import SETTINGS
from designer.votes.people import People
from envs.fields import columns
from envs.task import ALWAYS, Task
from prompts import render
from sandbox import Walls, clean, one_line

THOUGHT_CHARACTERS = 200
ANGLES = 4  # Different approaches in framing.jinja for a fresh start.
SCORE_TRACES = ("fitness", "success")  # Left out of prompts with --no-scores.


def messages_for(brief: Brief, walls: Walls | None = None) -> tuple[Message, ...]:
    """System message and one user message."""
    variables = task_variables(brief.task, brief.bank) | training_variables(brief)
    variables |= _framing(brief) | _subgoals(brief, walls)
    if brief.lineage.parent is None:
        examples = nearest_examples(brief.task, brief.config.examples)
        user = render("first", **variables, examples=examples)
    else:
        user = render(
            "improve", **variables, **_parent_variables(brief, brief.lineage.parent)
        )
    return (_system(brief, brief.config.form), Message("user", user))


def subgoal_messages(brief: Brief) -> tuple[Message, ...]:
    """The prompt that asks, once a run and before any reward, for subgoals."""
    user = render("subgoals", **task_variables(brief.task, brief.bank))
    return (_system(brief, "sum"), Message("user", user))


def repair(
    messages: tuple[Message, ...], reply: str, problems: Sequence[str]
) -> tuple[Message, ...]:
    """The same conversation, continued with the reply and its problems."""
    request = render("repair", problems=[quoted(problem) for problem in problems])
    return (*messages, Message("assistant", reply), Message("user", request))


def quoted(text: str) -> str:
    """The text with every line marked as a quotation, so that it is not taken for ours.

    Error messages contain words of the reward.
    """
    return "\n".join(f"> {line}" for line in clean(text).strip().split("\n"))


def task_variables(task: Task, bank: Bank) -> dict[str, Any]:
    """Variables of task.jinja: the public side of a task, without hidden fields."""
    widths, slices = bank.widths, columns(bank.widths)
    quantiles = np.quantile(bank.s_next, [0.01, 0.99], axis=0)
    visible = [field for field in task.fields if not field.hidden]
    ranges = {
        field.name: ", ".join(
            f"{number(low)} to {number(high)}"
            for low, high in quantiles[:, slices[field.name]].T
        )
        for field in visible
        if field.name not in ALWAYS
    }
    return {
        "goal": task.goal,
        "conventions": task.conventions.rstrip("."),
        "fields": [
            {
                "name": f.name,
                "unit": f.unit,
                "doc": f.doc,
                "width": widths[f.name],
                "seen": ranges.get(f.name, ""),
            }
            for f in (*visible, *ALWAYS.values())
        ],
        "unseen": sorted(bank.facts.unseen),
        "robot": bank.facts.robot,
        "actions": bank.facts.actions,
        "episodes": bank.facts.episodes,
        "action_dim": widths["last_action"],
        "seen_from": "random actions and the policies trained so far"
        if bank.policies
        else "random actions only",
    }


def training_variables(brief: Brief) -> dict[str, Any]:
    """Variables of training.jinja: how the policy will be trained."""
    facts = brief.bank.facts
    return {
        "algo": (brief.config.algo or brief.task.train.algo).upper(),
        "steps": brief.steps,
        "envs": brief.task.train.environments or SETTINGS.envs,
        "gamma": brief.task.train.gamma,
        "horizon": round(1 / (1 - brief.task.train.gamma)),
        "dt": facts.dt,
        "max_steps": facts.max_steps,
        "unit": brief.unit if brief.config.scores else "",
    }


def _system(brief: Brief, form: str) -> Message:
    text = render("system", form=form, scores=brief.config.scores)
    return Message("system", text)


def _framing(brief: Brief) -> dict[str, Any]:
    mate, outcome = brief.lineage.mate, None
    if mate is not None and isinstance(mate.outcome, Assessed):
        outcome = mate.outcome
    shows_fitness = outcome is not None and brief.config.scores
    same = brief.config.parents in ("latest", "none")
    return {
        "framing": brief.lineage.framing,
        "angle": -1 if same else brief.index % ANGLES,
        "contrast": brief.config.contrast,
        "mate_source": unsigned(mate.source).strip() if mate else "",
        "mate_fitness": number(outcome.fitness) if outcome and shows_fitness else "",
    }


def _subgoals(brief: Brief, walls: Walls | None) -> dict[str, Any]:
    if brief.subgoals is None:
        return {"subgoals": "", "reached": ()}
    shares = reached(brief.subgoals, brief.bank, walls)
    return {
        "subgoals": brief.subgoals.source.strip(),
        "reached": [
            f"{name}: {share:.1%}"
            for name, share in zip(brief.subgoals.names, shares, strict=bool(shares))
        ],
    }


def _parent_variables(brief: Brief, parent: Candidate) -> dict[str, Any]:
    """Variables of improve.jinja: what the settings let the model see of the parent."""
    config, feedback = brief.config, brief.feedback
    traces = feedback.traces if config.feedback != "none" else ()
    summary = config.feedback == "summary"
    review = feedback.review if summary else Review()
    if not config.scores:  # The pay table is sorted by fitness.
        review = replace(review, pay=NO_PAY)
    return {
        "parent": _parent(parent, brief),
        "scores": config.scores,
        "traces": [
            _row(trace, config.scores)
            for trace in traces
            if config.scores or trace.name not in SCORE_TRACES
        ],
        "probed": parent.findings if config.feedback == "summary" else (),
        "findings": trace_findings(traces) if summary and config.scores else (),
        "term_ledger": feedback.terms if summary and config.scores else (),
        "people": people_variables(feedback.people),
        "turns": _turns(brief.history, config.history, config.scores),
        "failures": _failures(brief.history) if config.history else (),
        **review_variables(review, feedback.analysis),
    }


def _parent(parent: Candidate, brief: Brief) -> dict[str, Any]:
    assert isinstance(parent.outcome, Assessed)
    results, success = parent.outcome.results, parent.outcome.success
    judged = [result.judgement for result in results]
    endings: Counter[str] = sum((Counter(j.endings) for j in judged), Counter())
    length = number(sum(j.length for j in judged) / len(judged))
    ended = ", ".join(f"{reason} ({n})" for reason, n in endings.most_common())
    facts = []
    if brief.config.scores:
        by_seed = ", ".join(number(score) for score in parent.outcome.scores)
        fitness = number(parent.outcome.fitness)
        unit = f"{brief.unit}; " if brief.unit else ""
        facts += [
            f"fitness ({unit}higher is better): mean {fitness}; by seed {by_seed}"
        ]
        facts += [_baselines_line(brief.baselines)] if brief.baselines else []
    if brief.config.feedback == "summary":
        if brief.config.scores and success is not None:
            facts += [f"success rate: {success:.0%}"]
        max_steps = brief.bank.facts.max_steps
        facts += [f"episode length: {length} control steps of at most {max_steps}"]
        facts += [f"episodes ended by: {ended}"]
    return {
        "name": parent.name,
        "source": unsigned(parent.source).strip(),
        "seeds": len(results),
        "steps": results[0].steps,
        "facts": facts,
    }


def _baselines_line(baselines: Mapping[str, float]) -> str:
    """Fitness that the task's own rewards reach, as a scale for other fitnesses."""
    names = {"human": "the human-written reward", "sparse": "a sparse reward"}
    scores = [f"{names[name]} {number(score)}" for name, score in baselines.items()]
    return f"for scale, trained for as many steps: {', '.join(scores)}"


def people_variables(people: People) -> Mapping[str, Any]:
    """Variables of people.jinja: votes and quoted comments, without names of people."""
    comments = [{"about": c.about, "text": quoted(c.text)} for c in people.comments]
    return {**vars(people), "comments": comments}


def _row(trace: Trace, scores: bool) -> Mapping[str, str]:
    has_correlation = scores and trace.correlation is not None
    term = trace.name.removeprefix("term/")
    return {
        "name": f"term '{term}'" if term != trace.name else term,
        "points": " ".join(f"{value:.3g}" for value in trace.points),
        "mean": number(trace.mean),
        "low": number(trace.low),
        "high": number(trace.high),
        "share": "" if trace.share is None else f"{trace.share:.0%}",
        "correlation": f"{trace.correlation:+.2f}" if has_correlation else "",
    }


def _turns(
    history: Sequence[Candidate], count: int, scores: bool
) -> list[dict[str, Any]]:
    """The latest generations, count of them; four helped in a study (BIRD, 2026)."""
    generations = sorted({c.generation for c in history})
    return [
        {
            "generation": generation,
            "lines": [_line(c, scores) for c in history if c.generation == generation],
        }
        for generation in generations[len(generations) - count :]
    ]


def _line(candidate: Candidate, shows_scores: bool) -> str:
    """A candidate's outcome, then its author's thought in quotation marks."""
    match candidate.outcome:
        case Assessed() as assessed:
            scores = ", ".join(number(score) for score in assessed.scores)
            result = f"fitness {number(assessed.fitness)} (by seed {scores})"
            result = result if shows_scores else "trained"
        case Failed(kind) if kind == ENVIRONMENT:
            result = "not trained: the simulation broke, through no fault of its own"
        case Failed(kind, _):
            result = f"failed in training ({kind})"
        case Dropped(steps, results):
            result = f"given up after {steps:,} steps: others were better there"
            fitness = [rung.judgement.fitness for r in results if (rung := r.at(steps))]
            if fitness and shows_scores:
                mean = number(sum(fitness) / len(fitness))
                result += f" (fitness {mean} then)"
        case Rejected():
            return f"{candidate.name}: no usable reward"
        case _:
            assert_never(candidate.outcome)
    thought = one_line(candidate.thought, THOUGHT_CHARACTERS).replace('"', "'")
    thought = f'its thought: "{thought}"' if thought else NO_THOUGHT
    return f"{candidate.name}: {result}; {thought}"


def _failures(history: Sequence[Candidate]) -> list[str]:
    latest = max((candidate.generation for candidate in history), default=0)
    lines = []
    for candidate in history:
        if candidate.generation != latest:
            continue
        if isinstance(candidate.outcome, Rejected):
            lines.append("; ".join(candidate.outcome.problems)[:600])
        elif isinstance(candidate.outcome, Failed):
            if candidate.outcome.kind == ENVIRONMENT:
                continue
            lines.append(f"{candidate.outcome.kind}: {candidate.outcome.reason}"[:600])
    return [quoted(line) for line in lines]
