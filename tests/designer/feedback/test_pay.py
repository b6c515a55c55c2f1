"""What terms paid in good and in bad episodes, in numbers derivable by hand."""

import numpy as np
import pytest

from designer.feedback.judged import Split
from designer.feedback.pay import (
    NO_PAY,
    Payments,
    chance,
    kendall,
    of_episode,
    pay,
    pay_table,
    payments,
    preferred,
)
from prompts import render
from sandbox import NO_WALLS, RewardFault
from tests.designer.feedback.conftest import bank, episode

SOURCE = """
def reward(s, a, s_next):
    return {"up": s_next.height, "effort": -(a**2).sum(axis=1)}
"""


def paid(lengths: list[int], **terms: list[float]) -> Payments:
    """The same in every step of an episode, so many steps each."""
    steps = [np.repeat(per_step, lengths) for per_step in terms.values()]
    values = np.column_stack(steps).astype(float)
    return Payments(tuple(terms), values, np.array(lengths), values)


def eight(steps: int = 2) -> list:
    """Eight episodes, the last four better."""
    return [episode(steps, fitness) for fitness in (1, 2, 3, 4, 11, 12, 13, 14)]


def test_a_reward_is_asked_what_it_pays_in_the_judged_episodes_and_elsewhere() -> None:
    episodes = [
        episode(2, height=[9, 1, 2], actions=[3, 0]),
        episode(1, height=[9, 4], actions=[2]),
    ]
    known = payments(SOURCE, episodes, bank(3, height=[5, 6, 7]), NO_WALLS)
    assert isinstance(known, Payments)
    assert known.terms == ("up", "effort")
    assert known.judged.tolist() == [[1, -9], [2, 0], [4, -4]]
    assert known.elsewhere[:, 0].tolist() == [5, 6, 7]
    assert of_episode(known, 1)["up"].tolist() == [4]


def test_a_reward_that_fails_there_is_a_finding() -> None:
    bad = SOURCE.replace("height", "width")
    fault = payments(bad, [episode(1)], bank(), NO_WALLS)
    assert isinstance(fault, RewardFault)
    assert of_episode(fault, 0) == {}
    (said,) = pay([episode(1)], fault).findings
    assert "fails on its own judged episodes" in said
    assert "'width'" in said


def test_rows_that_depend_on_one_another_where_the_policies_went_are_told() -> None:
    """Random actions never came above 5, so the probe could not see it."""
    source = (
        "def rare(x):\n    return 1.0 if (x > 5).all() else 0.0\n\n\n"
        "def reward(s, a, s_next):\n    return {'up': rare(s_next.height)}\n"
    )
    episodes = [episode(3, height=[0, 4, 6, 8])]
    answer = payments(source, episodes, bank(2, height=[1, 2]), NO_WALLS)
    (finding,) = pay(episodes, answer).findings
    assert finding.startswith("where the policies went, term 'up' of a row is 1 in a")
    assert (
        "look at line 2, is axis=1 missing in 'return 1.0 if (x > 5).all()" in finding
    )
    row_by_row = payments(SOURCE, episodes, bank(), NO_WALLS)
    assert isinstance(row_by_row, Payments)
    assert row_by_row.mixed == ""


def test_means_per_episode_and_per_step_are_those_known_by_hand() -> None:
    episodes = [episode(2, 1.0), episode(4, 1.0), episode(3, 9.0), episode(5, 9.0)]
    rows = pay(episodes, paid([2, 4, 3, 5], up=[1, 1, 2, 2], fee=[0, 0, -1, -1])).rows
    assert [row.name for row in rows] == ["up", "fee", "sum"]
    up, fee, total = rows
    assert (up.good, up.bad) == (8.0, 3.0)  # (6 + 10) / 2 and (2 + 4) / 2
    assert (up.good_step, up.bad_step) == (2.0, 1.0)
    assert (fee.good, fee.bad) == (-4.0, 0.0)
    assert (total.good, total.bad) == (4.0, 3.0)


def test_a_reward_that_prefers_the_worse_says_so_first() -> None:
    first, *_ = pay(eight(), paid([2] * 8, up=[5, 5, 5, 5, 1, 1, 1, 1])).findings
    assert first.startswith("THE REWARD PREFERS WORSE EPISODES")
    assert "10 against 2 per episode; the worse one earns more in 100%" in first


def test_what_few_pairs_show_is_not_called_a_preference() -> None:
    known = paid([2] * 8, up=[2, 4, 6, 8, 1, 3, 5, 7])  # better in 6 of 16 pairs
    (said,) = pay(eight(), known).findings
    assert "can't tell better from worse episodes: in 38% of all pairs" in said
    assert chance(parts_of(4, 4)) == pytest.approx(0.5 - 2 * np.sqrt(9 / 192))
    assert chance(parts_of(100, 100)) == 0.3


