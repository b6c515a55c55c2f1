"""What the probe refuses, and what it tells the author."""

from dataclasses import replace

import numpy as np
import pytest

from designer.rewards.bank import Bank, Facts
from designer.rewards.probe import (
    Accepted,
    Refused,
    difference,
    evenly,
    paired_rows,
    probe,
    sample,
    shifts,
    situations,
    stretch,
    stretches,
)
from sandbox import Limits

WIDTHS = {"x": 0, "height": 0, "flag": 0, "time": 0, "last_action": 2}
N = 8


def bank(can_end: bool = True, unseen: frozenset[str] = frozenset()) -> Bank:
    """x is -4 to 3 and moves by 0.5; height is 1 to 8; flag is 0 or 1; dt is 0.1."""
    k = np.arange(N)
    s = np.stack([k - 4.0, k + 1.0, k % 2, 0.1 * k, 0 * k, 0 * k], axis=1)
    a = np.stack([np.linspace(-0.5, 0.5, N), np.zeros(N)], axis=1)
    s_next = s + np.array([0.5, 0, 0, 0.1, 0, 0])
    s_next[:, 4:] = a
    start = np.array([[0.0, 1, 0, 0, 0, 0], [0.1, 1, 0, 0, 0, 0]])
    unitless = frozenset({"flag", "last_action"})
    low, high = np.array([-1.0, -2]), np.array([1.0, 2])
    facts = Facts(low, high, can_end, unseen, unitless, 0.02, 1000)
    return Bank(s, a, s_next, start, WIDTHS, facts)


def told(*lines: str, before: str = "", known: Bank | None = None) -> str:
    """All that the probe says of a reward with these lines."""
    text = "".join(f"    {line}\n" for line in lines)
    answer = probe(f"{before}def reward(s, a, s_next):\n{text}", known or bank())
    return "\n".join(
        answer.problems if isinstance(answer, Refused) else answer.findings
    )


def test_a_plain_reward_is_accepted_without_findings() -> None:
    source = "def reward(s, a, s_next):\n    return {'x': s_next.x, 'one': 1.0}\n"
    accepted = probe(source, bank())
    assert isinstance(accepted, Accepted)
    assert replace(accepted, signature=()) == Accepted(source, ("x", "one"))
    # The bank's transitions are in the order of x, which is what this reward pays.
    assert accepted.signature == tuple(range(N))


