"""Which trainings of a plan become one job."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from designer.search.plan import Propose, TrainReward, Work
from designer.search.snapshot import stage_of


def bundles(
    work: Sequence[Work], begun: set[TrainReward], devices: int
) -> Iterator[tuple[TrainReward, ...]]:
    """The trainings of each job that can be begun, most urgent first.

    begun: trainings that are in jobs already. devices: 0 where every training is a job
    of its own. Else the trainings of a generation or of a final comparison go through
    the rungs together, divided among so many devices, once all rewards are written.
    """
    trainings = [
        task for task in work if isinstance(task, TrainReward) and task not in begun
    ]
    if not devices:
        yield from ((training,) for training in trainings)
        return
    unwritten = {f"g{w.generation:02d}" for w in work if isinstance(w, Propose)}
    stages: dict[tuple[str, int, bool], list[TrainReward]] = defaultdict(list)
    for training in trainings:
        if (stage := stage_of(training.folder)) not in unwritten:
            # Those of one job are judged from the same starts.
            key = stage, training.until, training.is_confirmation
            stages[key].append(training)
    for together in stages.values():
        for device in range(min(devices, len(together))):
            yield tuple(together[device::devices])
