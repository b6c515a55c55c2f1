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


def test_collect_spreads_single_numbers_and_measures_the_gap():
    terms = {"a": True, "b": np.array([2]), "c": np.array([1.0, 2.0, 4.0])}
    names, values, gap = collect((np.array([4, 5, 7.5]), terms), 3)
    assert names == ("a", "b", "c")
    assert values.tolist() == [[1, 2, 1], [1, 2, 2], [1, 2, 4]]
    assert gap == 0.5
    assert collect(terms, 3)[2] == 0.0
    with pytest.raises(ContractError):
        collect(terms, 2)
