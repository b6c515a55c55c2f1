import os
import pickle
import runpy
import select
import signal
from pathlib import Path

import numpy as np
import pytest

from sandbox import Limits, RewardFault, RewardProcess

CORPUS = runpy.run_path(str(Path(__file__).with_name("corpus.py")))
WIDTHS = CORPUS["WIDTHS"]


# What goes right


@pytest.mark.parametrize("name", CORPUS["REWARDS"])
def test_a_realistic_reward_runs(name, batch):
    with RewardProcess(CORPUS["REWARDS"][name], WIDTHS, 3) as process:
        values = process(*batch(16))
        assert values.shape == (16, len(process.terms))


def test_terms_come_back_in_order_with_their_values(source, batch):
    line = "return {'v': s_next.x_velocity, 'c': a.sum(axis=1), 'one': 1}"
    with RewardProcess(source(line), WIDTHS, 3) as process:
        assert process.terms == ()
        s, a, s_next = batch(5)
        values = process(s, a, s_next)
    assert process.terms == ("v", "c", "one")
    assert np.array_equal(values, np.stack([s_next[:, 2], a.sum(1), np.ones(5)], 1))


def test_what_numpy_imports_when_it_is_called_is_there(source, batch):
    lines = (
        "nans = np.where(s_next.x_velocity > 0, np.nan, s_next.x_velocity)",
        "rows = np.stack([nans, s.x_velocity, 0 * nans], axis=1)",
        "spread = np.cov(s.x_velocity, a[:, 0])[0, 1] + np.polyval([1, 2], 3)",
        "path = np.einsum('nk,nk->n', a, a, optimize=True) + np.unwrap(s.x_velocity)",
        "θ = np.nanmedian(rows, axis=1) + np.linalg.pinv(np.eye(2))[0, 0]",
        "return {'all': θ + spread + path + np.quantile(s.x_velocity, 0.5)}",
    )
    with RewardProcess(source(*lines), WIDTHS, 3) as process:
        assert np.isfinite(process(*batch(16))).all()


def test_chunks_give_the_same_as_one_call(source, batch):
    lines = "return {'x': s.time * s_next.joint_angles[:, 1], 'h': s.torso_height}"
    with (
        RewardProcess(source(lines), WIDTHS, 3, rows=7) as small,
        RewardProcess(source(lines), WIDTHS, 3, rows=64) as large,
    ):
        for n in (1, 7, 50, 64, 3):
            assert np.array_equal(small(*batch(n)), large(*batch(n)))
        assert small(*batch(0)).shape == (0, 2)


def test_a_total_that_is_not_the_sum_is_refused_with_both_numbers(fault):
    found = fault("return s.time * 0 + 1.25, {'x': 1.0, 'y': -0.5}")
    assert found.kind == "contract"
    assert "total is 1.25 where the terms sum to 0.5 (row 0; 16 of 16" in found.message


def test_shapes_of_the_wrong_batch_are_the_callers_error(source, batch):
    with RewardProcess(source("return {'x': 1}"), WIDTHS, 3) as process:
        s, a, s_next = batch(4)
        with pytest.raises(ValueError, match="must have shapes"):
            process(s, a[:3], s_next)
        assert process(s, a, s_next).shape == (4, 1)


def test_a_closed_process_says_so_and_may_be_closed_again(source, batch):
    process = RewardProcess(source("return {'x': 1}"), WIDTHS, 3)
    process.close()
    process.close()
    with pytest.raises(ValueError, match="closed"):
        process(*batch(1))


def test_a_process_that_is_killed_is_replaced_once(source, batch):
    with RewardProcess(source("return {'x': s.time}"), WIDTHS, 3) as process:
        values = process(*batch(5))
        killed(process)
        assert np.array_equal(process(*batch(5)), values)
        killed(process)
        with pytest.raises(RewardFault, match="was killed"):
            process(*batch(5))


def killed(process):
    """Kill a process, and wait until it can't answer any more."""
    os.kill(process.pid, signal.SIGKILL)
    assert select.select([process._child.replies], [], [], 10.0)[0]


# What the reward may do wrong


def test_an_endless_loop_ends_as_wall(fault):
    found = fault("while True: pass", limits=Limits(call_s=0.3))
    assert found.kind == "wall"
    assert "0.3 s" in found.message


