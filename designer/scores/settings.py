"""The settings of a score; their docstrings are the help of the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from designer.config import Count, Limit, Natural, Sandboxed, Seconds


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class ScoreConfig:
    """How rewards are trained and judged for a score."""

    seeds: Count = 3
    """Trainings per reward; the same seeds for every reward, so that two rewards are
    compared in pairs."""

    first_seed: Natural = 0
    """Number of the first seed. A reward that was chosen by its score on some seeds
    looks better there than it is: confirm the choice on others."""

    steps: Limit | None = None
    """Environment steps of one training; the task's own number if not given."""

    episodes: Count = 16
    """Held-out episodes per judged policy."""

    trainer: Literal["ppo", "sb3"] = "ppo"
    """The trainer, as for designer run."""

    algo: Literal["ppo", "sac", "td3"] | None = None
    """Learning algorithm; the task's own if not given."""

    sandbox: Sandboxed = "auto"
    """The walls, as for designer run."""

    workers: Count = 2
    """Trainings at once, one process and one thread each."""

    wall_s: Seconds = 3600.0
    """Wall seconds after which a training is stopped and counts as failed."""

    clips: Annotated[bool, Parameter(negative="--no-clips")] = True
    """Whether a clip of each reward's policy is made, where clips can be made."""

    results: Path | None = None
    """Folder of stored results; ~/.cache/reward-designer/scores if not given. An empty
    one makes everything anew, which checks the stored ones."""

    @property
    def seed_numbers(self) -> tuple[int, ...]:
        """Numbers of the training seeds."""
        return tuple(range(self.first_seed, self.first_seed + self.seeds))
