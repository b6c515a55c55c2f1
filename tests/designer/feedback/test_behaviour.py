"""What all episodes have in common."""

from dataclasses import replace

import numpy as np

from designer.feedback.behaviour import behaviour, usual_values
from tests.designer.feedback.conftest import KNOWN, episode

BUSY = np.array([-1.0, 1.0, -0.5])  # speeds of a robot that moves


def speeds(steps: int) -> np.ndarray:
    return np.resize(BUSY, steps + 1)


def fall(steps: int, end: float = 0.4, falls: str = "too low"):
    height = np.concatenate([np.ones(steps - 1), [1.0, end]])
    return episode(steps, falls=falls, height=height, speed=speeds(steps))


def told(episodes: list) -> tuple[str, ...]:
    return behaviour(episodes, KNOWN)


def test_endings_are_told_with_their_times_and_what_moved_before() -> None:
    said = told([fall(10), fall(12), episode(100, speed=speeds(100))])
    assert said == (
        "2 of 3 episodes ended by 'too low', after 1 to 1.2 s; in the last 0.2 s "
        "(medians) height fell from 1 to 0.4 m",
    )


def test_two_common_endings_are_both_told_and_a_rare_one_is_not() -> None:
    tilts, lows = [[fall(10, falls=why)] * 3 for why in ("tilted", "too low")]
    said = told([*tilts, *lows])
    assert [line.split(", after")[0] for line in said] == [
        "3 of 6 episodes ended by 'tilted'",
        "3 of 6 episodes ended by 'too low'",
    ]
    assert len(told([*lows, *lows, tilts[0]])) == 1


def test_what_moves_both_ways_before_the_end_is_no_sign_of_it() -> None:
    (said,) = told([fall(10, end) for end in (0.4, 0.5, 1.6)])
    assert "height" not in said


def test_a_fall_to_either_side_shows_in_the_size() -> None:
    sides = [[[0, 0]] * 9 + [[side, 0]] * 2 for side in (0.7, -0.9)]
    falls = [episode(10, falls="tilted", angles=side, speed=BUSY[0]) for side in sides]
    (said,) = told(falls)
    assert said.endswith("the size of angles[0] rose from 0 to 0.8 rad")


def test_episodes_that_time_alone_ended_have_no_ending_to_tell() -> None:
    assert told([episode(100, speed=speeds(100))]) == ()
    assert told([]) == ()


def test_a_robot_that_hardly_moves_is_told_with_what_was_seen_elsewhere() -> None:
    slow = [episode(100, speed=0.04 * speeds(100)) for _ in range(4)]
    (said,) = told(slow)
    assert said == (
        "the robot hardly moves: speed stays within -0.04 to 0.04 m/s in 4 of 4 "
        "episodes (elsewhere -1 to 1)"
    )


def test_one_still_velocity_beside_a_moving_one_is_told_as_it_is() -> None:
    two = replace(KNOWN, units={**KNOWN.units, "force": "rad/s"})
    (said,) = behaviour([episode(100, force=speeds(100))], two)
    assert said.startswith("speed stays within 0 to 0 m/s in 1 of 1")


def test_a_start_that_rocks_does_not_hide_stillness() -> None:
    speed = np.concatenate([np.ones(20), np.zeros(81)])
    assert "hardly moves" in told([episode(100, speed=speed)])[0]


def test_actions_at_their_bounds_or_near_zero_are_told() -> None:
    bang = episode(100, speed=speeds(100), actions=[1.0, -1.0] * 50)
    assert told([bang]) == ("actions are at one of their bounds 100% of the time",)
    idle = episode(100, speed=speeds(100), actions=[0.01] * 95 + [0.5] * 5)
    assert told([idle]) == ("actions are nearly zero 95% of the time",)
    high = replace(KNOWN, facts=replace(KNOWN.facts, low=np.zeros(1)))
    half = [episode(100, speed=speeds(100), actions=[0.5] * 100)]
    told_of_half = tuple(behaviour(half, high))
    assert told_of_half == (
        "actions are near the middle of their bounds 100% of the time",
    )


def test_usual_values_are_told_by_three_quantiles() -> None:
    rising = [episode(10, height=np.arange(11.0))]
    assert usual_values(rising, KNOWN) == "height 1, 5, 9 m"
