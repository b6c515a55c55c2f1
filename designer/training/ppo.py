"""Proximal policy optimisation for small networks, on one thread.

Schulman et al. 2017 (arXiv 1707.06347), eq. 7, with the details of stable-baselines3's
PPO: orthogonal initialisation, advantages normalised per minibatch, clipped gradient
norm, Adam with eps 1e-5, and observations and returns normalised as by VecNormalize.
In addition, actions are scaled from -1 to 1 onto the robot's own range, their standard
deviation has a lower bound, below which an update may ruin the policy, and the learning
rate falls where updates move the policy too far (as in Heess et al. 2017, arXiv
1707.02286, appendix A, where it is a penalty that adapts).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from designer.rewards.sources import Array, Reward
from designer.run.seeds import derive
from designer.training.agent import Agent
from designer.training.checkpoint import prefixed, under
from designer.training.curves import ROWS, CurveLog, Curves
from designer.training.learner import Setup, Tell, Trainer, whole_rollouts
from designer.training.network import (
    Transitions,
    forward,
    log_probability,
)
from designer.training.policy import Policy
from designer.training.settings import SETTINGS, Settings, settings_for
from envs.env import Env, Step
from envs.fields import require_numbers
from envs.make import make_env


class Collector:
    """Steps the environments and collects the transitions that PPO learns from.

    seed: of the episodes and of the noise on actions.
    """

    def __init__(
        self, env: Env, reward: Reward, log: CurveLog, agent: Agent, seed: int
    ) -> None:
        self._env, self._reward, self._log, self._agent = env, reward, log, agent
        self._rng = np.random.default_rng([seed, 1])
        self._discounted = np.zeros(env.n)
        self._middle = 0.5 * (env.high + env.low)
        self._half = 0.5 * (env.high - env.low)
        env.reset(np.random.SeedSequence(seed).generate_state(env.n).tolist())
        self._look()

    def _look(self) -> None:
        """Take what the environments show now in."""
        env = self._env
        inputs = self._with_fields(env.obs, env.frame)
        self._agent.obs.update(inputs)
        self._obs = self._agent.normalised(inputs)

    def _with_fields(self, obs: Array, frame: Array) -> Array:
        """The network's inputs: obs, and behind it the fields that the critic sees."""
        fields = frame[..., : self._agent.critic_only]
        return np.concatenate([obs, fields], axis=-1) if fields.size else obs

    def collect(self, steps_each: int | None = None) -> Transitions:
        """One rollout of all environments, with advantages and value targets.

        steps_each: control steps; None for a whole rollout.
        """
        agent, net, env = self._agent, self._agent.net, self._env
        steps: list[Step] = []
        observations, means, actions, values = [], [], [], []
        finals: list[tuple[int, int, Array]] = []
        std = np.exp(net.log_std)
        for t in range(steps_each or agent.settings.rollout):
            mean, value, _, _ = forward(net, self._obs)
            noise = self._rng.standard_normal(mean.shape, dtype=np.float32)
            action = mean + std * noise
            step = env.step(self._middle + self._half * action)
            observations.append(self._obs)
            means.append(mean)
            actions.append(action)
            values.append(value)
            steps.append(step)
            self._look()
            for k in np.flatnonzero(step.truncated).tolist():
                last = self._with_fields(step.next_obs[k], step.s_next[k])
                finals.append((t, k, agent.normalised(last)))
        rewards = self._rewards(steps)
        for t, i, obs in finals:  # a time limit is no end: the value of what follows
            rewards[t, i] += agent.settings.gamma * forward(net, obs[None])[1][0]
        values.append(forward(net, self._obs)[1])
        dones = np.stack([step.terminated | step.truncated for step in steps])
        advantages = generalised_advantages(
            rewards, np.stack(values), dones, agent.settings
        )
        flat_means, flat_actions = np.concatenate(means), np.concatenate(actions)
        return Transitions(
            np.concatenate(observations),
            flat_means,
            flat_actions,
            log_probability(net, flat_means, flat_actions),
            advantages.ravel(),
            (advantages + np.stack(values[:-1])).ravel(),
        )

    def _rewards(self, steps: list[Step]) -> Array:
        """Normalised rewards (rollout, n), from one call of the reward for all."""
        width, moments = self._env.public_width, self._agent.returns
        gamma = self._agent.settings.gamma
        s, s_next = (
            np.concatenate([getattr(step, name) for step in steps])[:, :width]
            for name in ("s", "s_next")
        )
        for frames in (s, s_next):
            require_numbers(frames, self._env.public_widths, "states of a rollout")
        actions = np.concatenate([step.action for step in steps])
        terms = self._reward(s, actions, s_next).reshape(len(steps), self._env.n, -1)
        rewards = terms.sum(axis=2)
        for t, step in enumerate(steps):
            self._log.add(step, self._reward.terms, terms[t])
            self._discounted = self._discounted * gamma + rewards[t]
            moments.update(self._discounted)
            rewards[t] = np.clip(rewards[t] * moments.scale, -10, 10)
            self._discounted[step.terminated | step.truncated] = 0.0
        return np.asarray(rewards, dtype=np.float32)


