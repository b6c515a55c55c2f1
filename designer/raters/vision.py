"""A vision model as a rater: it compares two clips, twice, with the order swapped.

It sees a contact sheet and a table of public numbers of each clip, never a name, a
reward or a fitness: people agreed with such a judge in 74 % of pairs, and in 63 % of
them when it had no numbers (Gran Turismo, arXiv 2511.02094). Judges prefer a position,
often the first one (arXiv 2406.07791), so only what it says in both orders is a vote;
the rest is for people (PrefVLM, arXiv 2502.01616).

Not covered: a judge that is sure and wrong; strengths.disagreements shows it where
people judge the same candidates.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np

from designer.authors.prose import cut, prose
from designer.errors import LLMError
from designer.feedback.behaviour import endings
from designer.feedback.judged import Judged
from designer.feedback.quantities import Quantity, Ranges, quantities, with_unit
from designer.feedback.timeline import MAX_COLUMNS, Timeline, timeline
from designer.llm import Ledger, Message, Picture, Reply, Request
from designer.rewards.sources import Array
from designer.votes.ballots import Ballot
from envs.fields import columns
from envs.task import Task
from prompts import render

RATER = "model:"  # beginning of the rater's name
PICTURES = 8  # in a contact sheet: designer.clips.clip.STRIP_PICTURES
MOMENTS = 8  # rows of a table
MOST = 3  # tables of a clip: one for each training
REASONS = 600  # characters of the reply that are kept as the vote's comment
Winner = Literal["A", "B", "TIE"]
VERDICT_CHARACTERS = 200  # a longer line is no verdict
_VERDICT = re.compile(
    r"(?:(?:my |the )?(?:final |last )?(?:answer|verdict|choice|winner)\W+(?:is\W+)?)?"
    r"(?:clip\W+)?(?P<word>A|B|TIE)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Exhibit:
    """What a judge sees of a candidate.

    sheet: contact sheet as PNG, b'' where there is none. count: of its episodes.
    figures: their averages, a row for each quantity. findings: how they end
    early. tables: one episode of each training at some moments, without verdict.
    """

    sheet: bytes
    count: int
    figures: tuple[tuple[str, ...], ...]
    findings: tuple[str, ...]
    tables: tuple[Timeline, ...]


@dataclass(frozen=True)
class Open:
    """A pair that the judge left to people, and why."""

    pair: tuple[str, str]
    why: str


@dataclass(frozen=True)
class Verdicts:
    """Ballots of pairs, the first of which is clip A, and the pairs left to people."""

    votes: tuple[tuple[tuple[str, str], Ballot], ...]
    undecided: tuple[Open, ...]


def exhibit(sheet: Path, episodes: Sequence[Judged], known: Ranges) -> Exhibit:
    """A candidate's strip.png, which may be missing, and its judged episodes.

    Of each training the first episode is told, the one that clips show.
    """
    blind = [_blind(episode) for episode in episodes]
    told = [quantities(e.frames, e.widths, known.units) for e in blind]
    firsts = {episode.training: episode for episode in reversed(blind)}
    return Exhibit(
        sheet.read_bytes() if sheet.is_file() else b"",
        len(blind),
        tuple(_figures(blind, told)),
        tuple(endings(blind, told, known)),
        tuple(_table(firsts[name], known) for name in sorted(firsts)[:MOST]),
    )


def judge(
    ledger: Ledger,
    task: Task,
    exhibits: Mapping[str, Exhibit],
    pairs: Iterable[tuple[str, str]],
) -> Verdicts:
    """Ask about each pair in both orders; BudgetSpent and StoreError are raised.

    Where an answer fails, can't be read or contradicts the other, the pair is open.
    """
    asked = list(dict.fromkeys(pairs))
    requests = [
        question(task, exhibits, order) for a, b in asked for order in ((a, b), (b, a))
    ]
    answers = ledger.ask_all(requests)
    votes, undecided = [], []
    for pair, straight, swapped in zip(asked, answers[::2], answers[1::2], strict=True):
        found = _agreed(straight, swapped)
        if isinstance(found, Ballot):
            votes.append((pair, found))
        else:
            undecided.append(Open(pair, found))
    return Verdicts(tuple(votes), tuple(undecided))


def question(
    task: Task, exhibits: Mapping[str, Exhibit], shown: tuple[str, str]
) -> Request:
    """What is asked about two candidates; the first one is called A."""
    seen = dict(zip("AB", (exhibits[name] for name in shown), strict=True))
    # One sheet alone would make the clip that has it stand out.
    pictured = all(one.sheet for one in seen.values())
    text = render(
        "judge",
        goal=task.goal,
        conventions=task.conventions.rstrip("."),
        fields=[field for field in task.fields if not field.hidden],
        pictured=pictured,
        pictures=PICTURES,
        figures=_side_by_side(*(one.figures for one in seen.values())),
        clips=seen,
    )
    pictures = tuple(
        Picture(f"Clip {letter}", one.sheet) for letter, one in seen.items() if pictured
    )
    system = render("judge_system", pictured=pictured)
    label = "judge/" + "-".join(name.replace("/", "_") for name in shown)
    messages = (Message("system", system), Message("user", text, pictures))
    return Request(label, 0, messages)


def read_verdict(reply: Reply) -> Winner | None:
    """The last line's A, B or TIE; None if it is anything else or was cut off."""
    lines = _lines(reply)
    if reply.cut_off or not lines:
        return None
    line = lines[-1]
    if len(line) > VERDICT_CHARACTERS:
        return None
    found = _VERDICT.fullmatch(re.sub(r"^\W+|\W+$", "", line))
    words: dict[str, Winner] = {"A": "A", "B": "B", "TIE": "TIE"}
    return words[found["word"].upper()] if found else None


