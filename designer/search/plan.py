"""What is to be done next in a search: a pure function of what is there already.

Rounds: a generation is proposed, trained and judged before the next one begins. Its
rewards are trained as soon as they are proposed, in the order of their places, so that
which of two equal ones is the duplicate does not depend on who answered first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from designer.config import RunConfig
from designer.run.candidates import Candidate, folder_name
from designer.search.snapshot import Snapshot
from designer.selection.incumbent import incumbent
from designer.selection.merit import Merit, merit_of


@dataclass(frozen=True)
class Propose:
    """Have the missing rewards of a generation written."""

    generation: int


@dataclass(frozen=True)
class Train:
    """Take a training to a rung.

    folder: of the training inside the run. reward: a baseline's name, or the name of
    a candidate. seed: its number among the run's training seeds, or among the final
    ones. until: environment steps.
    """

    folder: str
    reward: str
    seed: int
    until: int

    @property
    def is_final(self) -> bool:
        """Whether it belongs to the final comparison, whose seeds the search lacks."""
        return self.folder.startswith("final/")


@dataclass(frozen=True)
class AskPeople:
    """Have people vote after a generation; after the last, on the final policies."""

    generation: int


Work = Propose | Train | AskPeople


def next_work(
    seen: Snapshot, config: RunConfig, baselines: tuple[str, ...]
) -> tuple[Work, ...]:
    """All that can be begun now, the most urgent first; () when the search is over.

    Work that is under way is in it until its result is in the snapshot. baselines: the
    task's own rewards, trained first, on the seeds of the final comparison, so that
    scores have a scale from the beginning.
    """
    scale = tuple(
        work for name in baselines for work in final_trainings(seen, config, name, name)
    )
    for generation in range(config.generations):
        trainings = tuple(_trainings(seen, config, generation))
        if _is_open(seen, config, generation):
            return (Propose(generation), *scale, *trainings)
        if trainings:
            return (*scale, *trainings)
        if generation not in seen.asked:
            return (*scale, AskPeople(generation))
    winner = leader(seen, config)
    designed = (
        tuple(final_trainings(seen, config, final_label(winner), winner.name))
        if winner
        else ()
    )
    if scale or designed:
        return (*scale, *designed)
    is_compared = config.judge != "people" or config.generations in seen.asked
    return () if is_compared else (AskPeople(config.generations),)


def leader(seen: Snapshot, config: RunConfig) -> Candidate | None:
    """The reward that leads after all generations so far."""
    return incumbent(seen.candidates, merit(seen, config, seen.candidates))


def merit(
    seen: Snapshot, config: RunConfig, candidates: tuple[Candidate, ...]
) -> Merit:
    """What selects among these candidates, with the votes that there are."""
    return merit_of(config.judge, config.people_weight, seen.votes, candidates)


def final_label(winner: Candidate) -> str:
    """The winner's folder in final/; another winner never finds its trainings there."""
    return winner.name.replace("/", "-")


def final_trainings(
    seen: Snapshot, config: RunConfig, label: str, reward: str
) -> Iterator[Train]:
    """The trainings of a reward in the final comparison that are not done."""
    for k in range(config.final_seeds):
        folder = f"final/{label}/s{k}"
        if not seen.is_trained(folder, seen.steps):
            yield Train(folder, reward, k, seen.steps)


def _is_open(seen: Snapshot, config: RunConfig, generation: int) -> bool:
    """Whether a reward of the generation is still to be proposed."""
    places = {(generation, index) for index in range(config.candidates)}
    return bool(places - seen.proposals.keys() - seen.unanswered)


def _trainings(seen: Snapshot, config: RunConfig, generation: int) -> Iterator[Train]:
    """Trainings of a generation that are not done; duplicates need none."""
    for index in range(config.candidates):
        place = generation, index
        proposed = seen.proposals.get(place)
        if proposed is None:
            if place in seen.unanswered:
                continue
            return  # What follows may turn out to be a duplicate of this one.
        if not proposed.source or place in seen.duplicates:
            continue
        name = folder_name(*place)
        for k in range(config.seeds):
            if not seen.is_trained(f"{name}/s{k}", seen.steps):
                yield Train(f"{name}/s{k}", name, k, seen.steps)
