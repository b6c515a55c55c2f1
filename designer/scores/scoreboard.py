"""The scoreboard: the score of each reward, and differences in pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np

from designer.report.summary import FEWEST_SEEDS
from designer.run.candidates import Assessed, Failed, Rejected, paired
from designer.selection.statistics import interval


@dataclass(frozen=True)
class Score:
    """What came of one reward.

    name: path of the file as it was typed, or human or sparse. sha256: of the file's
    source; '' for a baseline. notes: of the probe. alarms: signs that the reward pays
    for something else than the goal, or that a term does nothing. behaviour: what the
    judged episodes have in common. stored: how many of its trainings were stored
    before. folder: of its trainings. clip: of its policy.
    """

    name: str
    sha256: str
    outcome: Rejected | Failed | Assessed
    notes: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    behaviour: tuple[str, ...] = ()
    stored: int = 0
    folder: Path | None = None
    clip: Path | None = None

    @property
    def is_baseline(self) -> bool:
        """Whether it is one of the task's own rewards."""
        return not self.sha256


@dataclass(frozen=True)
class PairedDifference:
    """The first reward's fitness minus the second's, in pairs by training seed.

    interval: Student's t, 95 %, of the mean difference; None for fewer than two seeds.
    """

    first: str
    second: str
    differences: tuple[float, ...]
    interval: tuple[float, float] | None

    @property
    def mean(self) -> float:
        """The mean difference."""
        return float(np.mean(self.differences))

    @property
    def verdict(self) -> Literal["better", "worse", "undecided"]:
        """What the interval says of the first reward, and no more than that."""
        if self.interval is None or len(self.differences) < FEWEST_SEEDS:
            return "undecided"
        low, high = self.interval
        return "better" if low > 0 else "worse" if high < 0 else "undecided"


@dataclass(frozen=True)
class Scoreboard:
    """Scores and paired differences, and all that they rest on.

    unit: of fitness. seeds: numbers of the training seeds. judge: its hash, since: the
    day of its first use, changes: sentences on earlier judges of this task. evidence:
    hash of judge, settings, rewards, figures and policies: the same question gives the
    same one on the same machine. compared: how many different files were ever trained
    on any of these seeds. warnings: about the task, and about stored results that were
    changed.
    """

    task: str
    unit: str
    trainer: str
    algo: str
    steps: int
    episodes: int
    seeds: tuple[int, ...]
    walls: str
    scores: tuple[Score, ...]
    comparisons: tuple[PairedDifference, ...]
    judge: str
    since: str
    changes: tuple[str, ...]
    evidence: str
    compared: int
    warnings: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every reward has a score."""
        return all(isinstance(score.outcome, Assessed) for score in self.scores)


def paired_differences(scores: Sequence[Score]) -> tuple[PairedDifference, ...]:
    """Every file with each baseline and with every other file; baselines come last."""
    comparisons = []
    for first, second in combinations(scores, 2):
        match first, second:
            case Score(outcome=Assessed() as one), Score(outcome=Assessed() as two):
                gaps = np.subtract(*paired(one, two)).tolist()
            case _:
                gaps = []
        if gaps and not first.is_baseline:
            between = interval(gaps)
            names = first.name, second.name
            comparisons.append(PairedDifference(*names, tuple(gaps), between))
    return tuple(comparisons)
