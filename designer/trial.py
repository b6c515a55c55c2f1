"""A short trial of a task before anything is trained: its environment and hidden.py."""

from collections.abc import Iterator

import numpy as np

from designer.records import derive
from designer.search.bank import ENVS, RandomPlay, random_play
from designer.training.job import BASELINES, baseline_name
from designer.training.judge import summarise
from designer.training.rewards import Array, FunctionReward
from envs.episodes import Episode, play
from envs.task import Task
from envs.user_code import UserCodeError
from envs.vector import RAISED, UNSTABLE, make_env

FEW_STEPS = 3  # An episode of no more leaves hardly anything to learn from.
TRIES = 3  # seeds of a whole random episode, where the environment may raise


def try_task(task: Task, seed: int) -> tuple[str, ...]:
    """Plays at random, and calls each function of hidden.py on what came of it.

    Gives warnings, sentences for the user. TaskError where no training could succeed.
    """
    played = random_play(task, seed)
    summarise(task, [_random_episode(task, seed)])
    bank = played.bank
    for baseline in BASELINES:
        function = getattr(task.hidden, f"{baseline}_reward")
        if function is not None:
            reward = FunctionReward(
                function, bank.widths, baseline_name(task, baseline)
            )
            reward(bank.s, bank.a, bank.s_next)
    return tuple(_warnings(played))


def _random_episode(task: Task, seed: int) -> Episode:
    """A whole episode of random actions."""
    env = make_env(task, 1)
    rng = np.random.default_rng(derive(seed, "trial"))

    def act(obs: Array) -> Array:
        return rng.uniform(env.low, env.high, (len(obs), env.action_dim))

    for k in range(TRIES):
        try:
            (episode,) = play(task, act, [derive(seed, "trial", k)])
            return episode
        except UserCodeError as error:
            last = error
    raise last


def _warnings(played: RandomPlay) -> Iterator[str]:
    by_reason = {
        reason: [steps for steps, why in played.ends if why == reason]
        for reason in {why for _, why in played.ends}
    }
    if unstable := by_reason.pop(UNSTABLE, []):
        yield (
            f"physics became unstable in {len(unstable)} of {ENVS} random episodes, "
            f"after {_steps(unstable)}"
        )
    if raised := by_reason.pop(RAISED, []):
        yield (
            f"the environment raised in {len(raised)} of {ENVS} random episodes "
            f"({played.errors[0]}); a training in which it raises fails"
        )
    lengths = [steps for ends in by_reason.values() for steps in ends]
    short = [steps for steps in lengths if steps <= FEW_STEPS]
    if len(short) >= ENVS / 2:
        at = (
            str(min(short)) if len(set(short)) == 1 else f"{min(short)} to {max(short)}"
        )
        yield f"random play ends at step {at} in {len(short)} of {ENVS} episodes"


def _steps(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    if low == high:
        return f"{low} step{'s' if low > 1 else ''}"
    return f"{low} to {high} steps"
