"""How a search spreads its trainings over rewards, rungs and seeds."""

from dataclasses import dataclass

from designer.config import RunConfig
from designer.selection.race import RACE, places
from designer.training.learner import whole_rollouts


@dataclass(frozen=True)
class Allocation:
    """The rules for all generations.

    size: rewards of a generation. rungs: environment steps where its race pauses, the
    last one of a whole training; only that one without a race. shares: of the rewards
    that go on at each rung but the last. most_seeds: of a reward in a duel; the common
    number of seeds without duels.
    """

    size: int
    rungs: tuple[int, ...]
    shares: tuple[float, ...]
    most_seeds: int

    @property
    def generation_steps(self) -> int:
        """Environment steps of a generation whose rewards all learn, for each seed."""
        total = before = 0
        racing = self.size
        for k, rung in enumerate(self.rungs):
            total += racing * (rung - before)
            before = rung
            if k < len(self.shares):
                racing = places(racing, self.shares[k], k == 0)
        return total


def allocation_of(config: RunConfig, task_steps: int) -> Allocation:
    """The rules that the settings give.

    task_steps: of a training where the settings say nothing. A shorter training has no
    rung of the race before a quarter of these: by then it would have learnt too little.
    """
    steps = config.steps or task_steps
    whole, earliest = whole_rollouts(steps), whole_rollouts(task_steps * min(RACE))
    shares = {
        rung: share
        for fraction, share in RACE.items()
        if config.race == "halving"
        and earliest <= (rung := whole_rollouts(steps * fraction)) < whole
    }
    duels = config.judge == "metric" and config.most_seeds > config.seeds
    most_seeds = config.most_seeds if duels else config.seeds
    rungs = (*shares, whole)
    return Allocation(config.candidates, rungs, tuple(shares.values()), most_seeds)


def most_work(
    config: RunConfig, task_steps: int, baselines: int = 2
) -> tuple[int, int]:
    """How many trainings a run may need at most, and their environment steps together.

    baselines: rewards of the task's own. What a race drops is left out; all extensions
    are taken to be made, and each duel to be between two rewards, up to its end. (Where
    contenders fall behind, others take their place, and it may be more.)
    """
    rules, generations = allocation_of(config, task_steps), config.generations
    steps = rules.rungs[-1]
    duels = 2 * generations * (rules.most_seeds - config.seeds)
    compared = (1 + baselines) * config.final_seeds
    confirming, longer = 2 * config.confirm, 2**config.extend
    trainings = config.candidates * generations * config.seeds + duels
    searched = generations * config.seeds * rules.generation_steps + duels * steps
    extended = config.seeds * (longer - 1) + compared * longer
    return trainings + confirming + compared, searched + (confirming + extended) * steps
