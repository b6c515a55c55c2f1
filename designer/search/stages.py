"""Announces the stages of a search: its generations and final comparisons."""

from designer.rewards.sources import BASELINES
from designer.search.plan import TrainReward
from designer.search.session import Run
from designer.search.snapshot import stage_of
from designer.training.learner import whole_rollouts


class Stages:
    """Tells a run's watcher of each stage once."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._begun: set[str] = set()

    def announce_generation(self, generation: int) -> None:
        """Announce a generation when it begins to be written."""
        trainings = self._run.config.candidates * self._run.config.seeds
        self._run.watcher.stage(f"generation {generation}", trainings, self._run.steps)
        self._begun.add(f"g{generation:02d}")

    def announce(self, work: TrainReward) -> None:
        """Announce a stage of trainings when its first training begins."""
        config, steps = self._run.config, whole_rollouts(self._run.steps)
        reward_folder = work.folder.rpartition("/")[0]
        stage = reward_folder if work.is_final else stage_of(work.folder)
        if work.until > steps:
            stage += f" to {work.until} steps"
        if work.is_confirmation:
            stage = "confirmation"
        if stage in self._begun:
            return
        self._begun.add(stage)
        title, count = f"final comparison of {work.reward}", config.final_seeds
        if work.is_confirmation:
            title, count = "the two leading rewards on fresh seeds", 2 * config.confirm
        elif work.is_final and work.reward in BASELINES:
            title = f"the {work.reward} reward, for comparison"
        elif not work.is_final and work.until > steps:
            title = f"{work.reward} trained on, to see whether it still improves"
            count = config.seeds
        elif not work.is_final:
            title = f"generation {int(stage[1:])}"
            count = config.candidates * config.seeds
        # A race may give some of them up before.
        self._run.watcher.stage(title, count, max(work.until, self._run.steps))