COUNT = "np.get_printoptions()['precision']"  # A count that numpy keeps for a reward.
ONE_MORE = f"np.set_printoptions({COUNT} + 1)"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("return {'v': s_next.x[:, None]}", "contract: term 'v' has shape (8, 1)"),
        ("return {'v': np.log(s_next.x - 9)}", "finite: term 'v' is not finite"),
        ("return {'v': 1 / np.abs(a).sum(1)}", "at rest (start states, no action)"),
        ("return {'v': 1 / (s_next.x - s.x)}", "at rest (start states, no action)"),
        ("return {'v': np.arctanh(a[:, 0])}", "with every action at its bound"),
        ("return {'v': np.log(9 - s_next.last_action[:, 1] * 5)}", "action at its bo"),
        ("return {'v': np.exp(s_next.height ** 3)}", "with height in 0.333 to 24"),
        ("return {'v': np.sqrt(s_next.x + 5)}", "with x in -10.5 to 10.5, further"),
        ("return {'v': s_next.x - s_next.x.mean()}", "among 8: rows are independent"),
        ("return {'v': np.cumsum(s_next.x)}", "in a batch of other rows, and"),
        ("return {'v': s_next.x[::-1]}", "rows are independent environments"),
        ("return {'v': s_next.x if len(a) > 1 else -s_next.x}", "in a batch of one r"),
        ("return {'v': s_next.x / (len(a) - 1)}", "in a batch of other rows, and"),
        ("return {'v': s_next.x * (len(a) != 32)}", "with every row 4 times, and"),
        ("return {'v': s_next.x * (len(a) != 5)}", "in a batch of 5 rows, and"),
        ("return {'v': s_next.x * (len({*s_next.x}) != 1)}", "in a batch of one row"),
        ("return {'v': s_next.x * s_next.last_action[0, 0]}", "as in a[:, 0]"),
        ("return {'v': s_next.x[:, None][0]}", "number 0 of every row is x[:, 0]"),
        ("return {'v': np.squeeze(a).sum(axis=1)}", "error: in a batch of one row: l"),
        (
            f"{ONE_MORE}; return {{'v': s_next.x * {COUNT}}}",
            "the same inputs the second",
        ),
    ],
)
def test_a_breach_of_the_contract_is_refused_and_placed(line: str, words: str) -> None:
    assert words in told(line)


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("calls = []", ("c = calls", "c.append(1)", "n = len(c)")),
        ("k = np.zeros(1)", ("c = k", "c += 1.0", "n = c")),
        ("k = np.zeros(2)[:1]", ("np.cumsum(np.ones(1), 0, None, k)", "n = k")),
        ("k = [np.zeros(1)]", ("c = k[0]", "np.copyto(c, c + 1)", "n = c")),
        ("k = {'n': 0}", ("c = k", "c['n'] += 1", "n = c['n']")),
        ("k = ({'n': 0},)", ("k[0].update(n=k[0]['n'] + 1)", "n = k[0]['n']")),
        ("def f(x, m=[0]):\n    m[0] += 1\n    return m[0]", ("n = f(1)",)),
        ("k = set()", ("k.add(len(k))", "n = len(k)")),
        ("k = zip(range(10 ** 6))", ("for n in k: break",)),
        ("k = enumerate(range(10 ** 6))", ("for n, _ in k: break",)),
        ("k = (i for i in range(10 ** 6))", ("n = sum(j for j in k)",)),
        ("", ("n = reward.n = 1",)),
        (
            "def make(m):\n    return lambda: m.append(1) or len(m)\nf = make([])",
            ("n = f()",),
        ),
    ],
)
def test_what_is_kept_between_calls_is_refused_before_it_shows(before, lines) -> None:
    """All of them pay the same for the first thousand calls."""
    line = "return {'v': s_next.x * (np.ravel(n)[0] < 1000)}"
    words = told(*lines, line, before=f"{before}\n")
    reasons = (
        "keeps nothing between calls",
        "what stands outside",
        "values outside of",
    )
    assert any(reason in words for reason in reasons)


def test_what_differs_between_processes_is_refused() -> None:
    """Texts in a set have an order of their own in every process with another seed."""
    words = told(
        "return {'v': s_next.x * ORDER.index('a')}",
        before="ORDER = list({*'abcdefgh'})\n",
    )
    assert "in another process, and" in words
    assert "the order of a set" in words


def test_memory_that_was_never_written_is_zero() -> None:
    assert told("x = np.empty(len(a)) * np.nan_to_num(np.inf)", "return {'v': x}") == (
        told("x = np.zeros(len(a))", "return {'v': x}")
    )


def test_an_endless_reward_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("designer.rewards.probe.PROBE_LIMITS", Limits(call_s=0.2))
    assert told("return {'v': sum(range(10 ** 12))}").startswith("wall: ")


def test_a_reward_that_would_hold_up_a_training_is_refused(monkeypatch) -> None:
    monkeypatch.setattr("designer.rewards.probe.MAX_ROLLOUT_S", 0.002)
    words = told("n = sum(range(10 ** 5))", "return {'v': s_next.x + 0 * n}")
    assert "s for 2,048 rows, and a training makes hundreds" in words
    assert "whole arrays" in words


@pytest.mark.parametrize(
    "line",
    [
        "return {'v': (s_next.x - s.x) / (s_next.time - s.time)}",  # at rest dt is kept
        "return {'v': np.log(s_next.height)}",  # a height stays a height
        "return {'v': np.arccos(2 * s_next.flag - 1)}",  # a direction stays one
        "return {'v': (s_next.x[:, None].astype(np.float32) * [.1, .7, .3]).sum(1)}",
        "return {'v': s_next.last_action.astype(np.float32) @ np.float32([.1, .7])}",
        "np.mean(np.zeros(0)); return {'v': s_next.x}",  # Python notes the warning
    ],
)
def test_what_a_training_can_bear_is_accepted(line: str) -> None:
    assert told(line) == ""