def parts_of(good: int, bad: int) -> Split:
    return Split(np.arange(good + bad) < good, ("better", "worse"), "")


def test_failures_are_called_failures() -> None:
    episodes = [episode(2, 0, success=k > 3) for k in range(8)]
    first, *_ = pay(episodes, paid([2] * 8, up=[5] * 4 + [1] * 4)).findings
    assert first.startswith("THE REWARD PREFERS FAILED EPISODES")


def test_a_reward_that_cannot_tell_them_apart_is_found() -> None:
    (said,) = pay(eight(), paid([2] * 8, up=[1, 9, 1, 9, 9, 1, 9, 1])).findings
    assert "can't tell better from worse" in said
    assert "in 50% of all pairs" in said


def test_of_a_reward_that_pays_the_better_more_nothing_is_told() -> None:
    known = paid([2] * 8, up=[1, 2, 3, 4, 5, 6, 7, 8], fee=[-0.1] * 8)
    made = pay(eight(), known)
    assert made.findings == ()
    assert made.agreement == pytest.approx(1.0)


def test_a_term_against_the_others_is_found() -> None:
    known = paid([2] * 8, up=[1] * 4 + [9] * 4, against=[4] * 4 + [1] * 4)
    (said,) = pay(eight(), known).findings
    assert said == (
        "term 'against' pays worse episodes more than better ones (8 against 2 per "
        "episode), 4 against 1 per step: it works against the goal"
    )


def test_a_bonus_that_longer_failures_collect_is_told_with_its_reason() -> None:
    lengths = [20] * 4 + [10] * 4
    known = paid(lengths, up=[0] * 4 + [5] * 4, alive=[1] * 8)
    (said,) = pay(eight(), known).findings
    assert "term 'alive' pays worse episodes more" in said
    assert said.endswith("(20 against 10 per episode), as they last longer")


def test_a_penalty_that_costs_more_only_because_the_good_last_longer_is_not() -> None:
    lengths = [10] * 4 + [20] * 4
    known = paid(lengths, up=[0] * 4 + [4] * 4, effort=[-1] * 8)
    assert pay(eight(), known).findings == ()
    dearer = paid(lengths, up=[0] * 4 + [4] * 4, effort=[-1] * 4 + [-3] * 4)
    (said,) = pay(eight(), dearer).findings
    assert "term 'effort' costs worse episodes less" in said


def test_a_large_term_that_pays_all_alike_is_found() -> None:
    known = paid([2] * 8, up=[0] * 4 + [1] * 4, alive=[9] * 8)
    (said,) = pay(eight(), known).findings
    assert "'alive' is 95% of all that was paid, and pays worse episodes as" in said


def test_nothing_is_said_of_fewer_than_eight_episodes() -> None:
    made = pay(eight()[1:], paid([2] * 7, up=[5, 5, 5, 1, 1, 1, 1]))
    assert made.rows
    assert (made.findings, made.agreement) == ((), None)


def test_nothing_is_said_where_all_are_equally_fit() -> None:
    made = pay([episode(2, 3.0)] * 8, paid([2] * 8, up=[1, 9] * 4))
    assert (made.rows, made.findings) == ((), ())


def test_pairs_within_a_hundredth_are_ties() -> None:
    assert preferred(np.array([2.0, 2.0]), np.array([1.0, 3.0])) == 0.5
    assert preferred(np.array([100.5]), np.array([100.0])) == 0.5
    assert preferred(np.array([102.0]), np.array([100.0])) == 1.0


def test_kendalls_tau_is_the_one_known_by_hand() -> None:
    x = np.arange(4.0)
    assert kendall(x, np.array([0.0, 1, 3, 2])) == pytest.approx(4 / 6)
    assert kendall(x, -x) == pytest.approx(-1.0)
    assert kendall(x, np.array([0.0, 0, 1, 1])) == pytest.approx(4 / np.sqrt(6 * 4))
    assert kendall(x, np.ones(4)) is None


def test_values_too_large_to_sum_break_nothing() -> None:
    assert pay(eight(), paid([2] * 8, up=[1.7e308, -1.7e308] * 4)).rows


def test_the_table_is_told_with_its_findings_and_is_nothing_when_empty() -> None:
    known = paid([2] * 8, up=[1] * 4 + [9] * 4, against=[4] * 4 + [1] * 4)
    said = render("pay", pay=pay_table(pay(eight(), known)))
    assert "in better and in worse judged episodes (by fitness, 4 against 4)" in said
    assert "| 'against' | 2 | 8 | 1 | 4 |\n| sum | 20 | 10 | 10 | 5 |\n\n" in said
    assert "these 8 episodes (of 1 training) as fitness does" in said
    assert "- term 'against' pays" in said
    assert render("pay", pay=pay_table(NO_PAY)).strip() == ""