def summary(found: Verdicts) -> str:
    """One line for the screen: how much was decided, and why the rest was not."""
    ties = sum(len(ballot.places) == 1 for _, ballot in found.votes)
    total = len(found.votes) + len(found.undecided)
    said = f"{len(found.votes)} of {total} pairs decided, {ties} of them ties"
    whys = [one.why for one in found.undecided]
    parts = [f"{whys.count(why)} {why}" for why in dict.fromkeys(whys)]
    return f"{said}; {'; '.join(parts)}" if parts else said


def _agreed(straight: Reply | LLMError, swapped: Reply | LLMError) -> Ballot | str:
    """A ballot by the letters of the first order, or why there is none."""
    for answer in (straight, swapped):
        if isinstance(answer, LLMError):
            return f"without an answer ({answer})"
    assert isinstance(straight, Reply)
    assert isinstance(swapped, Reply)
    first, second = read_verdict(straight), read_verdict(swapped)
    if first is None or second is None:
        return "with an answer whose last line is not A, B or TIE"
    if first != {"A": "B", "B": "A", "TIE": "TIE"}[second]:
        return "answered differently when the order was swapped"
    reasons = prose("\n".join(_lines(straight)[:-1]))
    comment = cut(" ".join(reasons.split()), REASONS)
    if first == "TIE":
        return Ballot((("A", "B"),), comment=comment)
    return Ballot(((first,), ("B" if first == "A" else "A",)), comment=comment)


def _lines(reply: Reply) -> list[str]:
    return [line for line in reply.text.split("\n") if re.search(r"\w", line)]


def _blind(episode: Judged) -> Judged:
    """Without verdict, and without actions among what is shown: nobody sees those."""
    parts = columns(episode.widths)
    widths = {k: n for k, n in episode.widths.items() if k != "last_action"}
    frames = np.hstack([episode.frames[:, parts[name]] for name in widths])
    return replace(
        episode, frames=frames, widths=widths, fitness=math.nan, success=None
    )


def _figures(
    episodes: Sequence[Judged], told: Sequence[Sequence[Quantity]]
) -> Iterator[tuple[str, ...]]:
    """Name, mean, range, and of rates the mean of their integrals over an episode.

    Eight moments of a gait are chance; how far it went is in none of them.
    """
    if not episodes:
        return
    seconds = np.array([episode.seconds for episode in episodes])
    yield ("length of an episode (s)", *_mean_and_range(seconds), "-")
    for k, first in enumerate(told[0][:MAX_COLUMNS]):
        ways = [
            np.trapezoid(row[k].values, dx=e.dt)
            for row, e in zip(told, episodes, strict=True)
        ]
        way = with_unit(float(np.mean(ways)), first.unit.removesuffix("/s") or "1")
        name = first.name + ("" if first.unit == "1" else f" ({first.unit})")
        values = np.concatenate([row[k].values for row in told])
        yield (name, *_mean_and_range(values), way if first.is_rate else "-")


def _mean_and_range(values: Array) -> tuple[str, str]:
    return f"{values.mean():.3g}", f"{values.min():.3g} to {values.max():.3g}"


def _side_by_side(
    one: Sequence[tuple[str, ...]], other: Sequence[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """Rows of both, the name once; none if either has no episodes."""
    return [(*a, *b[1:]) for a, b in zip(one, other, strict=False)]


def _table(episode: Judged, known: Ranges) -> Timeline:
    full = timeline(episode, known, {})
    last = len(full.rows) - 1
    keep = np.unique(np.linspace(0, last, MOMENTS).round().astype(int))
    return replace(full, rows=tuple(full.rows[k] for k in keep))