def test_the_transitions_are_spread_and_hold_every_extreme() -> None:
    assert evenly(9, 3).tolist() == [0, 4, 8]
    assert evenly(2, 3).tolist() == [0, 1]
    many = Bank(*(np.zeros((5000, 6)),) * 3, np.zeros((1, 6)), WIDTHS, bank().facts)
    many.s_next[[7, 9], 0] = 2.0, -2.0
    assert {2.0, -2.0} <= set(sample(many).s_next[:, 0])
    assert 1024 <= len(sample(many).a) <= 1024 + 3
    few = paired_rows(sample(many))  # 64 and the two, unless they are among these
    assert few[::2].tolist() == few[1::2].tolist() == sorted(set(few))
    assert {2.0, -2.0} <= set(sample(many).take(few).s_next[:, 0])
    assert 64 <= len(few) / 2 <= 64 + 3


def test_a_field_is_stretched_about_its_mean_and_differences_with_it() -> None:
    x = np.array([[1.0], [2.0], [6.0]])
    far = stretch(x, 3.0, np.array([3.0]), np.array([True]))
    assert far.ravel().tolist() == [-3.0, 0.0, 12.0]


def test_a_field_of_one_sign_keeps_it() -> None:
    x = np.array([[3.0], [3.0], [6.0]])
    far = stretch(x, 3.0, np.array([4.0]), np.array([False]))
    assert far.ravel().tolist() == [9.0, 1.0, 18.0]


def test_fields_without_a_unit_are_not_stretched() -> None:
    known = bank()
    names = [name for name, *_ in stretches(known, sample(known), 3.0)]
    assert names == ["x", "height", "time"]


def test_at_rest_only_time_goes_on_and_at_the_bounds_the_action_is_the_last() -> None:
    known = bank()
    (_, rest), *bounds = situations(known, sample(known))
    assert (rest.s_next - rest.s)[:, 3] == pytest.approx(0.1)
    assert np.array_equal(np.delete(rest.s, 3, 1), np.delete(rest.s_next, 3, 1))
    assert not rest.a.any()
    assert [batch.a[0].tolist() for _, batch in bounds] == [[-1.0, -2.0], [1.0, 2.0]]
    for _, batch in bounds:
        assert np.array_equal(batch.s_next[:, 4:], batch.a)


def test_what_the_policy_cannot_see_moves_in_both_states_alike() -> None:
    known = bank(unseen=frozenset({"x"}))
    few = sample(known)
    ((name, moved),) = shifts(known, few)
    assert name == "x"
    assert (moved.s - few.s)[:, 0] == pytest.approx(np.std(np.arange(8)))
    assert (moved.s_next - moved.s) == pytest.approx(few.s_next - few.s)


def test_only_what_is_beyond_rounding_is_a_difference() -> None:
    values = np.array([[1.0, 1e-3], [1000.0, 0.0]])
    rounding, more = np.array([[1e-4, 1e-10]]), np.array([[0.0, 0.0], [0.0, 1e-8]])
    assert difference(values, values + rounding, values) is None
    assert difference(values, values + more, values) == (1, 1)


def test_findings_come_with_the_figure_and_refuse_nothing() -> None:
    source = (
        "def reward(s, a, s_next):\n"
        "    return {'x': -1000.0 - s_next.x, 'zero': 0 * s_next.x}\n"
    )
    answer = probe(source, bank(unseen=frozenset({"x"})))
    assert isinstance(answer, Accepted)
    assert "'zero' is zero" in answer.findings[0]
    assert "'x' depends on x," in answer.findings[1]
    assert "negative on 100%" in answer.findings[2]


def test_a_change_of_an_unseen_field_is_no_finding() -> None:
    unseen = bank(unseen=frozenset({"x"}))
    assert told("return {'v': s_next.x ** 2}", known=unseen)
    assert told("return {'v': s_next.x - s.x}", known=unseen) == ""


def test_a_peak_far_out_is_a_finding_that_names_the_field() -> None:
    assert "term 'v' grows" in told("return {'v': np.exp(s_next.x)}")
    assert "when x goes from three times" in told("return {'v': np.exp(s_next.x)}")
    assert "further than seen so far: term 'v' is not finite" in told(
        "return {'v': np.exp(s_next.x * 28)}"
    )
    assert told("return {'v': 1e-3 * s_next.x ** 4}") == ""
    bell = "np.exp(-0.5 * (s_next.x - 20) ** 2)"  # 1e-59 here, 1e-20 far, 0.04 farther
    assert told(f"return {{'v': {bell}, 'one': 1.0}}") == ""
