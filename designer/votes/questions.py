"""The next question: the clips whose comparison is most informative about the lead."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np

from designer.run.files import read_json_as, write_json
from designer.run.seeds import derive
from designer.votes.ballots import LETTERS, Name, Vote
from designer.votes.strengths import Strengths, fit
from envs.bodies import Array

ASKING_FILE = "asking.json"
MACHINE_RATERS = ("factors", "model:")  # Their names begin so; all others are people.
MIN_LEAD_CHANCE = 0.02  # Given to every clip, so that none is forgotten.


@dataclass(frozen=True)
class Asking:
    """The questions to people after a generation.

    pool: names of the candidates whose clips may be shown, among them the anchor, the
    reward that leads so far. questions: number of questions. clips: most clips in one
    question. until: seconds since 1970 at which the run goes on without an answer.
    seed: of the run, to shuffle the clips. pairs: if not empty, the only comparisons.
    rater: who is asked; '' where people answer the questions together.
    """

    generation: int
    pool: tuple[Name, ...]
    questions: int
    clips: int
    until: float
    seed: int
    pairs: tuple[tuple[Name, Name], ...] = ()
    rater: str = ""

    def is_answered_by(self, vote: Vote) -> bool:
        """Whether a vote answers one of the questions."""
        return (
            vote.generation == self.generation
            and not vote.rater.startswith(MACHINE_RATERS)
            and self.rater in ("", vote.rater)
        )

    def among(self, filmed: Sequence[str]) -> "Asking":
        """The same questions about the candidates that have clips.

        If the pool had two or more candidates and fewer than two have clips, no
        question is left.
        """
        pool = tuple(name for name in self.pool if name in filmed)
        pairs = tuple(pair for pair in self.pairs if set(pair) <= set(pool))
        questions = min(self.questions, len(pairs)) if self.pairs else self.questions
        if len(self.pool) > 1 and len(pool) < 2:
            pool = ()
        return replace(self, pool=pool, pairs=pairs, questions=questions)

    def save(self, run: Path) -> None:
        """Write the file that the web page and `designer ask` read."""
        write_json(run / ASKING_FILE, asdict(self))


def load_asking(run: Path) -> Asking | None:
    """The questions of a run that waits for answers, else None."""
    return read_json_as(Asking, run / ASKING_FILE)


@dataclass(frozen=True)
class Question:
    """Clips to compare; a question about one clip asks for a comment only.

    shown: names of the candidates in the order of their letters. number: 1 for the
    first question of a generation. of: the most questions there can be. reason: why
    these clips, in words.
    """

    generation: int
    shown: tuple[str, ...]
    number: int
    of: int
    reason: str

    @property
    def letters(self) -> str:
        """A letter for each clip."""
        return LETTERS[: len(self.shown)]


def answered(asking: Asking, votes: Sequence[Vote]) -> int:
    """Number of votes that people have given in this generation."""
    return sum(map(asking.is_answered_by, votes))


def next_question(asking: Asking, votes: Sequence[Vote]) -> Question | None:
    """The most informative question, None when all are answered.

    It is about two clips that were not shown together in this generation, so there may
    be fewer questions than allowed. Clips beside them may have been, with one of them.
    """
    number = answered(asking, votes) + 1
    limit = asking.questions if len(asking.pool) > 1 else 1
    if number > limit or not asking.pool:
        return None
    if len(asking.pool) == 1:
        names, reason = list(asking.pool), "words say more than a vote"
    else:
        names, reason = _most_informative(asking, votes)
    if not names:
        return None
    rng = np.random.default_rng(derive(asking.seed, asking.generation, number))
    order = tuple(names[k] for k in rng.permutation(len(names)))
    return Question(asking.generation, order, number, limit, reason)


def _most_informative(asking: Asking, votes: Sequence[Vote]) -> tuple[list[str], str]:
    """Names of the clips, and the reason: the best pair, then greedily one by one.

    In the first question of a generation the pair is of a newcomer and a candidate that
    was judged before, as no newcomer can take the lead from what it is not compared to.
    """
    strengths = fit(votes, asking.pool)
    worth = _worth(strengths) * _open(asking, votes, strengths.names)
    if not worth.any():
        return [], ""
    is_judged = np.array([bool(strengths.rivals[name]) for name in strengths.names])
    linking = worth * (is_judged[:, None] != is_judged)
    is_first = not answered(asking, votes) and linking.any()
    first = int((linking if is_first else worth).argmax())
    chosen = sorted({first // len(worth), first % len(worth)})
    limit = 2 if asking.pairs else asking.clips
    while len(chosen) < limit:
        gain = worth[chosen].sum(axis=0)
        gain[chosen] = 0.0
        if not gain.any():
            break
        chosen.append(int(gain.argmax()))
    names = [strengths.names[k] for k in chosen]
    return names, _reason(asking, votes, names)


def _reason(asking: Asking, votes: Sequence[Vote], names: Sequence[str]) -> str:
    if asking.pairs:
        return "the vision model could not tell these two apart"
    judged = {name for vote in votes for name in vote.shown}
    new = sum(name not in judged for name in names)
    if new:
        are = "these clips have" if new == len(names) else f"{new} of these clips have"
        return f"{'one of these clips has' if new == 1 else are} not been judged yet"
    return "from what was said so far, any of these may be the best"


def _open(asking: Asking, votes: Sequence[Vote], names: Sequence[str]) -> Array:
    """Pairs that may still be asked, (n, n) bool: those not yet shown together."""
    at = {name: k for k, name in enumerate(names)}
    free = np.zeros((len(names), len(names)), dtype=bool)
    for first, second in asking.pairs or combinations(asking.pool, 2):
        free[at[first], at[second]] = free[at[second], at[first]] = True
    for vote in votes:
        if asking.is_answered_by(vote):
            # Candidates of an earlier question may be in the pool no more.
            for first, second in permutations(at.keys() & set(vote.shown), 2):
                free[at[first], at[second]] = False
    return free


def _worth(strengths: Strengths) -> Array:
    """Information gain of comparing each pair, (n, n), 0 on the diagonal.

    The expected Fisher information of a comparison, p (1 - p), times the variance of
    the difference that it would reduce, times the chance that one of the two leads.
    """
    mean, covariance = strengths.mean, strengths.covariance
    gap = mean[:, None] - mean
    variance = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    p = 1 / (1 + np.exp(-gap))
    lead = np.maximum(strengths.chances, MIN_LEAD_CHANCE)
    return np.asarray(p * (1 - p) * variance * (lead[:, None] + lead))
