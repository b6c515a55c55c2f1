"""An explanation of a reward: its terms, what they read, and what they pay for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from designer.feedback.dependence import Dependence, dependences
from designer.feedback.judged import Judged, load_judged, transitions
from designer.feedback.pay import Payments, of_episode, pay, payments
from designer.feedback.saturation import flat
from designer.rewards.bank import Bank
from designer.rewards.rows import Transitions, evenly
from designer.rewards.sources import Array
from envs.task import Task
from sandbox import RewardFault, RewardProcess, Walls

MAX_EPISODE_POINTS = 100  # of a term along an episode


@dataclass(frozen=True)
class TermExplanation:
    """A term on the stored episodes, or on random play where there are none.

    share: of the mean absolute values of all terms. low, high: of its values, also on
    random play. at_low, at_high: shares of steps at these ends.
    """

    name: str
    share: float
    low: float
    high: float
    at_low: float
    at_high: float
    dependences: tuple[Dependence, ...]


@dataclass(frozen=True)
class EpisodePay:
    """What a reward paid along one stored episode.

    label: good or bad. training: of which it comes. ending: why it ended. seconds:
    times of the points. pay: of each term in the order of the terms, mean per step
    between two points. sums: of each term over the episode.
    """

    label: str
    training: str
    ending: str
    fitness: float | None
    seconds: tuple[float, ...]
    pay: tuple[tuple[float, ...], ...]
    sums: tuple[float, ...]


@dataclass(frozen=True)
class Explanation:
    """episodes: number of stored ones. steps: transitions that the figures are of."""

    episodes: int
    steps: int
    terms: tuple[TermExplanation, ...]
    good_and_bad: tuple[EpisodePay, ...]
    findings: tuple[str, ...]


def explain_terms(
    task: Task, bank: Bank, source: str, paths: Sequence[Path], walls: Walls | None
) -> Explanation:
    """Explain a reward; paths: episodes.npz files of trainings with it, or none.

    RewardFault where it fails on their transitions or on the bank.
    """
    episodes = load_judged(task, paths)
    findings: tuple[str, ...] = ()
    along: tuple[EpisodePay, ...] = ()
    if episodes:
        paid = payments(source, episodes, bank, walls)
        if isinstance(paid, RewardFault):
            raise paid
        steps = Transitions(*transitions(episodes))
        names, judged, elsewhere = paid.terms, paid.judged, paid.elsewhere
        findings, along = pay(episodes, paid).findings, good_and_bad(episodes, paid)
    else:
        steps = Transitions(bank.s, bank.a, bank.s_next)
        dim = bank.a.shape[1]
        with RewardProcess(source, bank.widths, dim, 4096, walls=walls) as process:
            judged = elsewhere = process(bank.s, bank.a, bank.s_next)
            names = process.terms
    # Where the policies went, a term may be flat that is not so elsewhere.
    judged_rows = steps.take(evenly(len(steps.a), len(bank.a)))
    mixed = Transitions(
        np.concatenate([judged_rows.s, bank.s]),
        np.concatenate([judged_rows.a, bank.a]),
        np.concatenate([judged_rows.s_next, bank.s_next]),
    )
    curves = dependences(task, source, bank, mixed, walls)
    terms = tuple(_terms(names, judged, elsewhere, curves))
    return Explanation(len(episodes), len(judged), terms, along, findings)


def good_and_bad(episodes: Sequence[Judged], paid: Payments) -> tuple[EpisodePay, ...]:
    """The episode of the highest and that of the lowest fitness.

    Where there is no fitness, the longest and the shortest; () of a single episode.
    """
    merit = np.array([episode.fitness for episode in episodes])
    if not np.isfinite(merit).all():
        merit = np.array([float(episode.steps) for episode in episodes])
    best, worst = int(merit.argmax()), int(merit.argmin())
    if best == worst:
        return ()
    return tuple(
        _along(label, episodes[k], of_episode(paid, k))
        for label, k in (("good", best), ("bad", worst))
    )


def _along(label: str, episode: Judged, paid: dict[str, Array]) -> EpisodePay:
    chunks = np.array_split(
        np.arange(episode.steps), min(MAX_EPISODE_POINTS, episode.steps)
    )
    return EpisodePay(
        label,
        episode.training,
        episode.reason,
        episode.fitness if np.isfinite(episode.fitness) else None,
        tuple(round(float(chunk.mean() + 1) * episode.dt, 4) for chunk in chunks),
        tuple(
            tuple(float(f"{values[chunk].mean():.4g}") for chunk in chunks)
            for values in paid.values()
        ),
        tuple(float(values.sum()) for values in paid.values()),
    )


def _terms(
    names: Sequence[str],
    judged: Array,
    elsewhere: Array,
    curves: dict[str, tuple[Dependence, ...]],
) -> list[TermExplanation]:
    size = np.abs(judged).mean(axis=0)
    low = np.minimum(judged.min(axis=0), elsewhere.min(axis=0))
    high = np.maximum(judged.max(axis=0), elsewhere.max(axis=0))
    at_low, at_high = flat(judged, low, high)
    return [
        TermExplanation(
            name,
            float(size[k] / (size.sum() or 1.0)),
            float(low[k]) + 0.0,  # never -0
            float(high[k]) + 0.0,
            float(at_low[k]),
            float(at_high[k]),
            curves.get(name, ()),
        )
        for k, name in enumerate(names)
    ]
