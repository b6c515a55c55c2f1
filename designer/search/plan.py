"""The plan: the next work of a search, as a pure function of its snapshot.

A generation is proposed, trained and judged before the next one begins; with --ahead N
the next N - 1 generations begin meanwhile, from what was known before. So no core waits
for the slowest training, and what an author is told never depends on who was quicker.
Rewards are trained as soon as they are proposed, in the order of their places, so that
the later of two equal rewards is the duplicate, whoever answers first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from designer.config import RunConfig
from designer.run.candidates import Assessed, Candidate, folder_name
from designer.search.confirmation import (
    confirmed,
    confirming,
    final_label,
    rival_of,
)
from designer.search.snapshot import Snapshot
from designer.selection.incumbent import incumbent
from designer.selection.merit import Merit, lead_of, merit_of


@dataclass(frozen=True)
class Propose:
    """Have the missing rewards of a generation written."""

    generation: int


@dataclass(frozen=True)
class TrainReward:
    """Take a training to a rung.

    folder: of the training inside the run. reward: name of a baseline or a candidate.
    seed: number of the training among those of its reward. until: environment steps at
    the rung. is_confirmation: whether it confirms one of the two leading rewards.
    """

    folder: str
    reward: str
    seed: int
    until: int
    is_confirmation: bool = False

    @property
    def is_final(self) -> bool:
        """Whether its seed is none of the search's."""
        return self.folder.startswith("final/")


@dataclass(frozen=True)
class AskPeople:
    """Have people vote after a generation.

    generation: the number of generations stands for the vote on the final policies.
    """

    generation: int


Work = Propose | TrainReward | AskPeople


def next_work(
    snapshot: Snapshot, config: RunConfig, baselines: tuple[str, ...]
) -> tuple[Work, ...]:
    """All work that can be begun now, most urgent first; () when the search is over.

    Work in progress is included until its result is in the snapshot. baselines: names
    of the task's own rewards. They are trained first, on the seeds of the final
    comparison, so that scores can be compared from the beginning.
    """
    baseline_trainings = tuple(
        work
        for name in baselines
        for work in final_trainings(snapshot, config, name, name, snapshot.steps)
    )
    work: list[Work] = []
    oldest: int | None = None  # unfinished generation
    for generation in range(config.generations):
        # Authors of later generations are told what the baselines reach.
        waits_for_baselines = bool(baseline_trainings) and generation >= config.ahead
        if waits_for_baselines or (
            oldest is not None and generation >= oldest + config.ahead
        ):
            break
        unfinished = _unfinished(snapshot, config, generation)
        if unfinished and oldest is None:
            oldest = generation
        work += unfinished
    if work or baseline_trainings:
        proposals = [task for task in work if isinstance(task, Propose)]
        others = [task for task in work if not isinstance(task, Propose)]
        return (*proposals, *baseline_trainings, *others)
    if confirmation := tuple(_confirmation(snapshot, config)):
        return confirmation
    winner = leader(snapshot, config)
    if winner is not None:
        steps = comparison_steps(snapshot, config, winner)
        if further := tuple(_further(snapshot, winner, 2 * steps, config)):
            return further
        designed = final_label(winner), winner.name
        final = tuple(
            work
            for label, reward in (designed, *((name, name) for name in baselines))
            for work in final_trainings(snapshot, config, label, reward, steps)
        )
        if final:
            return final
    is_compared = config.judge != "people" or config.generations in snapshot.voted
    return () if is_compared else (AskPeople(config.generations),)


def comparison_steps(snapshot: Snapshot, config: RunConfig, winner: Candidate) -> int:
    """Environment steps of the final comparison's trainings.

    Those of the search, doubled (--extend times at most) as long as that is known to
    have made the winner's own trainings in the search better: by more than one standard
    error over seeds, or at all with one seed. The policy that is judged is the one at
    the peak of the reward's own return, so where that has stopped rising fitness has.
    """
    steps = snapshot.steps
    for _ in range(config.extend):
        short, long = (
            snapshot.outcome(winner.name, config.seeds, n) for n in (steps, 2 * steps)
        )
        if not (isinstance(short, Assessed) and isinstance(long, Assessed)):
            break
        rise, error = lead_of(long, short)
        if rise <= error:
            break
        steps *= 2
    return steps


