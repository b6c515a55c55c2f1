"""What the text of a reward shows to mix rows, or to differ between processes."""

import pytest

from tests.sandbox.lines import body, told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("v = np.linalg.norm(a)", "axis=1 is missing in np.linalg.norm(a)"),
        ("v = (a ** 2).sum()", "axis=1 is missing in (a ** 2).sum()"),
        (
            "w = a - s.last_action\n    v = np.sum(w * w)",
            "axis=1 is missing in np.sum(w",
        ),
        ("v = np.mean(np.abs(s.joint_angles), axis=0)", "axis=0 is the rows"),
        ("v = np.mean(s.time)", "np.mean(s.time) mixes the rows"),
        ("v = s.time.max()", "s.time.max() mixes the rows"),
        ("v = (s.time > 1).all()", "choose per row with np.where"),
        ("v = np.any(s.time > 1)", "choose per row with np.where"),
        ("v = np.sum(a[:, 0])", "np.sum(a[:, 0]) mixes the rows"),
        ("v = np.sum(s.joint_angles[:, :2])", "axis=1 is missing"),
        ("v = np.linalg.norm(s.time)", "is np.abs(x)"),
        ("v = np.sum(s.time, axis=-1)", "mixes the rows"),
        ("v = -a[0]**2", "number 0 of every row is a[:, 0]"),
        ("v = -(a[0]**2 + a[1]**2)", "number 1 of every row is a[:, 1]"),
        ("v = s_next.joint_angles[-1]", "every row is s_next.joint_angles[:, -1]"),
        ("v = a[0, 2]", "number 2 of every row is a[:, 2]"),
        ("v = s.time[0]", "s.time has one number per row"),
        ("v = np.linalg.norm([a[:, 0], s.time])", "axis=0 is missing in np.linalg.n"),
        ("v = np.max((a[:, 0], s.time))", "axis=0 reduces the k numbers of each row"),
        ("v = np.sum(np.array([a[:, 0], s.time]), axis=1)", "axis=1 is the rows in"),
        ("w = [a[:, 0], s.time]\n    v = np.mean(w)", "axis=0 is missing in np.mean"),
        ("v = np.stack([a[:, 0], s.time]).sum(-1)", "axis=-1 is the rows in"),
        ("v = sum(s.time)", "this mixes the rows"),
        ("v = max(s.time, 0.0)", "np.maximum(x, y) compares row by row"),
        ("v = float(s.time)", "one number per row, not one"),
        ("if s.time > 1: pass", "np.where(condition, x, y)"),
        ("v = 1 if s.time > 1 else 0", "np.where(condition, x, y)"),
        ("v = s.time > 1 and s.time < 2", "& | ~ with brackets"),
        ("v = not s.time > 1", "& | ~ with brackets"),
        ("v = 0 < s.time < 1", "& | ~ with brackets"),
        ("v = np.where(s_next, 1.0, 0.0)", "'s_next' is the state after the step"),
        ("if s: pass", "'s' is the state before the step"),
        ("v = s_next - s", "'s_next' is the state after the step"),
        ("v = float(s_next)", "read its fields, as in s_next.torso_height"),
        ("v = s_next > 0.5", "no array, no number"),
    ],
)
def test_what_mixes_rows_or_has_no_truth_value_is_told(line, words):
    assert words in told(body(line))


@pytest.mark.parametrize(
    "line",
    [
        "v = np.linalg.norm(a, axis=1) + np.sum(a * a, 1) + a.max(-1)",
        "v = np.percentile(a, 50, 1) + np.linalg.norm(a, 2, 1)",
        "v = [np.sum(row) for row in a]",
        "v = len(a[0]) + a[0].shape[0]",
        "v = np.linalg.norm([a[:, 0], s.time], axis=0)",
        "v = np.stack([a[:, 0], s.time], axis=1).sum(axis=1)",
        "w = [a[:, 0], s.time]\n    v = w[0]",
        "v = (1.0, 2.0)[0] + a.T[0]",
        "v = sum([s.time, s_next.time])",
        "v = sum(a[i].sum() for i in range(2))",
        "f = lambda a: a.max()\n    v = f(np.ones(3))",
        "v = max(1.0, 2.0) if len(a) else 0.0",
        "v = 1.0 if a.shape[1] > 2 and a.ndim == 2 else 0.0",
        "v = [x.time for x in (s, s_next)]",
        "v = 1.0 if s is not None else 0.0",
        "v = np.divide(a, 2.0, out=np.zeros_like(a), where=a > 0)",
        "v = 1.0 if 'x' in {'x', 'y'} else len({1, 2})",
        "v = sorted({2, 1})[0] + sorted({2, 1}, reverse=True)[0]",
        "v = 1.0 if isinstance(2, (set, int)) else 0.0",
        "names = {'x', 'y'}\n    v = 'x' in names",
    ],
)
def test_what_works_row_by_row_is_no_problem(line):
    assert told(body(line)) == ""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("v = [x for x in {'a', 'b'}]", "a set has no order"),
        ("v = list(set(['a', 'b']))", "a set has no order"),
        ("names = {'a', 'b'}\n    v = [x for x in names]", "a set has no order"),
        ("v = max({n: 1 for n in {'a', 'b'}})", "a set has no order"),
        ("kind = set\n    v = kind('ab')", "a set has no order"),
        ("v = [x for x in {'a': 1}.keys() | {'b': 1}.keys()]", "a set has no order"),
        ("v = sorted({'ab', 'cd'}, key=lambda word: 0)", "without a key"),
        ("v = sorted({'ab', 'cd'}, key=len, reverse=True)", "a set has no order"),
        ("v = max({'ab', 'cd'}, key=len)", "a set has no order"),
        ("v = min({'ab', 'cd'}, key=len)", "a set has no order"),
        ("v = list(dict.fromkeys({'ab', 'cd'}))", "a set has no order"),
        ("v = tuple({'ab', 'cd'})", "a set has no order"),
        ("v = [*map(len, {'ab', 'c'})]", "a set has no order"),
        ("v = [*enumerate({'ab', 'c'})]", "a set has no order"),
        ("v = [*zip({'ab', 'c'}, 'ab')]", "a set has no order"),
        ("v, *_ = {'ab', 'cd'}", "a set has no order"),
        ("v = ''.join({'ab', 'cd'})", "a set has no order"),
        ("v = f\"{ {'ab', 'cd'} }\"", "a set has no order"),
        ("def sorted(x): return [*x]\n    v = sorted({'a', 'b'})", "a set has no"),
        ("len = list\n    v = len({'a', 'b'})", "a set has no order"),
        ("v = isinstance(1, (w := [*{'ab', 'c'}], int)[1])", "a set has no order"),
        ("k = {'a': 1}.keys()\n    v = [*(k | k)]", "a set has no order"),
        ("v = np.add(a, 1.0, a)", "np.add takes 2 arrays and writes into the next"),
        ("v = np.ndarray(3)", "np.ndarray(...) holds whatever was in memory before"),
        ("v = np.exp(a, where=a > 0)", "leaves the other rows undefined"),
        ("v = []\n    list.append(v, 1)", "call methods on the value"),
    ],
)
def test_what_differs_between_processes_or_calls_is_told(line, words):
    assert words in told(body(line))