def generalised_advantages(
    rewards: Array, values: Array, dones: Array, settings: Settings
) -> Array:
    """Generalised advantages (rollout, n); Schulman et al. 2016, eq. 16.

    rewards, dones: (rollout, n). values: (rollout + 1, n), the last one of the state
    after the rollout.
    """
    gamma, weight = settings.gamma, settings.gae_lambda
    advantages, last = np.zeros_like(rewards), np.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        alive = 1.0 - dones[t]
        delta = rewards[t] + gamma * values[t + 1] * alive - values[t]
        advantages[t] = last = delta + gamma * weight * alive * last
    return advantages


def open_ppo(setups: Sequence[Setup], trainer: Trainer) -> "PPO":
    """The Learner of one training; ValueError for several."""
    (setup,) = setups
    return PPO(setup)


class PPO:
    """The Learner of one training; see learner.py."""

    can_pause = True

    def __init__(self, setup: Setup, settings: Settings = SETTINGS) -> None:
        env = make_env(setup.task, 1)
        train = setup.task.train
        self._setup = setup
        self._settings = settings_for(train, env.dt, train.environments, settings)
        self._low, self._high = env.low, env.high
        sizes = (env.obs.shape[1], env.action_dim)
        critic_only = env.public_width if setup.task.critic_sees_all else 0
        self._agent = Agent(*sizes, self._settings, setup.seed, critic_only)
        self._log = CurveLog(setup.hidden, whole_rollouts(setup.steps) / ROWS)
        self._best_return = -np.inf
        self._peak = self._agent.export(env.low, env.high)

    @property
    def steps(self) -> int:
        """Environment steps so far."""
        return self._log.steps

    def advance(self, until: int, tell: Tell) -> None:
        """Train from one rung to the next."""
        setup, agent, log = self._setup, self._agent, self._log
        seed = derive(setup.seed, "rung", until)
        rng = np.random.default_rng(seed)
        env = make_env(setup.task, self._settings.envs)
        log.watch(env)
        reward = setup.open_reward(env)
        try:
            collector = Collector(env, reward, log, agent, seed)
            while log.steps < until:
                steps_left = (until - log.steps) // env.n
                batch = collector.collect(min(self._settings.rollout, steps_left))
                if log.recent_return > self._best_return:
                    self._best_return = log.recent_return
                    self._peak = agent.export(env.low, env.high)
                tell(0, log.steps, log.recent_return)
                agent.update(batch, rng)
        finally:
            reward.close()

    def failure(self, k: int) -> None:
        """None: what goes wrong in its only training is raised."""

    def policy(self, k: int) -> Policy:
        """The policy at the peak of the reward's own return; the last without one."""
        if self._best_return == -np.inf:
            return self._agent.export(self._low, self._high)
        return self._peak

    def curves(self, k: int) -> Curves:
        """The curves so far."""
        return self._log.curves()

    def arrays(self, k: int) -> dict[str, Array]:
        """The checkpoint: all that the training goes on from, as plain arrays."""
        return {
            **prefixed("agent", self._agent.arrays()),
            **prefixed("log", self._log.arrays()),
            **prefixed("peak", vars(self._peak)),
            "best_return": np.array(self._best_return),
        }

    def restore(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Go on from a checkpoint."""
        self._agent.restore(under("agent", arrays))
        self._log.restore(under("log", arrays))
        self._peak = Policy(**under("peak", arrays))
        self._best_return = float(arrays["best_return"])

    def begin_from(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Begin with the policy in another training's checkpoint."""
        self._agent.begin_from(under("agent", arrays))
