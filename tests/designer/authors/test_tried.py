"""What a prompt tells of the rewards that lost."""

from dataclasses import replace

from designer.authors.tried import MAX_CODE_LINES, MAX_LOSERS_SHOWN, tried_variables
from designer.run.candidates import Candidate
from tests.designer.handmade import (
    MATE,
    NOTED,
    PARENT,
    assessed,
    brief,
    candidate,
    full,
    text,
)

SHARED = "".join(f"    x{k} = s_next.x_velocity\n" for k in range(6))
SOURCE = f"def reward(s, a, s_next):\n{SHARED}    return {{'x': 1.0 * x0}}\n"
LEADER = replace(PARENT, source=SOURCE)


def child(index: int, source: str) -> Candidate:
    one = candidate(1, index, assessed(1.0, 2.0), parent=LEADER.name)
    return replace(one, source=source)


def losers(*others: Candidate) -> list[dict[str, object]]:
    return list(tried_variables(brief((LEADER, *others), LEADER), LEADER)["losers"])


def test_of_a_child_only_the_differing_lines_are_shown() -> None:
    (loser,) = losers(child(0, SOURCE.replace("1.0", "0.2")))
    assert loser["base"] == "the reward above"
    assert loser["code"] == ("-    return {'x': 1.0 * x0}\n+    return {'x': 0.2 * x0}")


def test_a_reward_with_nothing_in_common_is_shown_whole() -> None:
    (loser,) = losers(MATE)
    assert loser["base"] == ""
    assert loser["code"] == MATE.source.strip()


def test_of_two_strangers_that_are_alike_the_second_shows_what_differs() -> None:
    body = "".join(f"    y{k} = s_next.torso_angle\n" for k in range(9))
    stranger = f"def reward(s, a, s_next):\n{body}    return {{'y': y1}}\n"
    first, second = losers(child(0, stranger), child(1, stranger.replace("y1}", "y2}")))
    assert (first["base"], second["base"]) == ("", "g01/c00")
    assert second["code"] == "-    return {'y': y1}\n+    return {'y': y2}"


def test_children_of_the_reward_above_come_first_and_the_newest_of_them() -> None:
    old, new = child(0, SOURCE), replace(child(0, SOURCE), generation=2)
    stranger = replace(candidate(3, 0, assessed(1.0, 1.0)), parent=None)
    names = [loser["name"] for loser in losers(stranger, old, new)]
    assert names == ["g02/c00", "g01/c00", "g03/c00"]


def test_a_reward_whose_code_stands_elsewhere_is_not_shown_twice() -> None:
    assert text(full("tune")).count("Bounce.") == 2  # its thought, and its code
    assert text(full("combine")).count("Bounce.") == 2
    assert "## Other rewards" not in text(full("combine"))


def test_losers_take_little_room_however_many_and_long_they_are() -> None:
    long = "def reward(s, a, s_next):\n" + f"    y = {'1.0 + ' * 999}1.0\n" * 999
    many = [child(k, long) for k in range(99)]
    shown = losers(*many)
    assert len(shown) == MAX_LOSERS_SHOWN
    assert all(len(str(loser["code"])) < 170 * (MAX_CODE_LINES + 1) for loser in shown)
    code = str(shown[0]["code"])
    assert code.startswith(f"# {1000 - MAX_CODE_LINES} lines before these")


def test_of_a_long_reward_the_last_lines_are_shown_which_name_its_terms() -> None:
    helpers = "".join(f"X{k} = {k}\n" for k in range(MAX_CODE_LINES))
    (shown,) = losers(child(0, f"{helpers}def reward(s, a, s_next):\n    return 1\n"))
    assert str(shown["code"]).endswith("def reward(s, a, s_next):\n    return 1")


def test_a_reward_that_was_written_afresh_is_not_told_as_a_change_of_its_parent():
    fresh = replace(NOTED, framing="explore")
    assert "+2.19 against g00/c02" in text(full())
    assert "against g00/c02;" not in text(full(parent=fresh))


def test_without_history_or_scores_no_other_code_is_shown() -> None:
    assert "## Other rewards" in text(full())
    for settings in ({"history": 0}, {"scores": False}, {"feedback": "curves"}):
        assert "## Other rewards" not in text(full(**settings))
