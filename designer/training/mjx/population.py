"""The Learner of a population: all trainings of a job at once.

Rollouts, rewards and updates are three compiled programs. Members don't influence each
other: each has its own noise, starts, moments and network, from its own seed, so
candidates with equal seeds are paired, and a member trains as it would alone.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np

from designer.rewards.sources import Array
from designer.run.candidates import ENVIRONMENT, Failed
from designer.run.seeds import derive
from designer.training.agent import Agent
from designer.training.checkpoint import prefixed, under
from designer.training.curves import ROWS, CurveLog, Curves
from designer.training.learner import Setup, Tell, whole_rollouts
from designer.training.mjx.agents import arrays_of, fetched, stacked
from designer.training.mjx.diary import Diary, DiaryPage
from designer.training.mjx.learning import learn
from designer.training.mjx.pay import PaidMembers, TracedReward, paid_members, payer
from designer.training.mjx.sampling import PopulationShape, Sampler
from designer.training.policy import Policy
from designer.training.settings import Settings
from envs.env import Env

OUT_OF_MEMORY = "RESOURCE_EXHAUSTED"  # in the words of XLA
LEARNING_STREAM = 1002  # of a member's key, for the order of minibatches


class Member:
    """One training of a population, between its rungs."""

    def __init__(self, setup: Setup, env: Env, settings: Settings) -> None:
        self.setup, self._env = setup, env
        self.agent = Agent(env.obs.shape[1], env.action_dim, settings, setup.seed)
        self.log = CurveLog(setup.hidden, whole_rollouts(setup.steps) / ROWS)
        self.best_return = -np.inf
        self.peak = self.policy()
        self.failure: Failed | None = None

    def policy(self) -> Policy:
        """The present policy."""
        return self.agent.export(self._env.low, self._env.high)

    def fail(self, kind: str, reason: str) -> None:
        """End this training for a reason of its own; the first one counts."""
        self.failure = self.failure or Failed(kind, reason)


class Population:
    """Members that train together; see learner.py.

    env: one environment of the task, for its sizes. settings: of every member. rewards:
    of each member; or why it has none, and is not trained. open_sampler: gives one for
    a shape. capacity: members at once.
    """

    can_pause = True

    def __init__(
        self,
        setups: Sequence[Setup],
        env: Env,
        settings: Settings,
        rewards: Sequence[TracedReward | Failed],
        open_sampler: Callable[[PopulationShape], Sampler],
        capacity: int,
    ) -> None:
        self._env, self.settings, self._rewards = env, settings, rewards
        self._open_sampler, self._capacity = open_sampler, capacity
        self._members = [Member(setup, env, settings) for setup in setups]
        for member, reward in zip(self._members, rewards, strict=True):
            member.failure = reward if isinstance(reward, Failed) else None
        self._samplers: dict[PopulationShape, Sampler] = {}
        self._paying: tuple[tuple[PaidMembers, ...], Callable[..., Any]] | None = None
        each = jax.vmap(partial(learn, settings=settings), (0, 0, 1, 1, 0))
        self._learn = jax.jit(each, donate_argnums=(1,))

    @property
    def steps(self) -> int:
        """Environment steps of each training so far."""
        going = [m.log.steps for m in self._members if m.failure is None]
        return min(going, default=max(m.log.steps for m in self._members))

    def failure(self, k: int) -> Failed | None:
        """Why a training ended before its time."""
        return self._members[k].failure

    def advance(self, until: int, tell: Tell) -> None:
        """Train all from one rung to the next, as many at once as there is room for."""
        numbers = [
            k
            for k, member in enumerate(self._members)
            if member.failure is None and member.log.steps < until
        ]
        # Trainings that were paused at different rungs don't mix.
        for steps in sorted({self._members[k].log.steps for k in numbers}):
            level = [k for k in numbers if self._members[k].log.steps == steps]
            parts = -(-len(level) // self._capacity)
            for part in np.array_split(np.array(level), parts):
                self._train_or_fail(part.tolist(), until, tell)

    def policy(self, k: int) -> Policy:
        """The policy at the peak of the reward's own return; the last without one."""
        member = self._members[k]
        return member.policy() if member.best_return == -np.inf else member.peak

    def curves(self, k: int) -> Curves:
        """The curves so far."""
        return self._members[k].log.curves()

    def arrays(self, k: int) -> dict[str, Array]:
        """The checkpoint of a rung, in the form of ppo's."""
        member = self._members[k]
        return {
            **prefixed("agent", member.agent.arrays()),
            **prefixed("log", member.log.arrays()),
            **prefixed("peak", vars(member.peak)),
            "best_return": np.array(member.best_return),
            "failure": np.array(
                [member.failure.kind, member.failure.reason] if member.failure else [],
                dtype=str,
            ),
        }

    def restore(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Go on from a checkpoint."""
        member = self._members[k]
        member.agent.restore(under("agent", arrays))
        member.log.restore(under("log", arrays))
        member.peak = Policy(**under("peak", arrays))
        member.best_return = float(arrays["best_return"])
        if "failure" in arrays and len(arrays["failure"]):
            member.fail(*arrays["failure"].tolist())

    def begin_from(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Begin with the policy in another training's checkpoint."""
        self._members[k].agent.begin_from(under("agent", arrays))

    def _train_or_fail(self, numbers: list[int], until: int, tell: Tell) -> None:
        """As _train; where the device's memory was too small these trainings fail."""
        try:
            self._train(numbers, until, tell)
        except jax.errors.JaxRuntimeError as error:
            if OUT_OF_MEMORY not in str(error):
                raise
            for k in numbers:
                self._members[k].fail(
                    "memory",
                    f"{len(numbers)} trainings at once were too large for "
                    "the device; choose a smaller --envs",
                )

    def _train(self, numbers: list[int], until: int, tell: Tell) -> None:
        """Take these trainings, which are at the same rung, to the next."""
        members = [self._members[k] for k in numbers]
        settings = self.settings
        shape = PopulationShape(len(members), settings.envs, settings.hidden)
        # Kept for the next rung: what is compiled is compiled for one sampler.
        if shape not in self._samplers:
            self._samplers = {shape: self._open_sampler(shape)}
        sampler = self._samplers[shape]
        paid = paid_members([self._traced(k) for k in numbers])
        pay = self._payer(paid, shape.logged)
        diary = Diary(self._env, members, numbers, paid, sampler.reasons, shape, tell)
        seeds = [derive(member.setup.seed, "rung", until) for member in members]
        done = members[0].log.steps
        fresh = stacked([member.agent for member in members])
        agents, running = sampler.begin(fresh, seeds, done)
        keys = jax.vmap(jax.random.fold_in, (0, None))(running.key, LEARNING_STREAM)
        page: DiaryPage | None = None
        while done < until and any(member.failure is None for member in members):
            steps = min(settings.rollout, (until - done) // shape.envs)
            acting, running, rollout = sampler.collect(agents, running, steps, done)
            paid_out = pay(rollout.s, rollout.action, rollout.s_next)
            keys, used = _split(keys)
            agents, running = self._learn(
                acting, running, rollout.experience, paid_out.rewards, used
            )
            if page is not None:  # It is written while the next rollout is computed.
                diary.write(page)
            for place, reason in sampler.faults.items():
                members[place].fail(ENVIRONMENT, reason)
            page = DiaryPage(acting, rollout.record, paid_out)
            done += steps * shape.envs
        if page is not None:
            diary.write(page)
        last = fetched(agents)
        for place, member in enumerate(members):
            member.agent.restore(arrays_of(last, place))
            if not np.isfinite(last.net[place]).all():
                reason = "the policy's weights are no longer finite"
                member.fail("diverged", f"training broke down: {reason}")
            if not np.isfinite(last.returns.var[place]):
                reason = "returns are too large to square them in single precision"
                member.fail("diverged", f"training broke down: {reason}")

    def _payer(self, paid: tuple[PaidMembers, ...], logged: int) -> Callable[..., Any]:
        """The compiled program that pays these members, kept for the next rung."""
        if self._paying is None or self._paying[0] != paid:
            self._paying = paid, jax.jit(payer(paid, logged))
        return self._paying[1]

    def _traced(self, k: int) -> TracedReward:
        reward = self._rewards[k]
        assert isinstance(reward, TracedReward)
        return reward


def _split(keys: Any) -> tuple[Any, Any]:
    """Keys to go on with and keys to use, (members,) each."""
    pairs = jax.vmap(jax.random.split)(keys)
    return pairs[:, 0], pairs[:, 1]
