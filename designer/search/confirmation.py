"""The last confirmation: the two leading rewards on seeds that chose neither."""

from collections.abc import Iterator

import numpy as np

from designer.config import RunConfig
from designer.run.candidates import ENVIRONMENT, Assessed, Candidate, number
from designer.search.snapshot import Snapshot
from designer.selection.merit import Merit


def rival_of(leading: Candidate, snapshot: Snapshot, merit: Merit) -> Candidate | None:
    """The best of all other rewards; None where there is none that could lead."""
    others = [
        candidate
        for candidate in snapshot.candidates
        if candidate.name != leading.name
        and isinstance(candidate.outcome, Assessed)
        and merit.favours(candidate)
    ]
    return max(others, key=merit.bound, default=None)


def confirming(
    rivals: tuple[Candidate, Candidate], config: RunConfig
) -> Iterator[tuple[Candidate, int]]:
    """The trainings of a confirmation: a reward and the number of its seed.

    The numbers follow those of the final comparison, whose seeds are kept for it.
    """
    for candidate in rivals:
        for k in range(config.confirm):
            yield candidate, config.final_seeds + k


def confirmed(
    rivals: tuple[Candidate, Candidate], snapshot: Snapshot, config: RunConfig
) -> Candidate:
    """The one that is better on the fresh seeds; the first while that is unknown."""
    leading, rival = rivals
    fitness = _fresh_fitness(leading, snapshot, config)
    of_rival = _fresh_fitness(rival, snapshot, config)
    if fitness is None or of_rival is None:
        return leading
    return rival if of_rival > fitness else leading


def in_words(
    winner: Candidate, snapshot: Snapshot, config: RunConfig, unit: str
) -> str:
    """What the fresh seeds said of the winner and its rivals; '' without them.

    There are several rivals where a reward came late, after the search had ended once.
    """
    if not config.confirm:
        return ""
    fitness = {
        candidate.name: value
        for candidate in snapshot.candidates
        if (value := _fresh_fitness(candidate, snapshot, config)) is not None
    }
    if winner.name not in fitness or len(fitness) == 1:
        return ""
    fitness = {winner.name: fitness[winner.name], **fitness}
    seeds = f"{config.confirm} fresh seed{'s' if config.confirm > 1 else ''}"
    rewards = ", ".join(
        f"{name} failed" if np.isinf(value) else f"{name} {number(value)} {unit}"
        for name, value in fitness.items()
    )
    return f"The leading rewards on {seeds} that had no part in the search: {rewards}."


def final_label(winner: Candidate) -> str:
    """The winner's folder in final/, which no other winner shares."""
    return winner.name.replace("/", "-")


def _fresh_fitness(
    candidate: Candidate, snapshot: Snapshot, config: RunConfig
) -> float | None:
    """Mean fitness on the fresh seeds, -inf if the reward failed there.

    None while one is missing, or where the environment failed on all of them.
    """
    seeds = range(config.final_seeds, config.final_seeds + config.confirm)
    folder = f"final/{final_label(candidate)}"
    outcome = snapshot.outcome_on(folder, seeds)
    if isinstance(outcome, Assessed):
        return outcome.fitness
    if outcome is None or outcome.kind == ENVIRONMENT:
        return None
    return -np.inf
