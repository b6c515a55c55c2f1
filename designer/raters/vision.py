"""A vision model as a rater: it compares two clips, twice, with the order swapped.

It sees a contact sheet and a table of public numbers of each clip, never a name, a
reward or a fitness. People agreed with such a judge in 74 % of pairs, and in 63 % if it
had no numbers (Gran Turismo, arXiv 2511.02094). Models prefer a position, often the
first (arXiv 2406.07791), so a verdict counts only if it is the same in both orders;
other pairs are left to people (PrefVLM, arXiv 2502.01616).

Not covered: a model that is sure and wrong; strengths.disagreements shows it if people
compare the same candidates.
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
from designer.votes.ballots import Ballot
from envs.bodies import Array
from envs.fields import columns
from envs.task import Task
from prompts import render

SHEET_PICTURES = 8  # In a contact sheet: designer.clips.clip.STRIP_PICTURES.
TABLE_ROWS = 8
MAX_TABLES = 3  # Of a clip, one for each training.
MAX_REASON_CHARACTERS = 600  # Of the reply, kept as the vote's comment.
Winner = Literal["A", "B", "TIE"]
MAX_VERDICT_CHARACTERS = 200  # A longer line is not a verdict.
_VERDICT = re.compile(
    r"(?:(?:my |the )?(?:final |last )?(?:answer|verdict|choice|winner)\W+(?:is\W+)?)?"
    r"(?:clip\W+)?(?P<word>A|B|TIE)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Exhibit:
    """What the model sees of a candidate.

    sheet: contact sheet as PNG, b'' without one. count: number of its episodes.
    figures: averages over the episodes, a row for each quantity. findings: how episodes
    end early. tables: one episode of each training at some moments, without metric.
    """

    sheet: bytes
    count: int
    figures: tuple[tuple[str, ...], ...]
    findings: tuple[str, ...]
    tables: tuple[Timeline, ...]


@dataclass(frozen=True)
class Undecided:
    """A pair that is left to people, and the reason."""

    pair: tuple[str, str]
    reason: str


@dataclass(frozen=True)
class Verdicts:
    """Ballots by pair, whose first candidate is clip A, and pairs left to people."""

    votes: tuple[tuple[tuple[str, str], Ballot], ...]
    undecided: tuple[Undecided, ...]


def exhibit(sheet: Path, episodes: Sequence[Judged], world: Ranges) -> Exhibit:
    """The exhibit of a candidate, from its strip.png, if it exists, and its episodes.

    The table of a training is of its first episode, which is also in the clip.
    """
    blind_episodes = [_blind(episode) for episode in episodes]
    measured = [quantities(e.frames, e.widths, world.units) for e in blind_episodes]
    firsts = {episode.training: episode for episode in reversed(blind_episodes)}
    return Exhibit(
        sheet.read_bytes() if sheet.is_file() else b"",
        len(blind_episodes),
        tuple(_figures(blind_episodes, measured)),
        tuple(endings(blind_episodes, measured, world)),
        tuple(_table(firsts[name], world) for name in sorted(firsts)[:MAX_TABLES]),
    )


def compare_pairs(
    ledger: Ledger,
    task: Task,
    exhibits: Mapping[str, Exhibit],
    pairs: Iterable[tuple[str, str]],
) -> Verdicts:
    """Ask the model about each pair in both orders.

    A pair stays undecided if an answer fails, can't be read or contradicts the other.
    BudgetSpent and StoreError are raised.
    """
    unique_pairs = list(dict.fromkeys(pairs))
    requests = [
        question(task, exhibits, order)
        for a, b in unique_pairs
        for order in ((a, b), (b, a))
    ]
    answers = ledger.ask_all(requests)
    votes, undecided = [], []
    for pair, straight, swapped in zip(
        unique_pairs, answers[::2], answers[1::2], strict=True
    ):
        verdict = _agreed(straight, swapped)
        if isinstance(verdict, Ballot):
            votes.append((pair, verdict))
        else:
            undecided.append(Undecided(pair, verdict))
    return Verdicts(tuple(votes), tuple(undecided))


def question(
    task: Task, exhibits: Mapping[str, Exhibit], names: tuple[str, str]
) -> Request:
    """The prompt about two candidates, the first of which is clip A."""
    clips = dict(zip("AB", (exhibits[name] for name in names), strict=True))
    # If only one clip had a sheet, it would stand out.
    pictured = all(clip.sheet for clip in clips.values())
    text = render(
        "judge",
        goal=task.goal,
        conventions=task.conventions.rstrip("."),
        fields=[field for field in task.fields if not field.hidden],
        pictured=pictured,
        pictures=SHEET_PICTURES,
        # The rows of both clips, the quantity's name once.
        figures=[
            (*row, *other_row[1:])
            for row, other_row in zip(
                clips["A"].figures, clips["B"].figures, strict=False
            )
        ],
        clips=clips,
    )
    pictures = tuple(
        Picture(f"Clip {letter}", clip.sheet)
        for letter, clip in clips.items()
        if pictured
    )
    system = render("judge_system", pictured=pictured)
    label = "judge/" + "-".join(name.replace("/", "_") for name in names)
    messages = (Message("system", system), Message("user", text, pictures))
    return Request(label, 0, messages)


def read_verdict(reply: Reply) -> Winner | None:
    """The A, B or TIE in the last line; None for any other line or a cut-off reply."""
    lines = _lines(reply)
    if reply.cut_off or not lines:
        return None
    line = lines[-1]
    if len(line) > MAX_VERDICT_CHARACTERS:
        return None
    verdict = _VERDICT.fullmatch(re.sub(r"^\W+|\W+$", "", line))
    words: dict[str, Winner] = {"A": "A", "B": "B", "TIE": "TIE"}
    return words[verdict["word"].upper()] if verdict else None


def summary(verdicts: Verdicts) -> str:
    """One line for the screen: number of decided pairs, and reasons for the others."""
    ties = sum(len(ballot.places) == 1 for _, ballot in verdicts.votes)
    total = len(verdicts.votes) + len(verdicts.undecided)
    decided = f"{len(verdicts.votes)} of {total} pairs decided, {ties} of them ties"
    reasons = [pair.reason for pair in verdicts.undecided]
    counts = [f"{reasons.count(reason)} {reason}" for reason in dict.fromkeys(reasons)]
    return f"{decided}; {'; '.join(counts)}" if counts else decided


def _agreed(straight: Reply | LLMError, swapped: Reply | LLMError) -> Ballot | str:
    """A ballot with the letters of the first order, or the reason why there is none."""
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
    comment = cut(" ".join(reasons.split()), MAX_REASON_CHARACTERS)
    if first == "TIE":
        return Ballot((("A", "B"),), comment=comment)
    return Ballot(((first,), ("B" if first == "A" else "A",)), comment=comment)


def _lines(reply: Reply) -> list[str]:
    return [line for line in reply.text.split("\n") if re.search(r"\w", line)]


def _blind(episode: Judged) -> Judged:
    """The episode without metric and actions, which no person sees either."""
    slices = columns(episode.widths)
    widths = {k: n for k, n in episode.widths.items() if k != "last_action"}
    frames = np.hstack([episode.frames[:, slices[name]] for name in widths])
    return replace(
        episode, frames=frames, widths=widths, fitness=math.nan, success=None
    )


def _figures(
    episodes: Sequence[Judged], measured: Sequence[Sequence[Quantity]]
) -> Iterator[tuple[str, ...]]:
    """Rows of name, mean, range, and for rates the mean integral over an episode.

    The tables show eight moments, from which nobody can tell how far a robot went.
    """
    if not episodes:
        return
    seconds = np.array([episode.seconds for episode in episodes])
    yield ("length of an episode (s)", *_mean_and_range(seconds), "-")
    for k, first in enumerate(measured[0][:MAX_COLUMNS]):
        ways = [
            np.trapezoid(row[k].values, dx=e.dt)
            for row, e in zip(measured, episodes, strict=True)
        ]
        way = with_unit(float(np.mean(ways)), first.unit.removesuffix("/s") or "1")
        name = first.name + ("" if first.unit == "1" else f" ({first.unit})")
        values = np.concatenate([row[k].values for row in measured])
        yield (name, *_mean_and_range(values), way if first.is_rate else "-")


def _mean_and_range(values: Array) -> tuple[str, str]:
    return f"{values.mean():.3g}", f"{values.min():.3g} to {values.max():.3g}"


def _table(episode: Judged, world: Ranges) -> Timeline:
    full = timeline(episode, world, {})
    last = len(full.rows) - 1
    keep = np.unique(np.linspace(0, last, TABLE_ROWS).round().astype(int))
    return replace(full, rows=tuple(full.rows[k] for k in keep))
