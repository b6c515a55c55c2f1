"""What happened when, from numbers alone; a row is 0.1 s."""

from dataclasses import replace

import numpy as np

from designer.feedback.events import MAX_EVENTS, events
from designer.feedback.quantities import Quantity, Ranges, quantities
from tests.designer.feedback.conftest import FACTS, KNOWN, UNITS, WIDTHS, episode

FREE = Ranges(UNITS, KNOWN.usual, dict.fromkeys(KNOWN.begins, (8.0, 9.0)), FACTS)


def told(known: Ranges = FREE, **fields: object) -> list[str]:
    """Events of twenty steps; FREE has starts that nothing is ever near."""
    made = episode(20, **fields)
    every = quantities(made.frames, WIDTHS, UNITS)
    return list(events(made, [q for q in every if np.ptp(q.values) > 0], known))


def test_leaving_the_start_range_for_good_is_told() -> None:
    height = [0.0] * 5 + [0.9] + [0.1] * 5 + [-0.8] * 10
    (said,) = told(KNOWN, height=height)
    assert said == "1 s: height leaves its start range for good; -0.8 m at the end"


def test_what_leaves_at_once_or_comes_back_is_not_told() -> None:
    assert told(KNOWN, height=[0.0] + [0.9, 0.7] * 10) == []
    assert told(KNOWN, height=[0.0] * 5 + [0.9, -0.9] * 7 + [0.8, 0.0]) == []
    assert told(KNOWN, speed=[0.0] * 5 + [0.9, 0.7] * 8) == []


def test_a_peak_is_told_but_not_one_of_many() -> None:
    hill = np.concatenate([np.linspace(0, 2, 9), np.linspace(1.8, 0, 12)])
    assert told(height=hill) == ["0.8 s: height is highest, 2 m"]
    assert told(height=-hill) == ["0.8 s: height is lowest, -2 m"]
    assert told(height=np.sin(np.arange(21.0))) == []


def test_standing_still_is_told_of_positions_and_not_of_velocities_at_zero() -> None:
    run = np.concatenate([np.linspace(0, 1, 11), np.ones(10)])
    assert told(height=run) == ["1 s: height stops changing, at 1 m"]
    assert told(speed=run) == ["1 s: speed stops changing, at 1 m/s"]
    assert told(speed=run - 1) == []


def test_a_lasting_change_of_sign_is_told() -> None:
    slope = np.linspace(1, -1, 21)
    assert told(height=slope - 0.01) == ["1 s: height turns negative for good"]
    assert told(height=np.linspace(1, 0.1, 21)) == []


def test_contacts_of_forces_and_flags_are_told() -> None:
    force = [5.0] * 4 + [0.0] * 6 + [9.0] * 11
    (said,) = told(force=force)
    assert said == (
        "0.4 s: force becomes 0; 2 such changes, the last at 1 s (becomes more than 0);"
        " zero 29% of the time"
    )
    flag = told(height=[0.0] * 10 + [1.0] * 11)
    assert flag == ["1 s: height becomes more than 0; zero 48% of the time"]


def test_events_stand_in_the_order_of_time() -> None:
    hill = np.concatenate([np.linspace(0, 2, 9), np.linspace(1.8, 0, 12)])
    late = np.concatenate([np.linspace(0, 2, 16), np.linspace(1.5, 0, 5)])
    said = told(height=late, speed=hill)
    assert [line.split(" s:")[0] for line in said] == ["0.8", "1.5"]


def test_actions_at_their_bounds_are_told_from_half_of_the_time_on() -> None:
    assert told(actions=[1, -1] * 6 + [0] * 8) == ["at a bound: a[0] 60% of the time"]
    assert told(actions=[1] * 9 + [0] * 11) == []


def test_who_sees_no_actions_is_told_of_none() -> None:
    made = episode(20, actions=[1] * 20)
    assert events(made, [], FREE)
    widths = {name: n for name, n in made.widths.items() if name != "last_action"}
    assert events(replace(made, widths=widths), [], FREE) == ()


def test_of_much_that_happened_what_moved_most_is_told() -> None:
    """Nine turn negative; the slowest of them is left out."""
    slope = np.linspace(1, -1, 21) - 0.01
    turning = [Quantity(f"q{k}", "m", (k + 1) * slope) for k in range(MAX_EVENTS + 1)]
    names = [q.name for q in turning]
    usual, begins = (
        dict.fromkeys(names, (-1.0, 1.0)),
        dict.fromkeys(names, (90.0, 99.0)),
    )
    known = Ranges(UNITS, usual, begins, FACTS)
    for order in (turning, turning[::-1]):
        said = events(episode(20), order, known)
        assert sorted(line.split()[2] for line in said) == names[1:]
