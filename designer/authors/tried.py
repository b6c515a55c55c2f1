"""What was tried before, as variables of a prompt: outcomes, and the code that lost."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, assert_never

from designer.authors.brief import Brief
from designer.feedback.changes import Change, changes, differing_lines
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
from sandbox import clean, one_line

THOUGHT_CHARACTERS = 200
FAILURE_CHARACTERS = 600
# A prompt stays short however many rewards lost, and however long they are.
MAX_LOSERS_SHOWN = 4
MAX_CODE_LINES, MAX_LINE_CHARACTERS = 60, 160
MAX_TERMS_SHOWN = 12


def quoted(text: str) -> str:
    """The text with every line marked as a quotation, so that it is not taken for ours.

    Error messages contain words of the reward.
    """
    return "\n".join(f"> {line}" for line in clean(text).strip().split("\n"))


def tried_variables(brief: Brief, parent: Candidate) -> dict[str, Any]:
    """Variables of tried.jinja; all empty with --history 0."""
    config, sheets = brief.config, brief.feedback.sheets
    if not config.history:
        return {"turns": (), "is_compared": False, "losers": (), "failures": ()}
    shows_code = config.scores and config.feedback == "summary"
    latest = sorted({c.generation for c in brief.history})[-config.history :]
    recent = sorted(
        (c for c in brief.history if c.generation in latest),
        key=lambda c: (c.generation, c.index),
    )
    fresh = {c.name for c in recent if c.framing == "explore"}  # not made from another
    against = {
        name: change
        for name, change in (changes(sheets.values()) if shows_code else {}).items()
        if name not in fresh
    }
    return {
        "turns": list(_turns(recent, config.scores, against)),
        "is_compared": any(c.name in against for c in recent),
        "losers": list(_losers(recent, brief, parent)) if shows_code else (),
        "failures": _failures(brief.history),
    }


def _turns(
    recent: Sequence[Candidate], shows_scores: bool, against: Mapping[str, Change]
) -> Iterator[dict[str, Any]]:
    """The latest generations; four of them helped in a study (BIRD, 2026)."""
    for generation, candidates in groupby(recent, key=lambda c: c.generation):
        lines = [_line(c, shows_scores, against.get(c.name)) for c in candidates]
        yield {"generation": generation, "lines": lines}


def _line(candidate: Candidate, shows_scores: bool, change: Change | None) -> str:
    """A candidate's outcome, then its author's thought in quotation marks."""
    match candidate.outcome:
        case Assessed() as assessed:
            result = _scores(assessed) if shows_scores else "trained"
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
    result += f"; {change.sentence}" if change else ""
    thought = one_line(candidate.thought, THOUGHT_CHARACTERS).replace('"', "'")
    thought = f'its thought: "{thought}"' if thought else NO_THOUGHT
    return f"{candidate.name}: {result}; {thought}"


def _scores(assessed: Assessed) -> str:
    by_seed = ", ".join(number(score) for score in assessed.scores)
    text = f"fitness {number(assessed.fitness)} (by seed {by_seed})"
    success = assessed.success
    return text if success is None else f"{text}, success {success:.0%}"


def _losers(
    recent: Sequence[Candidate], brief: Brief, parent: Candidate
) -> Iterator[dict[str, Any]]:
    """The rewards nearest to the parent that lead no more: its children, the newest.

    A mate is left out where its whole code is shown elsewhere in the prompt.
    """
    excluded = {parent.name}
    if brief.lineage.mate and brief.lineage.framing in ("combine", "improve"):
        excluded.add(brief.lineage.mate.name)
    losers = [
        c for c in recent if isinstance(c.outcome, Assessed) and c.name not in excluded
    ]
    losers.sort(key=lambda c: (c.parent != parent.name, -c.generation, c.index))
    sources = {parent.name: unsigned(parent.source)}
    for loser in losers[:MAX_LOSERS_SHOWN]:
        assert isinstance(loser.outcome, Assessed)
        sheet = brief.feedback.sheets.get(loser.name)
        pay = sorted(sheet.pay.items(), key=lambda p: -abs(p[1])) if sheet else []
        base, code = _code(unsigned(loser.source), sources)
        if not base:
            sources[loser.name] = unsigned(loser.source)
        yield {
            "name": loser.name,
            "scores": _scores(loser.outcome),
            "pay": [f"'{term}' {x:.3g}" for term, x in pay[:MAX_TERMS_SHOWN]],
            "base": "the reward above" if base == parent.name else base,
            "code": code,
        }


def _code(source: str, sources: Mapping[str, str]) -> tuple[str, str]:
    """The name of the likest reward in the prompt, and the lines that differ from it.

    sources: of the rewards in the prompt, by name. All lines with the name "" where
    that is shorter. Cut to what a prompt has room for: a reward's last lines, which
    name its terms, are kept.
    """
    versions = {"": [line.rstrip() for line in source.splitlines() if line.strip()]}
    versions |= {name: differing_lines(source, sources[name]) for name in sources}
    base = min(versions, key=lambda name: len(versions[name]))
    lines = versions[base]
    kept_lines = [
        line[:MAX_LINE_CHARACTERS].rstrip() for line in lines[-MAX_CODE_LINES:]
    ]
    if len(lines) > MAX_CODE_LINES:
        kept_lines.insert(0, f"# {len(lines) - MAX_CODE_LINES} lines before these")
    return base, "\n".join(kept_lines)


def _failures(history: Sequence[Candidate]) -> list[str]:
    """The quoted faults of the last generation."""
    latest = max((candidate.generation for candidate in history), default=0)
    texts = []
    for candidate in history:
        if candidate.generation != latest:
            continue
        match candidate.outcome:
            case Rejected(problems):
                texts.append("; ".join(problems))
            case Failed(kind, reason) if kind != ENVIRONMENT:
                texts.append(f"{kind}: {reason}")
    return [quoted(text[:FAILURE_CHARACTERS]) for text in texts]
