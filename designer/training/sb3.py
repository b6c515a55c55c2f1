"""The stable-baselines3 trainer; the one file that imports torch and SB3."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO, SAC, TD3
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.vec_env import VecEnv, VecNormalize

from designer.errors import ConfigError
from designer.rewards.sources import Array, Reward
from designer.run.seeds import derive
from designer.training.checkpoint import prefixed, under
from designer.training.curves import ROWS, CurveLog, Curves
from designer.training.learner import Setup, Tell, Trainer, whole_rollouts
from designer.training.policy import Policy
from designer.training.settings import SETTINGS, gae_lambda_for
from envs.env import Env
from envs.fields import require_numbers
from envs.make import make_env

SB3_ALGORITHMS = {"ppo": PPO, "sac": SAC, "td3": TD3}
PPO_SETTINGS = {
    "batch_size": SETTINGS.minibatch,
    "n_epochs": SETTINGS.epochs,
    "learning_rate": SETTINGS.learning_rate,
    "clip_range": SETTINGS.clip,
}
# In a given time on one core small batches learn most: an update costs about 100 steps.
ENVS_OF_AN_UPDATE = 4  # as many environments step for each gradient step
OFF_POLICY_SETTINGS = {
    "train_freq": 1,
    "batch_size": 64,
    "learning_rate": 1e-3,
    "learning_starts": 4096,
    "buffer_size": 300_000,
}
ACTION_NOISE = 0.1  # of half an action's range; TD3 (Fujimoto et al. 2018, section 6.1)
TELL_STEPS = 2048  # a rollout of PPO; off-policy learners end one each step


class RewardedEnv(VecEnv):
    """SB3's vector environment over ours; its reward is the one being designed.

    Actions go from -1 to 1, whatever the robot's own range is.
    """

    def __init__(self, env: Env, reward: Reward, log: CurveLog, seed: int) -> None:
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
        width = self.env.public_width
        s, s_next = step.s[:, :width], step.s_next[:, :width]
        for frames in (s, s_next):
            require_numbers(frames, self.env.public_widths, "environments")
        values = self.reward(s, step.action, s_next)
        self.log.add(step, self.reward.terms, values)
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for i in step.reasons:
            infos[i]["terminal_observation"] = step.next_obs[i]
            infos[i]["TimeLimit.truncated"] = bool(step.truncated[i])
        dones = step.terminated | step.truncated
        return self.env.obs.copy(), values.sum(axis=1), dones, infos

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
    """Has the learner note its policy at the peak of the reward's own return."""

    def __init__(self, learner: "SB3", tell: Tell) -> None:
        super().__init__()
        self._learner, self._tell = learner, tell

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        log = self._learner.log
        if log.steps % TELL_STEPS == 0:
            self._learner.note_peak()
            self._tell(0, log.steps, log.recent_return)


def open_sb3(setups: Sequence[Setup], trainer: Trainer) -> "SB3":
    """The Learner of one training by PPO, SAC or TD3; ValueError for several."""
    (setup,) = setups
    return SB3(setup, trainer.algo)


