"""Which clips to show next: those whose comparison would tell most about the lead."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np

from designer.rewards.sources import Array
from designer.run.files import read_json_as, write_json
from designer.run.seeds import derive
from designer.votes.ballots import LETTERS, Name, Vote
from designer.votes.strengths import Strengths, fit

FILE = "asking.json"
MACHINES = ("factors", "model:")  # beginnings of the names of raters who aren't people
LEAST = 0.02  # chance of the lead that every clip is given: none is forgotten


@dataclass(frozen=True)
class Asking:
    """What people are asked after a generation.

    pool: candidates whose clips may be shown; the anchor, the reward that leads so far,
    is one of them. questions: how many. clips: most in one question. until: seconds
    since 1970, when the run goes on without an answer. pairs: if not empty, only these
    are asked. seed: of the run, which shuffles the clips.
    """

    generation: int
    pool: tuple[Name, ...]
    questions: int
    clips: int
    until: float
    seed: int
    pairs: tuple[tuple[Name, Name], ...] = ()

    def among(self, filmed: Sequence[str]) -> "Asking":
        """The same about those alone that have clips; no question if they are too few.

        Where two were to be compared, one clip alone is not asked about.
        """
        pool = tuple(name for name in self.pool if name in filmed)
        pairs = tuple(pair for pair in self.pairs if set(pair) <= set(pool))
        questions = min(self.questions, len(pairs)) if self.pairs else self.questions
        if len(self.pool) > 1 and len(pool) < 2:
            pool = ()
        return replace(self, pool=pool, pairs=pairs, questions=questions)

    def save(self, run: Path) -> None:
        """Let the page and others know."""
        write_json(run / FILE, asdict(self))


def load_asking(run: Path) -> Asking | None:
    """What the run asks just now, None for nothing."""
    return read_json_as(Asking, run / FILE)


@dataclass(frozen=True)
class Question:
    """Clips to compare, in the order of their letters; one clip asks for words only.

    number: 1 for the first of a generation. of: how many there are at most. why: why
    this one.
    """

    generation: int
    shown: tuple[str, ...]
    number: int
    of: int
    why: str

    @property
    def letters(self) -> str:
        """A letter for each clip."""
        return LETTERS[: len(self.shown)]


def answered(asking: Asking, votes: Sequence[Vote]) -> int:
    """Votes that people have given in this generation."""
    return sum(
        vote.generation == asking.generation and not vote.rater.startswith(MACHINES)
        for vote in votes
    )


def next_question(asking: Asking, votes: Sequence[Vote]) -> Question | None:
    """The most informative question, None when all are answered.

    Clips that were shown together in this generation are not compared again, so there
    may be fewer questions than were allowed.
    """
    number = answered(asking, votes) + 1
    most = asking.questions if len(asking.pool) > 1 else 1
    if number > most or not asking.pool:
        return None
    if len(asking.pool) == 1:
        shown, why = list(asking.pool), "words say more than a vote"
    else:
        shown, why = _most_informative(asking, votes)
    if not shown:
        return None
    rng = np.random.default_rng(derive(asking.seed, asking.generation, number))
    order = tuple(shown[k] for k in rng.permutation(len(shown)))
    return Question(asking.generation, order, number, most, why)


def _most_informative(asking: Asking, votes: Sequence[Vote]) -> tuple[list[str], str]:
    """Greedily: the pair that tells most, then whoever tells most beside them."""
    strengths = fit(votes, asking.pool)
    worth = _worth(strengths) * _open(asking, votes, strengths.names)
    if not worth.any():
        return [], ""
    first = int(worth.argmax())
    chosen = sorted({first // len(worth), first % len(worth)})
    most = 2 if asking.pairs else asking.clips
    while len(chosen) < most:
        gain = worth[chosen].sum(axis=0)
        gain[chosen] = 0.0
        if not gain.any():
            break
        chosen.append(int(gain.argmax()))
    shown = [strengths.names[k] for k in chosen]
    return shown, _why(asking, votes, shown)


def _why(asking: Asking, votes: Sequence[Vote], shown: Sequence[str]) -> str:
    if asking.pairs:
        return "the vision model could not tell these two apart"
    seen = {name for vote in votes for name in vote.shown}
    new = sum(name not in seen for name in shown)
    if new:
        are = "these clips have" if new == len(shown) else f"{new} of these clips have"
        return f"{'one of these clips has' if new == 1 else are} not been judged yet"
    return "from what was said so far, any of these may be the best"


def _open(asking: Asking, votes: Sequence[Vote], names: Sequence[str]) -> Array:
    """Which pairs may be asked, (n, n) bool: those not yet shown together."""
    at = {name: k for k, name in enumerate(names)}
    free = np.zeros((len(names), len(names)), dtype=bool)
    for one, other in asking.pairs or combinations(asking.pool, 2):
        free[at[one], at[other]] = free[at[other], at[one]] = True
    for vote in votes:
        if vote.generation == asking.generation and not vote.rater.startswith(MACHINES):
            # What was shown may since have gone from the pool.
            for one, other in permutations(at.keys() & set(vote.shown), 2):
                free[at[one], at[other]] = False
    return free


def _worth(strengths: Strengths) -> Array:
    """What comparing each pair would tell, (n, n), 0 on the diagonal.

    The expected Fisher information of a comparison, p (1 - p), times the variance of
    the difference that it would reduce, times the chance that one of the two leads.
    """
    mean, covariance = strengths.mean, strengths.covariance
    gap = mean[:, None] - mean
    variance = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    p = 1 / (1 + np.exp(-gap))
    lead = np.maximum(strengths.chances, LEAST)
    return np.asarray(p * (1 - p) * variance * (lead[:, None] + lead))
