"""What gpu.py measures of populations: rates, parity and learning curves."""

import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import mujoco
import numpy as np
from robots import task_folder

from designer.rewards.sources import Baseline, Designed, RewardSource
from designer.run.candidates import SeedResult
from designer.training.job import Job, Training, run_job
from designer.training.learner import Setup, Trainer
from designer.training.mjx.opening import open_mjx
from designer.training.mjx.population import Population
from envs.batch_env import VectorEnv
from envs.hidden import load_hidden
from envs.make import load_task
from envs.task import Task
from sandbox import NO_WALLS, SandboxError, choose

REWARD = """def reward(s, a, s_next):
    forward = np.clip(s_next.x_velocity, -1.0, {largest})
    return {{
        "forward": forward,
        "alive": 1.0 + 0.0 * forward,
        "effort": -{weight} * (a**2).sum(axis=1),
        "smooth": -{weight} * np.abs(a - s.last_action).mean(axis=1),
    }}
"""


def memory() -> dict[str, float]:
    """Most memory in use so far, GB."""
    stats = jax.devices()[0].memory_stats() or {}
    return {"peak_gb": round(stats.get("peak_bytes_in_use", 0) / 1e9, 2)}


def rewards_of(task: Task, folder: Path, count: int) -> list[RewardSource]:
    """As many different rewards."""
    fields = {field.name for field in task.fields}
    bodies = [part for part in ("torso", "trunk") if f"{part}_velocity" in fields]
    name = f"{bodies[0]}_velocity[:, 0]" if bodies else "x_velocity"
    sources = []
    for k in range(count):
        path = folder / f"reward-{k}.py"
        text = REWARD.format(largest=2.0 + 0.5 * k, weight=1e-3 * (k + 1))
        path.write_text(text.replace("x_velocity", name))
        sources.append(Designed(path))
    return list(sources)


def population(
    task: Task,
    rewards: Sequence[RewardSource],
    seeds: int,
    steps: int,
    trainer: Trainer,
) -> Population:
    """Every reward from so many seeds."""
    hidden = load_hidden(task)
    setups = [
        Setup(task, hidden, _never, seed, steps, reward, NO_WALLS)
        for reward in rewards
        for seed in range(seeds)
    ]
    return open_mjx(setups, trainer)


def _never(env: Any) -> Any:
    raise AssertionError("a population traces its rewards")


class Clock:
    """Receives a population's progress; the time of every rollout's end."""

    def __init__(self, members: int) -> None:
        self.ends: list[float] = []
        self.returns = np.full(members, np.nan)
        self.steps = 0

    def __call__(self, k: int, steps: int, own_return: float) -> None:
        if steps > self.steps:
            self.steps = steps
            self.ends.append(time.monotonic())
        self.returns[k] = own_return


def rate(pop: Population, members: int, rollouts: int) -> dict[str, Any]:
    """Steps/s of all members over some rollouts, and seconds before the first end."""
    rollout_steps = pop.settings.envs * pop.settings.rollout
    clock = Clock(members)
    began = time.monotonic()
    pop.advance(pop.steps + rollout_steps * (rollouts + 2), clock)
    # The first rollout compiles; the last two ends are not overlapped by a next one.
    ends = clock.ends[:-1]
    if not ends:
        raise RuntimeError(f"no member trains: {pop.failure(0)}")
    seconds = max(ends[-1] - ends[0], 1e-9)
    return {
        "first_s": round(ends[0] - began, 1),
        "steps_per_s": round(members * rollout_steps * (len(ends) - 1) / seconds),
        "own_return": round(float(np.nanmean(clock.returns)), 1),
        **memory(),
    }


def physics(task: Task, n: int, engine: Any, repeats: int = 20) -> int:
    """Control steps/s of the robot alone."""
    from envs.mjx.world import Worlds

    world = Worlds(task, engine)
    low, high = (jnp.asarray(x, jnp.float32) for x in (world.low, world.high))
    state = jax.jit(world.start)(jax.random.split(jax.random.key(0), n), 0.0)

    def many(state: Any, key: Any) -> Any:
        def one(state: Any, key: Any) -> Any:
            size = n, world.action_dim
            action = jax.random.uniform(key, size, minval=low, maxval=high)
            return world.advance(state, action), None

        return jax.lax.scan(one, state, jax.random.split(key, repeats))[0]

    run = jax.jit(many)
    state = jax.block_until_ready(run(state, jax.random.key(1)))
    began = time.monotonic()
    jax.block_until_ready(run(state, jax.random.key(2)))
    return round(n * repeats / (time.monotonic() - began))


