"""The prompts of a model that writes rewards: the task, and results of earlier ones."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from designer.authors.brief import Brief
from designer.authors.examples import nearest_examples
from designer.authors.subgoals import reached
from designer.authors.tried import quoted, tried_variables
from designer.feedback.pay import NO_PAY
from designer.feedback.quantities import decimals
from designer.feedback.reflection import PAYS_WITHOUT_SERVING, Trace, trace_findings
from designer.feedback.review import Review, review_variables
from designer.llm import Message
from designer.rewards.bank import Bank
from designer.rewards.findings import lasting
from designer.rewards.sign import unsigned
from designer.rewards.sources import Array
from designer.run.candidates import Assessed, Candidate, number
from designer.training.settings import SETTINGS
from designer.votes.people import People
from envs.bodies import BODIES
from envs.fields import columns
from envs.task import ALWAYS, Task
from prompts import render
from sandbox import Walls

ANGLES = 4  # Different approaches in framing.jinja for a fresh start.
# Names of traces that begin with these are left out of prompts with --no-scores.
SCORE_TRACES = ("fitness", "success")
START_NOISE_SHARE = 0.05  # of a field's range: less between starts is noise


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


def task_variables(task: Task, bank: Bank) -> dict[str, Any]:
    """Variables of task.jinja: the public side of a task, without hidden fields."""
    widths = bank.widths
    visible = [field for field in task.fields if not field.hidden]
    spans = {field.name: _spans(bank, field.name) for field in visible}
    return {
        "goal": task.goal,
        "counts": task.counts,
        "conventions": task.conventions.rstrip("."),
        "fields": [
            {
                "name": f.name,
                "unit": f.unit,
                "doc": f.doc,
                "width": widths[f.name],
                "seen": spans.get(f.name, ""),
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


def _spans(bank: Bank, name: str) -> str:
    """Where a field begins, and its range on the bank, number by number."""
    place = columns(bank.widths)[name]
    usual = np.quantile(bank.s_next[:, place], [0.01, 0.99], axis=0).T
    begins = np.quantile(bank.start[:, place], [0.0, 1.0], axis=0).T
    starts = [_start(*pair) for pair in zip(begins, usual, strict=True)]
    if len({*starts}) == 1 < len(starts):
        starts = [f"{starts[0]} each"]
    ranges = [f"{number(low)} to {number(high)}" for low, high in usual]
    return f"at the start {', '.join(starts)}; so far {', '.join(ranges)}"


def _start(begins: Array, usual: Array) -> str:
    """The value that a number begins with, or its range where starts differ clearly."""
    digits = decimals(usual)
    low, middle, high = (
        number(round(float(x), digits) + 0.0)  # never -0
        for x in (begins[0], begins.mean(), begins[1])
    )
    if low != high and np.ptp(begins) > START_NOISE_SHARE * np.ptp(usual):
        return f"{low} to {high}"
    return "0" if begins[0] <= 0 <= begins[1] else middle


def training_variables(brief: Brief) -> dict[str, Any]:
    """Variables of training.jinja: how the policy will be trained."""
    facts = brief.bank.facts
    # What --trainer mjx takes by itself depends on the machine.
    usual = None if brief.config.trainer == "mjx" else SETTINGS.envs
    return {
        "algo": (brief.config.algo or brief.task.train.algo).upper(),
        "steps": brief.steps,
        "envs": brief.config.envs or brief.task.train.environments or usual,
        "gamma": brief.task.train.gamma,
        "horizon": round(1 / (1 - brief.task.train.gamma)),
        "dt": facts.dt,
        "max_steps": facts.max_steps,
        "unit": brief.unit if brief.config.scores else "",
        "judge": brief.config.judge,
    }


def _system(brief: Brief, form: str) -> Message:
    config = brief.config
    text = render(
        "system",
        form=form,
        scores=config.scores,
        judge=config.judge,
        warm_start=config.warm_start,
        ends_itself=brief.task.env not in BODIES,
    )
    return Message("system", text)


def _framing(brief: Brief) -> dict[str, Any]:
    mate, outcome = brief.lineage.mate, None
    if mate is not None and isinstance(mate.outcome, Assessed):
        outcome = mate.outcome
    shows_fitness = outcome is not None and brief.config.scores
    config = brief.config
    same = config.parents in ("latest", "none") or config.candidates == 1
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
            _row(trace)
            for trace in traces
            if config.scores or not trace.name.startswith(SCORE_TRACES)
        ],
        "probed": lasting(parent.findings, _varied(traces)) if summary else (),
        "findings": [
            finding
            for finding in (trace_findings(traces) if summary else ())
            if config.scores or finding != PAYS_WITHOUT_SERVING
        ],
        "people": people_variables(feedback.people),
        **tried_variables(brief, parent),
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
    names = {
        "human": "the human-written reward",
        "sparse": "a sparse reward, the task's own signal and nothing else,",
    }
    scores = [f"{names[name]} {number(score)}" for name, score in baselines.items()]
    return f"for scale, trained for as many steps: {', '.join(scores)}"


def people_variables(people: People) -> Mapping[str, Any]:
    """Variables of people.jinja: votes and quoted comments, without names of people."""
    comments = [{"about": c.about, "text": quoted(c.text)} for c in people.comments]
    return {**vars(people), "comments": comments}


def _varied(traces: Sequence[Trace]) -> list[str]:
    """Terms that did not pay the same all through training."""
    terms = [trace for trace in traces if trace.share is not None]
    return [t.name.removeprefix("term/") for t in terms if t.low != t.high]


def _row(trace: Trace) -> Mapping[str, str]:
    term = trace.name.removeprefix("term/")
    return {
        "name": f"term '{term}'" if term != trace.name else term,
        "points": " ".join(f"{value:.3g}" for value in trace.points),
        "mean": number(trace.mean),
        "low": number(trace.low),
        "high": number(trace.high),
        "share": "" if trace.share is None else f"{trace.share:.0%}",
    }
