import numpy as np
import pytest

from sandbox.contract import ContractError, collect, view


def test_a_view_has_the_fields_in_order_and_is_read_only():
    frame = np.arange(8.0).reshape(2, 4)
    fields = view(frame, {"x": 0, "v": 2, "y": 0})
    assert fields.x.tolist() == [0, 4]
    assert fields.v.tolist() == [[1, 2], [5, 6]]
    assert fields.y.tolist() == [3, 7]
    with pytest.raises(ValueError, match="read-only"):
        fields.v[:] = 0
    with pytest.raises(AttributeError, match="fields: x, v, y"):
        _ = fields.z


def test_collect_spreads_single_numbers():
    terms = {"a": True, "b": np.array([2]), "c": np.array([1.0, 2.0, 4.0])}
    names, values = collect(terms, 3)
    assert names == ("a", "b", "c")
    assert values.tolist() == [[1, 2, 1], [1, 2, 2], [1, 2, 4]]
    with pytest.raises(ContractError):
        collect(terms, 2)


def test_a_row_instead_of_a_column_is_told_with_the_way_to_write_it():
    a = np.zeros((4, 3))
    for value in (a[0], a[0] + a[1], list(a[2])):
        with pytest.raises(ContractError, match=r"shape \(3,\), .* a\[:, 0\]"):
            collect({"v": value}, 4)


def test_a_total_may_differ_from_the_sum_by_rounding_alone():
    terms = {"a": np.array([1e6, 1.0]), "b": np.array([-1e6, 0.1])}
    total = np.array([0.0, 1.1], dtype=np.float32)
    collect((total, terms), 2)
    with pytest.raises(
        ContractError, match=r"1\.2 where the terms sum to 1\.1 \(row 1"
    ):
        collect((total + np.array([0.0, 0.1]), terms), 2)


@pytest.mark.parametrize(
    "use",
    [
        lambda s: np.where(s, 1.0, 0.0),
        lambda s: np.exp(s),
        lambda s: not s,
        lambda s: s + 1.0,
        lambda s: np.ones(2) * s,
        lambda s: s > 0.5,
        lambda s: s == 1.0,
        lambda s: s[:, 0],
        lambda s: len(s),
        lambda s: list(s),
        lambda s: float(s),
        lambda s: 1.0 in s,
        lambda s: np.stack([s, s]),
    ],
)
def test_a_state_is_no_array_and_has_no_truth_value(use):
    state = view(np.zeros((2, 1)), {"x": 0})
    with pytest.raises(TypeError, match=r"a state is no array .* read one of its"):
        use(state)
