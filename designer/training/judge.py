"""Judges a policy: it plays held-out starts, and the hidden metric scores them."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from designer.rewards.sources import Array
from designer.run.candidates import Judgement
from envs.episodes import Episode, play
from envs.hidden import Hidden
from envs.task import Task
from envs.user_code import UserCodeError, place_of


def judge_policy(
    task: Task,
    hidden: Hidden,
    policy: Callable[[Array], Array],
    seeds: Sequence[int],
) -> tuple[Judgement, list[Episode]]:
    """Play one episode per seed and score them by the hidden metric."""
    episodes = play(task, policy, seeds)
    return judged_episodes(hidden, episodes), episodes


def judged_episodes(hidden: Hidden, episodes: Sequence[Any]) -> Judgement:
    """The hidden metric over episodes; UserCodeError where it is no finite number."""
    fitness = np.array([hidden.fitness(episode) for episode in episodes])
    wrong = np.flatnonzero(~np.isfinite(fitness)) if hidden.measured else ()
    for k in wrong[:1]:
        raise UserCodeError(
            f"{hidden.path}: fitness gave {fitness[k]}, expected a "
            f"finite number, for an episode of {episodes[k].steps} steps that ended by "
            f"'{episodes[k].reason}'{place_of(hidden.fitness)}"
        )
    predicate = hidden.success
    return Judgement(
        fitness=float(fitness.mean()),
        spread=float(fitness.std()),
        success=float(np.mean([predicate(e) for e in episodes])) if predicate else None,
        length=float(np.mean([episode.steps for episode in episodes])),
        endings=dict(Counter(episode.reason for episode in episodes)),
    )
