"""The judge: held-out starts, deterministic policy, the hidden metric."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from designer.rewards.sources import Array
from designer.run.candidates import Judgement
from envs.episodes import Episode, play
from envs.task import Task
from envs.user_code import UserCodeError, place_of


def judge(
    task: Task, policy: Callable[[Array], Array], seeds: Sequence[int]
) -> tuple[Judgement, list[Episode]]:
    """Play one episode per seed and score them."""
    episodes = play(task, policy, seeds)
    return summarise(task, episodes), episodes


def summarise(task: Task, episodes: Sequence[Any]) -> Judgement:
    """The hidden metric over episodes; UserCodeError where it is no finite number."""
    fitness = np.array([task.hidden.fitness(episode) for episode in episodes])
    wrong = np.flatnonzero(~np.isfinite(fitness)) if task.measured else ()
    for k in wrong[:1]:
        raise UserCodeError(
            f"{task.folder / 'hidden.py'}: fitness gave {fitness[k]}, expected a "
            f"finite number, for an episode of {episodes[k].steps} steps that ended by "
            f"'{episodes[k].reason}'{place_of(task.hidden.fitness)}"
        )
    predicate = task.hidden.success
    return Judgement(
        fitness=float(fitness.mean()),
        spread=float(fitness.std()),
        success=float(np.mean([predicate(e) for e in episodes])) if predicate else None,
        length=float(np.mean([episode.steps for episode in episodes])),
        endings=dict(Counter(episode.reason for episode in episodes)),
    )
