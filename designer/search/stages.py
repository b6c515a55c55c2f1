"""Announces the stages of a search: its generations and final comparisons."""

from designer.rewards.sources import BASELINES
from designer.search.plan import TrainReward
from designer.search.session import Run


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
        stage = work.folder.rpartition("/")[0] if work.is_final else work.folder[:3]
        if stage in self._begun:
            return
        self._begun.add(stage)
        config = self._run.config
        if not work.is_final:
            title, count = (
                f"generation {int(stage[1:])}",
                config.candidates * config.seeds,
            )
        elif work.reward in BASELINES:
            title, count = f"the {work.reward} reward, for a scale", config.final_seeds
        else:
            title, count = f"final comparison of {work.reward}", config.final_seeds
        self._run.watcher.stage(title, count, self._run.steps)
