"""What a reward's terms read and pay, found by calling it."""

from pathlib import Path

import numpy as np
import pytest

from designer.feedback.explanation import Explanation, explain_terms
from envs.episodes import play, save_episodes
from tests.designer.handmade import BANK, TASK

SOURCE = '''
def reward(s, a, s_next):
    """Run."""
    return {
        "speed": 2.0 * s_next.x_velocity,
        "climb": s_next.torso_height - s.torso_height,
        "effort": -(a[:, 1] ** 2),
        "alive": np.ones(len(a)),
        "low": np.minimum(s_next.torso_height, 0.1),
    }
'''


@pytest.fixture(scope="module")
def on_random_play() -> Explanation:
    return explain_terms(TASK, BANK, SOURCE, (), None)


def term(explanation: Explanation, name: str):  # type: ignore[no-untyped-def]
    return next(term for term in explanation.terms if term.name == name)


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("speed", [("x_velocity", "m/s", "after the step")]),
        ("climb", [("torso_height", "m", "before the step and after the step")]),
        ("effort", [("a[1]", "1", "in the step")]),
        ("alive", []),
    ],
)
def test_a_term_reads_the_columns_that_change_it(
    on_random_play: Explanation, name: str, reads: list[tuple[str, str, str]]
) -> None:
    curves = term(on_random_play, name).dependences
    assert [(c.column, c.unit, c.moment) for c in curves] == reads


def test_a_curve_is_the_term_over_the_column(on_random_play: Explanation) -> None:
    (speed,) = term(on_random_play, "speed").dependences
    assert speed.y == pytest.approx([2 * x for x in speed.x], rel=2e-3, abs=1e-3)
    assert speed.low == speed.y == speed.high  # nothing else matters
    (effort,) = term(on_random_play, "effort").dependences
    assert effort.y == pytest.approx([-(x**2) for x in effort.x], rel=2e-3, abs=1e-3)


def test_a_change_within_the_step_is_no_dependence_on_the_level(
    on_random_play: Explanation,
) -> None:
    (climb,) = term(on_random_play, "climb").dependences
    assert max(climb.y) - min(climb.y) == pytest.approx(0.0, abs=1e-6)


def test_a_term_at_the_end_of_its_range_is_saturated(
    on_random_play: Explanation,
) -> None:
    low = term(on_random_play, "low")  # the hopper's torso is always above 0.1 m
    assert (low.low, low.high) == (0.1, 0.1)
    assert low.dependences == ()
    shares = [t.share for t in on_random_play.terms]
    assert sum(shares) == pytest.approx(1.0)


def test_a_reward_that_fails_off_the_states_is_explained_without_that_curve() -> None:
    # Times that are exchanged between transitions make some gaps negative.
    source = (
        "def reward(s, a, s_next):\n"
        "    gap = s_next.time - s.time\n"
        '    return {"x": s_next.x_velocity, "root": np.sqrt(gap)}\n'
    )
    explanation = explain_terms(TASK, BANK, source, (), None)
    assert [c.column for c in term(explanation, "x").dependences] == ["x_velocity"]
    assert len(explanation.terms) == 2


def test_a_good_and_a_bad_episode_show_what_was_paid(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    episodes = play(TASK, lambda obs: rng.uniform(-1, 1, (len(obs), 3)), [1, 2, 3, 4])
    (tmp_path / "s0").mkdir()
    save_episodes(tmp_path / "s0/episodes.npz", episodes)
    source = "def reward(s, a, s_next):\n    return {'alive': np.ones(len(a))}\n"
    paths = [tmp_path / "s0/episodes.npz"]
    explanation = explain_terms(TASK, BANK, source, paths, None)
    good, bad = explanation.good_and_bad
    assert (good.label, bad.label, explanation.episodes) == ("good", "bad", 4)
    assert good.fitness is not None
    assert bad.fitness is not None
    assert good.fitness > bad.fitness
    lengths = {episode.steps for episode in episodes}
    assert {good.sums[0], bad.sums[0]} <= lengths  # it pays 1 a step
    assert set(good.pay[0]) == {1.0}
    assert good.seconds[-1] <= max(lengths) * episodes[0].dt