def parity(task: Task, engine: Any, steps: int = 100, n: int = 8) -> dict[str, float]:
    """Largest difference of positions and velocities to MuJoCo in C after some steps.

    Same starts and actions; each action is held for five control steps.
    """
    from envs.mjx.world import Worlds

    env, world = VectorEnv(task, 1), Worlds(task, engine)
    rng = np.random.default_rng(0)
    actions = rng.uniform(world.low, world.high, (steps // 5 + 1, n, world.action_dim))
    state = jax.jit(world.start)(jax.random.split(jax.random.key(0), n), 0.0)
    advance, model = jax.jit(world.advance), world.model
    start = state.physics
    all_data = []
    for k in range(n):
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:] = start.qpos[k], start.qvel[k]
        mujoco.mj_forward(model, data)
        all_data.append(data)
    differences = {}
    for t in range(steps):
        action = actions[t // 5]
        state = advance(state, jnp.asarray(action, jnp.float32))
        for data, ctrl in zip(all_data, action, strict=True):
            data.ctrl[:] = ctrl
            mujoco.mj_step(model, data, env.physics_steps)
        if t + 1 in (1, 10, 50, 100):
            now = state.physics
            ours = np.concatenate([now.qpos, now.qvel], axis=1)
            theirs = np.stack([np.concatenate([d.qpos, d.qvel]) for d in all_data])
            differences[str(t + 1)] = float(f"{np.abs(ours - theirs).max():.2g}")
    return differences


def generation(
    task: Task, rewards: Sequence[RewardSource], seeds: int, trainer: Trainer
) -> dict[str, Any]:
    """A whole generation as a search has it: traced in its walls, trained, judged.

    To the task's own number of steps, through all rungs, and judged by 16 episodes each
    in C MuJoCo; compiling is in the seconds.
    """
    try:
        walls = choose("auto")
    except SandboxError:
        walls = NO_WALLS
    with tempfile.TemporaryDirectory() as folder:
        trainings = [
            Training(Path(folder) / f"{k}-{seed}", reward, seed)
            for k, reward in enumerate(rewards)
            for seed in range(seeds)
        ]
        for training in trainings:
            training.folder.mkdir()
        steps = task.train.steps
        judge_seeds = tuple(range(1000, 1016))
        job = Job(
            tuple(trainings), task.name, trainer, steps, steps, judge_seeds, walls
        )
        ends: list[float] = []
        began = time.monotonic()
        results = run_job(job, lambda *_: ends.append(time.monotonic()))
        seconds = time.monotonic() - began
    trained = [result for result in results if isinstance(result, SeedResult)]
    return {
        "trainings": len(results),
        "failed": len(results) - len(trained),
        "steps_each": trained[0].steps if trained else 0,
        "seconds": round(seconds, 1),
        "first_s": round(ends[0] - began, 1),
        "judged_s": round(began + seconds - ends[-1], 1),
        "walls": str(walls),
        "fitness": sorted(round(r.judgement.fitness, 2) for r in trained),
    }


class GoalReached(Exception):  # noqa: N818 (what ends a curve is no error)
    """All members are there, or time is up."""


def curve(
    env_id: str, members: int, goal: float, trainer: Trainer, wall_s: float
) -> dict[str, Any]:
    """Members on Gymnasium's reward until all have once had a mean return of `goal`.

    Seconds count from the end of the first rollout, which compiles; wall_s of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        task = load_task(str(task_folder(env_id, Path(folder) / "gymnasium")))
        pop = population(task, [Baseline("human")], members, 10**9, trainer)
    opened, began, at = time.monotonic(), 0.0, 0
    returns, reached = np.full((2, members), np.nan)
    points: list[list[float]] = []

    def tell(k: int, steps: int, own_return: float) -> None:
        nonlocal began, at
        began = began or time.monotonic()
        now = time.monotonic() - began
        returns[k] = own_return
        if own_return >= goal and np.isnan(reached[k]):
            reached[k] = now
        if k < members - 1:
            return
        if steps >= 1.2 * at:
            at = steps
            mean = float(returns.mean())  # no number until every member has one
            points.append([steps, round(now, 1), round(mean, 1)])
        if not np.isnan(reached).any() or now >= wall_s:
            raise GoalReached

    with suppress(GoalReached):
        pop.advance(10**9 // 2048 * 2048, tell)
    arrived = np.sort(reached[~np.isnan(reached)]).round(1).tolist()
    return {
        "env": env_id,
        "goal": goal,
        "members": members,
        "envs": pop.settings.envs,
        "first_s": round(began - opened, 1),
        "arrived_s": arrived,
        "steps_each": pop.steps,
        "returns": np.sort(returns.round()).tolist(),
        "curve": points,
        **memory(),
    }