def test_an_endless_loop_at_the_top_level_ends_as_wall():
    with pytest.raises(RewardFault) as caught:
        RewardProcess("while True: pass", WIDTHS, 3, limits=Limits(call_s=0.3))
    assert caught.value.kind == "wall"


def test_too_much_cpu_time_ends_as_cpu(fault):
    assert fault("while True: pass", limits=Limits(cpu_s=1)).kind == "cpu"


@pytest.mark.parametrize("line", ["x = np.ones(10**10)", "x = [0] * 10**9"])
def test_a_huge_allocation_ends_as_memory(line, fault):
    found = fault(line, "return {'x': 1}")
    assert found.kind == "memory"
    assert "line 4" in found.message


def test_endless_printing_ends_as_output(fault):
    assert fault("while True: print('spam' * 100)").kind == "output"


def test_a_number_that_is_not_finite_names_its_term(fault):
    found = fault("return {'good': 1.0, 'bad': np.log(s.time * 0 - 1)}")
    assert found.kind == "finite"
    assert "'bad' is not finite: nan in 16 of 16 rows" in found.message


def test_a_total_that_is_not_finite_is_told(fault):
    found = fault("return s.time * math.inf, {'x': 1.0}")
    assert "where the terms sum to 1 (row 0" in found.message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("return {'x': a}", "has shape (16, 3), expected (n,) = (16,): reduce"),
        ("return {'x': a[:, :1]}", "drop the last axis with [:, 0]"),
        ("return {'x': a.T}", "one number per row"),
        ("return {'x': None}", "'x' must hold numbers, got None"),
        ("return {'x': 1j * s.time}", "must hold numbers"),
        ("return {'x': [1, [2]]}", "is not an array"),
        ("return {1: s.time}", "a term is named by"),
        ("return {}", "0 terms, expected 1 to 32"),
        ("return {str(i): 1 for i in range(33)}", "33 terms"),
        ("return s.time", "reward returned an array of shape (16,)"),
        ("return None", "reward returned None"),
        ("return 1, 2, 3", "a tuple of 3"),
        ("return a, {'x': 1}", "the total has shape (16, 3)"),
    ],
)
def test_a_wrong_result_is_told_with_what_would_be_right(line, words, fault):
    found = fault(line)
    assert found.kind == "contract"
    assert words in found.message


def test_the_terms_must_stay_the_same(fault):
    found = fault("return {'x' if len(np.calls) == 1 else 'y': 1}", calls=2)
    assert found.kind == "contract"
    assert "first (x), now (y)" in found.message


def test_an_exception_comes_with_the_lines_of_the_author(fault):
    found = fault("def f(x):", "    return x + np.zeros(99)", "return {'x': f(s.time)}")
    assert found.kind == "error"
    assert found.message.splitlines()[:2] == [
        "line 6, in reward: return {'x': f(s.time)}",
        "line 5, in f: return x + np.zeros(99)",
    ]
    assert "ValueError: operands could not be broadcast" in found.message
    assert "child.py" not in found.message


def test_a_syntax_error_comes_with_its_line():
    with pytest.raises(RewardFault, match=r"line 1, in <module>: def reward\(s, a:"):
        RewardProcess("def reward(s, a:\n", WIDTHS, 3)


def test_a_source_without_a_reward_is_told():
    with pytest.raises(RewardFault, match="no function reward"):
        RewardProcess("x = 1", WIDTHS, 3)


@pytest.mark.parametrize(
    "line", ["a[:] = 0", "a += 1", "s.time[0] = 1", "np.exp(a, out=a)", "s.time = 1"]
)
def test_changing_an_input_is_told(line, fault):
    found = fault(line, "return {'x': 1}")
    assert found.kind == "error"
    assert "must not change its inputs" in found.message


def test_text_of_the_reward_is_cleaned_and_cut(fault):
    found = fault("return {}['\\x1b[31m\\u202e' + 'x' * 9999]")
    assert len(found.message) <= 2000
    assert "\x1b" not in found.message
    assert "\u202e" not in found.message


def test_other_modules_cannot_be_imported(fault):
    assert "can import only numpy" in fault("import os").message


def test_a_fault_survives_pickling():
    copy = pickle.loads(pickle.dumps(RewardFault("wall", "late")))
    assert (copy.kind, copy.message, str(copy)) == ("wall", "late", "late")
