"""How a search spreads its trainings over rewards, rungs and seeds."""

from dataclasses import dataclass

from designer.config import RunConfig
from designer.selection.race import RACE_RUNGS, places
from designer.training.learner import whole_rollouts


@dataclass(frozen=True)
class Allocation:
    """The rules for all generations.

    size: rewards of a generation. rungs: environment steps where its race pauses, the
    last one of a whole training; only that one without a race. most_seeds: of a reward
    in a duel; the common number of seeds without duels.
    """

    size: int
    rungs: tuple[int, ...]
    most_seeds: int

    @property
    def generation_steps(self) -> int:
        """Environment steps of a generation whose rewards all learn, for each seed."""
        total = before = 0
        racing = self.size
        for k, rung in enumerate(self.rungs):
            total += racing * (rung - before)
            before = rung
            if k < len(self.rungs) - 1:
                racing = places(racing, k)
        return total


def allocation_of(config: RunConfig, task_steps: int) -> Allocation:
    """The rules that the settings give.

    task_steps: of a training where the settings say nothing. A shorter training has no
    rung of the race before a quarter of these: by then it would have learnt too little.
    """
    steps = config.steps or task_steps
    fractions = RACE_RUNGS if config.race == "halving" else ()
    able = [f for f in fractions if steps * f >= task_steps * min(RACE_RUNGS)]
    rungs = {whole_rollouts(steps * fraction) for fraction in (*able, 1)}
    duels = config.judge == "metric" and config.most_seeds > config.seeds
    most_seeds = config.most_seeds if duels else config.seeds
    return Allocation(config.candidates, tuple(sorted(rungs)), most_seeds)
