"""Feedback holds for episodes of any length."""

import math

import numpy as np
import pytest

from designer.feedback.behaviour import behaviour
from designer.feedback.judged import Judged
from designer.feedback.pay import Payments, pay
from designer.feedback.timeline import failures, timeline
from tests.designer.feedback.conftest import KNOWN, episode

WIDTHS = {"height": 1, "speed": 1, "angles": 2, "legs": 4, "force": 1}


def drawn(steps: int, k: int, rng: np.random.Generator) -> Judged:
    """An episode of noise, of drift, of contacts, or of nothing at all."""
    fields = {}
    for name, width in WIDTHS.items():
        shape = (steps + 1, width) if width > 1 else (steps + 1,)
        noise = rng.normal(size=shape)
        kinds = (np.zeros(shape), noise, noise.cumsum(axis=0), 1.0 * (noise > 0))
        fields[name] = kinds[rng.integers(len(kinds))]
    return episode(
        steps,
        fitness=float(rng.choice([-1.0, 0.0, 2.0, 1e300, math.nan])),
        success=[None, True, False][rng.integers(3)],
        training=f"s{k % 2}",
        falls=str(rng.choice(["", "low", "tilted"])),
        actions=rng.uniform(-1, 1, steps),
        **fields,
    )


def sentences(episodes: list[Judged], rng: np.random.Generator) -> list[str]:
    """All that is said of some episodes."""
    lengths = np.array([one.steps for one in episodes])
    terms = rng.normal(size=(lengths.sum(), 2))
    paid = Payments(("up", "on"), terms, lengths, rng.normal(size=(8, 2)))
    lines = [*behaviour(episodes, KNOWN), *pay(episodes, paid).findings]
    for k in {*failures(episodes), 0}:
        one = episodes[k]
        moments = timeline(one, KNOWN, {"up": np.zeros(one.steps)}, True)
        assert all(len(row) == len(moments.header) for row in moments.rows)
        lines += [moments.ending, *moments.events]
    return lines


@pytest.mark.parametrize("most", [0, 1, 2, 3, 10])
def test_episodes_of_any_length_give_sentences(most: int) -> None:
    rng = np.random.default_rng(most)
    for _ in range(60):
        lengths = rng.integers(min(most, 1), most + 1, rng.integers(1, 6))
        episodes = [drawn(int(steps), k, rng) for k, steps in enumerate(lengths)]
        assert all(sentence.strip() for sentence in sentences(episodes, rng))


def test_a_very_long_episode_gives_sentences() -> None:
    rng = np.random.default_rng(0)
    assert sentences([drawn(10_001, 0, rng)], rng)


def test_an_episode_of_one_step_says_how_it_ended_and_no_more() -> None:
    short = [episode(1, falls="low", height=[1.0, 0.2]) for _ in range(4)]
    assert behaviour(short, KNOWN)[0] == (
        "4 of 4 episodes ended by 'low', after 0.1 to 0.1 s"
    )
