"""A finished search with a policy of any weights, and the export of a reward."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from designer.export.folder import FinishedSearch, write_export
from designer.training.policy import Policy
from envs.make import load_task
from sandbox.contract import load

Modules = Callable[..., ModuleType]


def policy(obs_dim: int = 5, action_dim: int = 2, squash: bool = False) -> Policy:
    """A policy of random weights that reaches its bounds."""
    rng = np.random.default_rng(3)
    h = 8
    shapes = {"w1": (obs_dim, h), "b1": (h,), "w2": (h, h), "b2": (h,)}
    shapes |= {"w3": (h, action_dim), "b3": (action_dim,)}
    return Policy(
        mean=rng.normal(size=obs_dim),
        scale=rng.uniform(0.1, 3.0, size=obs_dim),
        clip=np.array(2.0),
        **{name: rng.normal(size=shape) for name, shape in shapes.items()},
        low=-np.arange(1.0, action_dim + 1),
        high=2.0 * np.arange(1.0, action_dim + 1),
        relu=np.array(squash),
        squash=np.array(squash),
    )


def search(
    folder: Path, task: str, source: str, terms: tuple[str, ...], **changes: object
) -> FinishedSearch:
    """A search that ended with this reward; its folder holds best/policy.npz."""
    trained = policy()
    trained.save(folder / "best" / "policy.npz")
    row = {"fitness": 2.0, "interval": (1.0, 3.0), "by_seed": (1.0, 3.0)}
    row |= {"success": None, "seeds": [100, 101]}
    result = {
        "winner": "g00/c01",
        "unit": "m",
        "verdict": "It beats the human one.",
        "judged_by": "fitness",
        "table": [{"reward": name, **row} for name in ("designed", "human")],
    }
    facts = (folder, load_task(task), "symbolic", result, source, trained, terms)
    return replace(FinishedSearch(*facts), **changes)  # type: ignore[arg-type]


def terms_of(source: str, s: object, a: np.ndarray, s_next: object) -> tuple[str, ...]:
    """The names of a reward's terms."""
    result = load(source)(s, a, s_next)
    return tuple(result[1] if isinstance(result, tuple) else result)  # type: ignore[arg-type]


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Modules:
    """Export a reward and import one of the files as its user would."""

    def modules(task: str, source: str, terms: tuple[str, ...], name: str):
        out = tmp_path / "export"
        write_export(search(tmp_path, task, source, terms), out)
        monkeypatch.syspath_prepend(str(out))
        for stale in ("reward", "gym_env", "reward_torch"):
            monkeypatch.delitem(__import__("sys").modules, stale, raising=False)
        return __import__(name)

    return modules