def _further(
    snapshot: Snapshot, winner: Candidate, steps: int, config: RunConfig
) -> Iterator[TrainReward]:
    """The winner's unfinished trainings to twice the steps, while these may double."""
    if steps > snapshot.steps * 2**config.extend:
        return
    for k in range(config.seeds):
        folder = f"{winner.name}/s{k}"
        if not snapshot.is_trained(folder, steps):
            yield TrainReward(folder, winner.name, k, steps)


def _unfinished(
    snapshot: Snapshot, config: RunConfig, generation: int
) -> tuple[Work, ...]:
    """The work of a generation that can be begun now; () when it is finished."""
    trainings = tuple(_trainings(snapshot, config, generation))
    if _is_open(snapshot, config, generation):
        return (Propose(generation), *trainings)
    if not trainings and generation == len(snapshot.duels.seeds):
        trainings = tuple(
            TrainReward(f"{name}/s{k}", name, k, snapshot.steps)
            for place, k in snapshot.duels.missing
            if (name := folder_name(*place))
        )
    if not trainings and config.ahead == 1 and generation not in snapshot.voted:
        return (AskPeople(generation),)
    return trainings


def leader(snapshot: Snapshot, config: RunConfig) -> Candidate | None:
    """The reward that leads after all generations so far.

    Once both are confirmed it is the better of the two that lead.
    """
    measure = merit(snapshot, config, snapshot.candidates)
    leading = incumbent(snapshot.candidates, measure)
    if leading is None or not config.confirm:
        return leading
    rival = rival_of(leading, snapshot, measure)
    return confirmed((leading, rival), snapshot, config) if rival else leading


def _confirmation(snapshot: Snapshot, config: RunConfig) -> Iterator[TrainReward]:
    """The unfinished trainings that confirm which of the two leading rewards is it."""
    measure = merit(snapshot, config, snapshot.candidates)
    leading = incumbent(snapshot.candidates, measure)
    rival = rival_of(leading, snapshot, measure) if leading else None
    if leading is None or rival is None:
        return
    for candidate, k in confirming((leading, rival), config):
        folder = f"final/{final_label(candidate)}/s{k}"
        if not snapshot.is_trained(folder, snapshot.steps):
            yield TrainReward(folder, candidate.name, k, snapshot.steps, True)


def merit(
    snapshot: Snapshot, config: RunConfig, candidates: tuple[Candidate, ...]
) -> Merit:
    """The merit of these candidates, with the votes in the snapshot."""
    return merit_of(config.judge, config.people_weight, snapshot.votes, candidates)


def final_trainings(
    snapshot: Snapshot, config: RunConfig, label: str, reward: str, steps: int
) -> Iterator[TrainReward]:
    """The unfinished trainings of a reward in the final comparison."""
    for k in range(config.final_seeds):
        folder = f"final/{label}/s{k}"
        if not snapshot.is_trained(folder, steps):
            yield TrainReward(folder, reward, k, steps)


def _is_open(snapshot: Snapshot, config: RunConfig, generation: int) -> bool:
    """Whether a reward of the generation is still to be proposed."""
    places = {(generation, index) for index in range(config.candidates)}
    return bool(places - snapshot.proposals.keys() - snapshot.unanswered)


def _trainings(
    snapshot: Snapshot, config: RunConfig, generation: int
) -> Iterator[TrainReward]:
    """The unfinished trainings of a generation, each to the rung of its race.

    Duplicates need none, and what was given up at a rung needs no more.
    """
    for index in range(config.candidates):
        place = generation, index
        proposed = snapshot.proposals.get(place)
        if proposed is None:
            if place in snapshot.unanswered:
                continue
            return  # Later rewards may turn out to be duplicates of this one.
        if not proposed.source or place in snapshot.duplicates:
            continue
        standings = snapshot.standings[generation]
        if place in standings.given_up:
            continue
        name = folder_name(*place)
        if snapshot.has_failed(name) or place in standings.failed:
            continue
        for k in range(config.seeds):
            if not snapshot.is_trained(f"{name}/s{k}", standings.until):
                yield TrainReward(f"{name}/s{k}", name, k, standings.until)
