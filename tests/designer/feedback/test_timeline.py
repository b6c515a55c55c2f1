"""A failed episode as a reader gets it."""

import numpy as np

from designer.feedback.timeline import failures, moments, timeline
from tests.designer.feedback.conftest import KNOWN, episode


def fall(steps: int = 10, **changes: object):
    height = np.linspace(1.0, 0.5, steps + 1)
    given = {"falls": "too low", "height": height, "angles": [[0.25, 0]] * (steps + 1)}
    return episode(steps, **(given | changes))


def test_moments_are_about_twelve_and_closer_together_before_a_fall() -> None:
    steady = np.ones(1000)
    even, closer = moments(steady, closer=False), moments(steady, closer=True)
    assert len(even) == len(closer) == 12
    assert (closer[0], closer[-1]) == (even[0], even[-1]) == (0, 1000)
    assert np.ptp(np.diff(even)) <= 1
    assert (np.diff(closer, 2) < 0).all()
    assert moments(np.ones(2), closer=True).tolist() == [0, 1, 2]


def test_half_of_the_moments_are_where_most_happens() -> None:
    jump = np.zeros(1000)
    jump[300:340] = 1.0
    rows = moments(jump, closer=False)
    assert ((rows >= 300) & (rows <= 340)).sum() >= 5
    assert (rows[0], rows[-1]) == (0, 1000)
    assert moments(np.zeros(0), closer=False).tolist() == [0]


def test_a_table_has_units_components_and_lengths_of_wide_fields() -> None:
    made = timeline(fall(legs=np.outer(np.arange(11), [3, 4, 0, 0])), KNOWN, {})
    assert made.header == ("time (s)", "height (m)", "norm(legs) (rad)")
    assert made.rows[0] == ("0.000", "1.00", "0.0")
    assert made.rows[-1] == ("1.000", "0.50", "50.0")  # 5 per step


def test_what_never_changes_is_told_once() -> None:
    said = timeline(fall(), KNOWN, {}).constant
    assert "angles[0] = 0.25 rad" in said
    assert "last_action = 0" in said


def test_terms_stand_beside_the_state_that_they_were_paid_for() -> None:
    made = timeline(fall(2), KNOWN, {"up": np.array([1.0, -7.0])})
    assert made.header[-1] == "pays 'up'"
    assert [row[-1] for row in made.rows] == ["-", "1.00", "-7.00"]
    long = timeline(fall(100), KNOWN, {"step": np.arange(1.0, 101)})
    assert [float(row[-1]) for row in long.rows[1:]] == moments(np.ones(100), True)[
        1:
    ].tolist()


def test_no_number_is_minus_nothing() -> None:
    rows = timeline(fall(1, speed=[5.0, -0.0001]), KNOWN, {}).rows
    assert [row[2] for row in rows] == ["5.00", "0.00"]


def test_the_ending_is_told_and_fitness_only_when_asked() -> None:
    failed = fall(fitness=3.25, success=False)
    said = timeline(failed, KNOWN, {}).ending
    assert (
        said
        == "ended by 'too low' after 1 s (10 of at most 100 steps), goal not reached"
    )
    assert "fitness 3.25" in timeline(failed, KNOWN, {}, show_fitness=True).ending


def test_typical_failures_of_two_trainings_are_chosen() -> None:
    episodes = [episode(1, x, success=False, training="s0") for x in (5, 1, 3)]
    episodes += [episode(1, x, success=x == 9, training="s1") for x in (9, 7)]
    assert failures(episodes) == (2, 4)  # fitness 3 of s0; 7, the only one of s1


def test_a_reward_reviewed_again_shows_other_failures() -> None:
    episodes = [episode(1, x, success=False) for x in (5, 1, 3)]
    assert [failures(episodes, turn)[0] for turn in range(4)] == [2, 0, 1, 2]


def test_where_success_is_unknown_the_worst_are_chosen() -> None:
    episodes = [episode(1, x, training=t) for x, t in ((5, "s0"), (1, "s0"), (3, "s1"))]
    assert failures(episodes) == (1, 2)


def test_where_nothing_is_measured_the_first_of_each_training_is_read() -> None:
    unknown = float("nan")
    episodes = [episode(1, unknown, training=t) for t in ("s0", "s0", "s1", "s1")]
    assert failures(episodes) == (0, 2)
    assert not timeline(episodes[0], KNOWN, {}).failed


def test_one_training_gives_two_failures_and_successes_give_none() -> None:
    assert failures([episode(1, x, success=False) for x in (1, 2, 3)]) == (1, 0)
    assert failures([episode(1, 1, success=True)] * 3) == ()
    assert failures([]) == ()
