"""Plain data as annotated types; what is of another type is told with its key."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest
from cyclopts import Parameter
from cyclopts.validators import Number

from designer.typed import Measured, Mismatch, Pattern, read_as

Small = Annotated[int, Parameter(validator=Number(gte=1, lte=9))]


@dataclass(frozen=True)
class Inner:
    score: float
    name: Annotated[str, Pattern("[a-z]+", "small letters")] = "x"


@dataclass(frozen=True)
class Outer:
    inner: Inner
    pairs: tuple[tuple[int, int], ...] = ()
    counts: dict[str, int] | None = None


@pytest.mark.parametrize(
    ("kind", "data", "value"),
    [
        (int, 3, 3),
        (float, 3, 3.0),
        (Measured, 1.5, 1.5),
        (str, "a\ud800b", "a?b"),
        (int | None, None, None),
        (Small | None, 9, 9),
        (Literal["a", "b"], "b", "b"),
        (Literal[16, 32] | None, 32, 32),
        (tuple[float, float], [1, 2], (1.0, 2.0)),
        (tuple[str, ...], [], ()),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (Path, "a/b", Path("a/b")),
        (
            Outer,
            {"inner": {"score": 1, "later": 5}, "pairs": [[1, 2]]},
            Outer(Inner(1.0), ((1, 2),)),
        ),
    ],
)
def test_data_of_the_right_type_is_taken(kind, data, value):
    assert read_as(kind, data, "key") == value


def test_null_is_nan_only_where_a_figure_may_be_unmeasured():
    assert math.isnan(read_as(Measured, None, "key"))
    with pytest.raises(Mismatch, match="'key' must be a finite number, got None"):
        read_as(float, None, "key")


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (int, "eight", "'key' must be a whole number, got 'eight'"),
        (int, True, "'key' must be a whole number, got True"),
        (int, 3.0, "whole number"),
        (float, math.nan, "a finite number"),
        (float, math.inf, "a finite number"),
        (float, 10**400, "a finite number"),
        (float, False, "a finite number"),
        (bool, 1, "true or false"),
        (str, 5, "text"),
        (Small, 0, "'key' must be >= 1, got 0"),
        (Small, 10, "<= 9"),
        (Literal["a", "b"], "c", "one of a, b, got 'c'"),
        (Literal[16, 32], 17, "one of 16, 32, got 17"),
        (Literal[1, 2], True, "one of 1, 2, got True"),
        (tuple[float, float], 3, "a list, got 3"),
        (tuple[float, float], [1], "a list of 2"),
        (tuple[int, ...], [1, "x"], "'key.1' must be a whole number"),
        (dict[str, int], [], "a mapping"),
        (Outer, {}, "'key.inner' is missing"),
        (Outer, {"inner": {"score": 1, "name": "../x"}}, "'key.inner.name' must be"),
        (Path, "a\0b", "a path"),
        (str, ["x" * 1000], "…"),
    ],
)
def test_other_data_is_told_with_its_key(kind, data, words):
    with pytest.raises(Mismatch) as caught:
        read_as(kind, data, "key")
    assert words in str(caught.value)
    assert len(str(caught.value)) < 150
