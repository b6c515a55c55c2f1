"""The stable-baselines3 trainer; the one file that imports torch and SB3."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO, SAC, TD3
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from designer.rewards.sources import Array, Reward
from designer.training.curves import Log
from designer.training.network import SETTINGS
from designer.training.policy import Policy
from envs.env import Env
from envs.fields import require_numbers
from envs.make import make_env
from envs.task import Task

ALGOS = {"ppo": PPO, "sac": SAC, "td3": TD3}
PPO_SETTINGS = {
    "n_steps": SETTINGS.rollout,
    "batch_size": SETTINGS.minibatch,
    "n_epochs": SETTINGS.epochs,
    "learning_rate": SETTINGS.learning_rate,
    "gamma": SETTINGS.gamma,
    "gae_lambda": SETTINGS.gae_lambda,
    "clip_range": SETTINGS.clip,
}
# In a given time on one core small batches learn most: an update costs about 100 steps.
OFF_POLICY_SETTINGS = {
    "train_freq": 1,
    "gradient_steps": 4,
    "batch_size": 64,
    "learning_rate": 1e-3,
    "learning_starts": 4096,
    "buffer_size": 300_000,
    "gamma": SETTINGS.gamma,
}
NOISE = 0.1  # of half an action's range; TD3 (Fujimoto et al. 2018, section 6.1)
TELL_STEPS = 2048  # off-policy learners would tell after every step


class RewardedEnv(VecEnv):
    """SB3's vector environment over ours; its reward is the one being designed.

    Actions go from -1 to 1, whatever the robot's own range is.
    """

    def __init__(self, env: Env, reward: Reward, log: Log, seed: int) -> None:
        self.env, self.reward, self.log = env, reward, log
        self._starts = np.random.SeedSequence(seed).generate_state(env.n).tolist()
        obs = spaces.Box(-np.inf, np.inf, env.obs.shape[1:], np.float64)
        self.middle, self.half = 0.5 * (env.high + env.low), 0.5 * (env.high - env.low)
        action = spaces.Box(-1.0, 1.0, env.low.shape, np.float32)
        super().__init__(env.n, obs, action)

    def reset(self) -> Array:
        """Start every environment from its own seed."""
        return self.env.reset(self._starts).copy()

    def step_async(self, actions: Array) -> None:
        """Keep the actions for step_wait."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Observations (n, d), rewards (n,), dones (n,), infos."""
        step = self.env.step(self.middle + self.half * self._actions)
        seen = self.env.public_width
        s, s_next = step.s[:, :seen], step.s_next[:, :seen]
        for frames in (s, s_next):
            require_numbers(frames, self.env.public_widths, "environments")
        values = self.reward(s, step.action, s_next)
        self.log.add(step, self.reward.terms, values)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in step.reasons:
            infos[i]["terminal_observation"] = step.next_obs[i]
            infos[i]["TimeLimit.truncated"] = bool(step.truncated[i])
        done = step.terminated | step.truncated
        return self.env.obs.copy(), values.sum(axis=1), done, infos

    def close(self) -> None:
        """Nothing to close; the reward belongs to the caller."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The same attribute for every environment (SB3 asks for render_mode)."""
        return [getattr(self, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Not supported: there are no single environments here."""
        raise NotImplementedError

    def env_method(self, method_name: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Not supported: there are no single environments here."""
        raise NotImplementedError

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """No wrappers inside."""
        return [False] * self.num_envs


class _Peak(BaseCallback):
    """Keeps the policy at the peak of the reward's own return."""

    def __init__(self, export: Callable[[], Policy], log: Log, tell: Any) -> None:
        super().__init__()
        self._export, self._log, self._tell = export, log, tell
        self.best = -np.inf
        self.policy: Policy | None = None

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        if self._log.steps % TELL_STEPS:
            return
        now = self._log.recent_return
        if now > self.best:
            self.best, self.policy = now, self._export()
        self._tell(self._log.steps, now)


def train(
    task: Task,
    reward: Callable[[Env], Reward],
    seed: int,
    steps: int,
    tell: Callable[[int, float], None] = lambda steps, own_return: None,
    algo: str = "ppo",
) -> tuple[Policy, Policy, Log]:
    """Train PPO, SAC or TD3 for `steps` environment steps; gives (peak, last, log).

    reward: opens the reward for the environment. tell: called after every rollout with
    environment steps and the reward's own recent return. The reward's own faults
    (sandbox.RewardFault) pass through.
    """
    torch.set_num_threads(1)
    env = make_env(task, SETTINGS.envs)
    log = Log(task, env)
    opened = reward(env)
    try:
        inner = RewardedEnv(env, opened, log, seed)
        vec = VecNormalize(inner, gamma=SETTINGS.gamma)
        model = learner(algo, vec, seed)
        keeper = _Peak(lambda: export(model, vec, inner), log, tell)
        model.learn(steps, callback=keeper)
    finally:
        opened.close()
    last = export(model, vec, inner)
    return keeper.policy or last, last, log


def learner(algo: str, vec: VecNormalize, seed: int) -> PPO | SAC | TD3:
    """The algorithm with our settings; only TD3 needs noise to try anything new."""
    settings: Any = PPO_SETTINGS if algo == "ppo" else OFF_POLICY_SETTINGS
    if algo == "td3":
        zeros: Array = np.zeros(vec.action_space.shape or ())
        settings = settings | {"action_noise": NormalActionNoise(zeros, zeros + NOISE)}
    model = ALGOS[algo]("MlpPolicy", vec, seed=seed, device="cpu", **settings)
    return model  # type: ignore[no-any-return]


def export(model: PPO | SAC | TD3, vec: VecNormalize, env: RewardedEnv) -> Policy:
    """The present policy as plain arrays."""
    layers = _layers(model.policy)
    w = [layer.weight.detach().numpy().T.astype(np.float64) for layer in layers]
    b = [layer.bias.detach().numpy().astype(np.float64) for layer in layers]
    seen: Any = vec.obs_rms
    off_policy = not isinstance(model, PPO)
    if not off_policy:  # the others are squashed onto the range
        w[2], b[2] = w[2] * env.half, b[2] * env.half + env.middle
    return Policy(
        mean=seen.mean.copy(),
        scale=1.0 / np.sqrt(seen.var + vec.epsilon),
        clip=np.array(vec.clip_obs),
        **{f"w{i + 1}": w[i] for i in range(3)},
        **{f"b{i + 1}": b[i] for i in range(3)},
        low=env.env.low,
        high=env.env.high,
        relu=np.array(off_policy),
        squash=np.array(off_policy),
    )


def _layers(policy: Any) -> Sequence[Any]:
    """The three linear layers from observation to action."""
    if hasattr(policy, "action_net"):
        net = policy.mlp_extractor.policy_net
        return net[0], net[2], policy.action_net
    actor = policy.actor
    if hasattr(actor, "latent_pi"):  # SAC
        return actor.latent_pi[0], actor.latent_pi[2], actor.mu
    return actor.mu[0], actor.mu[2], actor.mu[4]