class SB3:
    """The Learner of one training; see learner.py.

    At every rung the state goes through plain arrays, so that a paused training and an
    undisturbed one are the same by construction. SAC and TD3 would have to keep
    their replay buffers: they can't pause, and their only rung is the last.
    """

    def __init__(self, setup: Setup, algo: str) -> None:
        torch.set_num_threads(1)
        self._setup, self._algo = setup, algo
        self.can_pause = algo == "ppo"
        self.log = CurveLog(setup.hidden, whole_rollouts(setup.steps) / ROWS)
        self._checkpoint: dict[str, Array] | None = None
        self._best_return = -np.inf
        self._peak: Policy | None = None

    @property
    def steps(self) -> int:
        """Environment steps so far."""
        return self.log.steps

    def advance(self, until: int, tell: Tell) -> None:
        """Train from one rung to the next."""
        setup, log, train = self._setup, self.log, self._setup.task.train
        seed = derive(setup.seed, "rung", until)
        env = make_env(setup.task, train.environments or SETTINGS.envs)
        log.watch(env)
        reward = setup.open_reward(env)
        try:
            self._env = RewardedEnv(env, reward, log, seed)
            self._vec = VecNormalize(self._env, gamma=train.gamma)
            # First weights come from the training's own seed, all else from the rung's.
            self._model = sb3_model(self._algo, self._vec, setup.seed, train.network)
            if self._checkpoint is not None:
                assert isinstance(self._model, PPO)
                restore_model(self._model, self._vec, self._checkpoint)
            self._model.set_random_seed(seed)
            self._model.learn(until - log.steps, callback=_Peak(self, tell))
        finally:
            reward.close()
        last = export(self._model, self._vec, self._env)
        self._last = last
        if isinstance(self._model, PPO):
            self._checkpoint = model_arrays(self._model, self._vec)

    def note_peak(self) -> None:
        """Keep the present policy if the reward's own return was never higher."""
        if self.log.recent_return > self._best_return:
            self._best_return = self.log.recent_return
            self._peak = export(self._model, self._vec, self._env)

    def failure(self, k: int) -> None:
        """None: what goes wrong in its only training is raised."""

    def policy(self, k: int) -> Policy:
        """The policy at the peak of the reward's own return; the last without one."""
        return self._peak or self._last

    def curves(self, k: int) -> Curves:
        """The curves so far."""
        return self.log.curves()

    def arrays(self, k: int) -> dict[str, Array]:
        """The checkpoint of a rung: all that the training goes on from."""
        assert self._checkpoint is not None
        return {
            **prefixed("model", self._checkpoint),
            **prefixed("log", self.log.arrays()),
            **prefixed("peak", vars(self.policy(k))),
            "best_return": np.array(self._best_return),
        }

    def restore(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Go on from a checkpoint."""
        self._checkpoint = under("model", arrays)
        self.log.restore(under("log", arrays))
        self._last = Policy(**under("peak", arrays))
        self._best_return = float(arrays["best_return"])
        self._peak = self._last if np.isfinite(self._best_return) else None

    def begin_from(self, k: int, arrays: Mapping[str, Array]) -> None:
        """Raises ConfigError: only `ppo` begins with another training's policy."""
        raise ConfigError("--warm-start needs --trainer ppo")


def model_arrays(model: PPO, vec: VecNormalize) -> dict[str, Array]:
    """Weights, Adam's moments and VecNormalize's statistics, as plain arrays."""
    weights = model.policy.state_dict()
    adam = model.policy.optimizer.state_dict()["state"]
    arrays = {f"weights/{name}": value for name, value in weights.items()}
    arrays |= {
        f"adam/{k}/{name}": value
        for k, entry in adam.items()
        for name, value in entry.items()
    }
    plain = {name: value.detach().numpy().copy() for name, value in arrays.items()}
    statistics: list[tuple[str, Any]] = [("obs", vec.obs_rms), ("returns", vec.ret_rms)]
    for name, moments in statistics:
        plain[f"{name}/mean"] = np.array(moments.mean)
        plain[f"{name}/var"] = np.array(moments.var)
        plain[f"{name}/count"] = np.array(moments.count)
    return plain


def restore_model(model: PPO, vec: VecNormalize, arrays: Mapping[str, Array]) -> None:
    """Take over the state that model_arrays gave."""
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    model.policy.load_state_dict(under("weights", tensors))
    adam = model.policy.optimizer.state_dict()
    entries: dict[int, dict[str, Any]] = {}
    for name, value in under("adam", tensors).items():
        k, _, key = name.partition("/")
        entries.setdefault(int(k), {})[key] = value
    model.policy.optimizer.load_state_dict({**adam, "state": entries})
    statistics: list[tuple[str, Any]] = [("obs", vec.obs_rms), ("returns", vec.ret_rms)]
    for name, moments in statistics:
        moments.mean = arrays[f"{name}/mean"].copy()
        moments.var = arrays[f"{name}/var"].copy()
        moments.count = float(arrays[f"{name}/count"])


def sb3_model(
    algo: str, vec: VecNormalize, seed: int, network: tuple[int, int] | None
) -> PPO | SAC | TD3:
    """The algorithm with our settings; only TD3 needs noise to try anything new."""
    settings: Any = PPO_SETTINGS | {"gae_lambda": gae_lambda_for(vec.gamma)}
    settings["n_steps"] = TELL_STEPS // vec.num_envs
    if algo != "ppo":
        updates = max(1, vec.num_envs // ENVS_OF_AN_UPDATE)
        settings = OFF_POLICY_SETTINGS | {"gradient_steps": updates}
    if network:
        settings["policy_kwargs"] = {"net_arch": [*network]}
    if algo == "td3":
        zeros: Array = np.zeros(vec.action_space.shape or ())
        settings = settings | {
            "action_noise": NormalActionNoise(zeros, zeros + ACTION_NOISE)
        }
    settings = settings | {"gamma": vec.gamma, "seed": seed, "device": "cpu"}
    model = SB3_ALGORITHMS[algo]("MlpPolicy", vec, **settings)
    return model  # type: ignore[no-any-return]


def export(model: PPO | SAC | TD3, vec: VecNormalize, env: RewardedEnv) -> Policy:
    """The present policy as plain arrays."""
    layers = _layers(model.policy)
    w = [layer.weight.detach().numpy().T.astype(np.float64) for layer in layers]
    b = [layer.bias.detach().numpy().astype(np.float64) for layer in layers]
    moments: Any = vec.obs_rms
    off_policy = not isinstance(model, PPO)
    if not off_policy:  # the others are squashed onto the range
        w[2], b[2] = w[2] * env.half, b[2] * env.half + env.middle
    return Policy(
        mean=moments.mean.copy(),
        scale=1.0 / np.sqrt(moments.var + vec.epsilon),
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
