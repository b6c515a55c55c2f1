"""A short trial of a task before any training: its environment and hidden.py."""

from collections.abc import Iterator

import numpy as np

from designer.rewards.bank import ENVS, STEPS, RandomPlay, random_play, trouble
from designer.rewards.sources import BASELINES, Array, open_baseline
from designer.run.seeds import derive
from designer.training.judge import judged_episodes
from envs.env import RAISED, UNSTABLE
from envs.episodes import Episode, play
from envs.hidden import load_hidden
from envs.make import make_env
from envs.robot_checks import endless, robot_warnings
from envs.task import Task
from envs.user_code import UserCodeError

SHORT_EPISODE_STEPS = 3  # a policy can hardly learn from so short an episode
RANDOM_EPISODE_TRIES = (
    3  # seeds of a whole random episode, where the environment may raise
)


def try_task(task: Task, seed: int) -> tuple[str, ...]:
    """Play at random, and call each function of hidden.py on those episodes.

    Gives warnings, sentences for the user. TaskError where no training could succeed.
    """
    played = random_play(task, seed)
    hidden = load_hidden(task)
    judged_episodes(hidden, [_random_episode(task, seed)])
    bank = played.bank
    for baseline in BASELINES:
        if hidden.baseline(baseline) is not None:
            reward = open_baseline(baseline, hidden, bank.widths)
            reward(bank.s, bank.a, bank.s_next)
    env = make_env(task, 1)
    about_robot = (*robot_warnings(env), *endless(env))
    return (*_warnings(played, trouble(task)), *about_robot)


def _random_episode(task: Task, seed: int) -> Episode:
    """A whole episode of random actions."""
    env = make_env(task, 1)
    rng = np.random.default_rng(derive(seed, "trial"))

    def act(obs: Array) -> Array:
        return rng.uniform(env.low, env.high, (len(obs), env.action_dim))

    for k in range(RANDOM_EPISODE_TRIES):
        try:
            (episode,) = play(task, act, [derive(seed, "trial", k)])
            return episode
        except UserCodeError as error:
            last = error
    raise last


def _warnings(played: RandomPlay, instability: str) -> Iterator[str]:
    random_steps = f"{ENVS * STEPS} random steps"
    unstable = [steps for steps, reason in played.ends if reason == UNSTABLE]
    if unstable:
        yield (
            f"{instability} in {len(unstable)} of {ENVS} random episodes after "
            f"{_range(unstable)} step{'s' if max(unstable) > 1 else ''}"
        )
    elif played.unstable:
        yield f"{instability} in {played.unstable} of {random_steps}"
    if played.errors:
        yield (
            f"{played.errors[0]}; so in {len(played.errors)} of {random_steps}, and a "
            "training in which it happens fails"
        )
    lost = (UNSTABLE, RAISED)
    lengths = [steps for steps, reason in played.ends if reason not in lost]
    short = [steps for steps in lengths if steps <= SHORT_EPISODE_STEPS]
    if len(short) >= ENVS / 2:
        yield (
            f"random play ends at step {_range(short)} in {len(short)} of {ENVS} "
            "episodes"
        )


def _range(counts: list[int]) -> str:
    low, high = min(counts), max(counts)
    return str(low) if low == high else f"{low} to {high}"
