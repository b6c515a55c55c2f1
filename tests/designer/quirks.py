"""Small environments that each do one thing wrong, or unusually."""

import math
import sys
from pathlib import Path
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete


class Boat(gymnasium.Env):
    """A boat that drifts on a line; nothing is wrong with it."""

    action_space: Any = Box(-1.0, 1.0, (1,), np.float32)
    observation_space: Any = Box(-np.inf, np.inf, (2,), np.float64)
    metadata: ClassVar = {"render_fps": 10}

    def reset(self, *, seed=None, options=None) -> Any:
        super().reset(seed=seed)
        self.place, self.speed, self.steps = self.np_random.normal(), 0.0, 0
        return self.look(), {}

    def step(self, action) -> Any:
        self.steps += 1
        self.speed += 0.1 * float(action[0])
        self.place += 0.1 * self.speed
        return self.look(), 0.0, False, False, {"place": self.place}

    def look(self) -> Any:
        return np.array([self.place, self.speed])


class NoDock(Boat):
    def __init__(self) -> None:
        raise LookupError("no dock\nhere")  # place of NoDock


class Quits(Boat):
    def __init__(self) -> None:
        sys.exit(3)  # place of Quits


class NoAnchor(Boat):
    def reset(self, *, seed=None, options=None) -> Any:
        raise KeyError("anchor")  # place of NoAnchor


class Sinks(Boat):
    def step(self, action) -> Any:
        return self._sink()

    def _sink(self) -> Any:
        return np.linalg.inv(np.zeros((2, 2)))  # place of Sinks


class OldReset(Boat):
    def reset(self, *, seed=None, options=None) -> Any:  # place of OldReset
        return super().reset(seed=seed)[0]


class OldSeed(Boat):
    def reset(self) -> Any:  # place of OldSeed
        return super().reset()


class OldStep(Boat):
    def step(self, action) -> Any:  # place of OldStep
        obs, reward, terminated, _, info = super().step(action)
        return obs, reward, terminated, info


class TallLook(Boat):
    def step(self, action) -> Any:  # place of TallLook
        return super().step(action)

    def look(self) -> Any:
        both = np.array([self.place, self.speed])
        return both[:, None] if self.steps else both


class Wordy(Boat):
    def reset(self, *, seed=None, options=None) -> Any:  # place of Wordy
        super().reset(seed=seed)
        return ["near", "slow"], {}


class Blind(Boat):
    def reset(self, *, seed=None, options=None) -> Any:  # place of Blind
        super().reset(seed=seed)
        return np.array([0.0, np.nan]), {}


class Mute(Boat):
    def step(self, action) -> Any:  # place of Mute
        return (*super().step(action)[:4], None)


class Undecided(Boat):
    def step(self, action) -> Any:  # place of Undecided
        obs, reward, _, cut, info = super().step(action)
        return obs, reward, {"ended": False}, cut, info


class Fog(Boat):
    """Its distance is nan for the first ten steps."""

    def step(self, action) -> Any:
        *values, info = super().step(action)
        far = math.nan if self.steps <= 10 else abs(self.place)
        return (*values, info | {"place": far})


class Edge(Boat):
    def step(self, action) -> Any:
        *values, info = super().step(action)
        return (*values, info | {"place": math.inf})


class Shoal(Boat):
    """One number more with every step."""

    def step(self, action) -> Any:
        *values, info = super().step(action)
        return (*values, info | {"place": [0.0] * self.steps})


class Levers(Boat):
    action_space = Discrete(3)


class NoRudder(Boat):
    action_space = Box(-np.inf, np.inf, (1,), np.float32)


class Charts(Boat):
    observation_space = Dict({"place": Box(-1.0, 1.0, (1,))})


class NoSpaces(gymnasium.Env):
    pass


class Capsizes(Boat):
    """Every episode is over after a step."""

    def step(self, action) -> Any:
        obs, reward, _, cut, info = super().step(action)
        return obs, reward, True, cut, info


class Lands(Boat):
    """Says whether it has landed with the last step alone."""

    def step(self, action) -> Any:
        obs, reward, _, cut, info = super().step(action)
        over = self.steps == 8
        return obs, reward, over, cut, info | ({"landed": True} if over else {})


class Moody(Boat):
    """Breaks in its fifth step of the episodes that began far out."""

    def step(self, action) -> Any:
        obs, *others = super().step(action)
        if self.steps == 5 and self.place > 1.5:
            raise ValueError("no mood")  # place of Moody
        return (obs, *others)


class Shouting(Boat):
    """Prints at every turn, in colours and without an end of line."""

    def __init__(self) -> None:
        self._shout()

    def reset(self, *, seed=None, options=None) -> Any:
        self._shout()
        return super().reset(seed=seed)

    def step(self, action) -> Any:
        self._shout()
        return super().step(action)

    def _shout(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            stream.write("\x1b[31mahoy")


class Leaks(Boat):
    """Breaks in its 200th step where a file is there, and with cursed seeds."""

    def __init__(self, switch: str = "", cursed: Any = ()) -> None:
        self.all_steps, self.switch, self.cursed = 0, switch, cursed
        self.is_cursed = False

    def reset(self, *, seed=None, options=None) -> Any:
        if seed is not None:
            self.is_cursed = seed in self.cursed
        return super().reset(seed=seed)

    def step(self, action) -> Any:
        self.all_steps += 1
        is_broken = self.is_cursed or (self.switch and Path(self.switch).exists())
        if self.all_steps == 200 and is_broken:
            raise RuntimeError("a leak")  # place of Leaks
        return super().step(action)


def place(name: str) -> str:
    """FILE:LINE where a class does what it must not."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    (line,) = (k for k, text in enumerate(lines, 1) if text.endswith(f"of {name}"))
    return f"({__file__}:{line})"


for _name, _class in list(globals().items()):
    if isinstance(_class, type) and issubclass(_class, gymnasium.Env):
        gymnasium.register(f"{_name}-v0", _class, max_episode_steps=30)
