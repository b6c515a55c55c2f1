"""The parents of the next reward, chosen as published searches choose them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from designer.config import Parents
from designer.run.candidates import Candidate
from designer.run.seeds import derive
from designer.selection.incumbent import incumbent, ranked
from designer.selection.merit import Merit

FRAMINGS = ("tune", "restructure", "combine", "explore", "robust")


@dataclass(frozen=True)
class Lineage:
    """The parent of a proposal, a second reward to look at, and the kind of change."""

    parent: Candidate | None = None
    mate: Candidate | None = None
    framing: str = "explore"


def lineage(
    parents: Parents,
    islands: int,
    seed: int,
    history: Sequence[Candidate],
    generation: int,
    index: int,
    merit: Merit,
    is_alone: bool = False,
) -> Lineage:
    """Parent, mate and framing of the index-th reward of a generation.

    is_alone: whether it is its generation's only one; then its author chooses the kind
    of change. parents: incumbent: all proposals improve the reward that leads, each
    with another framing. latest: all improve the best of the last generation with the
    same framing (Eureka, arXiv 2310.12931, section 3.2). islands: see on_island. none:
    no parent, so that the search is a best of n.
    """
    match parents:
        case "none":
            return Lineage()
        case "latest":
            last = max((c.generation for c in ranked(history, merit)), default=0)
            best = ranked((c for c in history if c.generation == last), merit)
            if not best:
                return Lineage()
            # If all are equal, there is no worst one to contrast.
            is_worst = merit.of(best[-1]) < merit.of(best[0])
            return Lineage(best[0], best[-1] if is_worst else None, "improve")
        case "islands":
            rng = np.random.default_rng(derive(seed, "parents", generation, index))
            population = members(history, islands, index % islands, merit)
            return on_island(population, rng, merit)
        case "incumbent":
            leader = incumbent(history, merit)
            if leader is None:
                return Lineage()
            if is_alone:
                return Lineage(leader, None, "improve")
            runners_up = [c for c in ranked(history, merit) if c != leader]
            framing = FRAMINGS[index % len(FRAMINGS)]
            if framing == "combine" and not runners_up:
                framing = "restructure"
            return Lineage(leader, runners_up[0] if runners_up else None, framing)


def members(
    history: Sequence[Candidate],
    islands: int,
    island: int,
    merit: Merit,
) -> list[Candidate]:
    """The population of an island: candidates at least as good as its mean on arrival.

    The rule of admission is REvolve's (arXiv 2406.01309, algorithm 1). The index-th
    reward of every generation belongs to island index % islands.
    """
    admitted: list[Candidate] = []
    able = ranked(history, merit)
    for candidate in history:
        if candidate.index % islands != island or candidate not in able:
            continue
        scores = [merit.of(member) for member in admitted]
        if not scores or merit.of(candidate) >= sum(scores) / len(scores):
            admitted.append(candidate)
    return admitted


def on_island(
    population: Sequence[Candidate],
    rng: np.random.Generator,
    merit: Merit,
) -> Lineage:
    """Mutation of one member or crossover of two, with equal chances (REvolve).

    Parents are drawn by rank: the k-th best of n, counted from 0, with weight n - k;
    equals have the weight of the first of them.
    """
    best = ranked(population, merit)
    if not best:
        return Lineage()
    merits = np.array([merit.of(member) for member in best])
    weights = (merits <= merits[:, None]).sum(axis=1)
    order = rng.choice(
        len(best), size=len(best), replace=False, p=weights / weights.sum()
    )
    parent = best[order[0]]
    if len(best) > 1 and rng.random() < 0.5:
        return Lineage(parent, best[order[1]], "combine")
    return Lineage(parent, None, str(rng.choice(["tune", "restructure"])))
