"""A judgement of three episodes, worked out by hand."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from designer.run.candidates import Judgement
from designer.training.judge import judged_episodes
from envs.hidden import Hidden


def judged(success=None) -> Judgement:
    """Of episodes of 2, 4 and 6 steps, whose fitness is their number of steps."""
    episodes = [
        SimpleNamespace(steps=2, reason="fell"),
        SimpleNamespace(steps=4, reason="time limit"),
        SimpleNamespace(steps=6, reason="fell"),
    ]
    hidden = Hidden(
        path=Path("hidden.py"),
        measured=True,
        unit="m",
        fitness=lambda episode: episode.steps / 2,
        success=success,
        human_reward=None,
        sparse_reward=None,
    )
    return judged_episodes(hidden, episodes)


def test_a_judgement_is_means_over_episodes() -> None:
    """Fitness 1, 2, 3: mean 2 and variance 2 / 3."""
    found = judged(success=lambda episode: episode.steps > 2)
    assert (found.fitness, found.length) == (2.0, 4.0)
    assert found.spread == pytest.approx(np.sqrt(2 / 3))
    assert found.success == pytest.approx(2 / 3)
    assert found.endings == {"fell": 2, "time limit": 1}


def test_without_a_predicate_success_is_unknown_and_not_zero() -> None:
    assert judged().success is None
