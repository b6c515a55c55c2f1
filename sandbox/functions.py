"""The numpy functions and array methods that can be traced, by numpy's names."""

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox import arranging, indexing, lowering, reducing
from sandbox.operations import ARITHMETIC, LOGIC, TESTS
from sandbox.primitives import BITS, broadcast, elementwise, fresh, scan, where

Lowering = Callable[..., Any]


def _named(module: Any, names: str) -> dict[str, Lowering]:
    return {name: getattr(module, name) for name in names.split()}


_REDUCED = "sum prod max min amax amin all any argmax argmin"
_REDUCTIONS = {
    name: partial(reducing.reduced, name.replace("amax", "max").replace("amin", "min"))
    for name in _REDUCED.split()
}
_ONE_BY_ONE = {
    name: partial(lowering.each, name) for name in (*ARITHMETIC, *TESTS, *LOGIC, *BITS)
}
_SCANS: dict[str, Lowering] = {
    "cumsum": partial(scan, "cumsum"),
    "cumprod": partial(scan, "cumprod"),
    "sort": lambda x, axis=-1: scan("sort", lowering.plain(x), axis),
    "argsort": lambda x, axis=-1: scan("argsort", lowering.plain(x), axis),
}
_SHARED: dict[str, Lowering] = {  # functions that are methods of arrays, too
    **_REDUCTIONS,
    **_SCANS,
    **_named(reducing, "mean var std ptp"),
    **_named(arranging, "squeeze swapaxes ravel dot repeat"),
    "clip": lowering.clip,
    "take": arranging.take_,
    "reshape": arranging.reshape_,
    "transpose": arranging.transpose_,
    "round": lowering.round_,
    "copy": fresh,
    "trace": arranging.diagonal_sum,
}
METHODS: dict[str, Lowering] = {
    **_SHARED,
    "astype": lambda x, dtype, copy=True: fresh(x, dtype),
    "flatten": lambda x: fresh(arranging.ravel(x)),
}
_LOWERING = """
    array asarray power nan_to_num isclose isin sinc select interp polyval digitize
    searchsorted piecewise
    """
_REDUCING = "count_nonzero quantile median percentile nanmean"
_ARRANGING = """
    expand_dims stack hstack column_stack vstack append moveaxis flip roll tile
    take_along_axis matmul inner vecdot outer cross einsum split broadcast_arrays pad
    """
FUNCTIONS: dict[str, Lowering] = {
    **_ONE_BY_ONE,
    **_SHARED,
    **_named(lowering, _LOWERING),
    **_named(reducing, _REDUCING),
    **_named(arranging, _ARRANGING),
    "getitem": indexing.getitem,
    "setitem": indexing.setitem,
    "concatenate": arranging.concatenate_,
    "where": where,
    "average": reducing.weighted_mean,
    "diff": arranging.differences,
    "around": lowering.round_,
    "real": fresh,
    "positive": fresh,
    "astype": METHODS["astype"],
    "asanyarray": lowering.asarray,
    "ascontiguousarray": lowering.asarray,
    "fabs": partial(lowering.each, "absolute"),
    "float_power": partial(elementwise, "power"),
    "degrees": lambda x: elementwise("multiply", x, 180.0 / lowering.PI),
    "rad2deg": lambda x: elementwise("multiply", x, 180.0 / lowering.PI),
    "radians": lambda x: elementwise("multiply", x, lowering.PI / 180.0),
    "deg2rad": lambda x: elementwise("multiply", x, lowering.PI / 180.0),
    "divmod": lambda x, y: (
        elementwise("floor_divide", x, y),
        elementwise("remainder", x, y),
    ),
    "nansum": partial(reducing.without_nan, "sum", 0.0),
    "nanmax": partial(reducing.without_nan, "max", -float("inf")),
    "nanmin": partial(reducing.without_nan, "min", float("inf")),
    "linalg.norm": reducing.norm,
    "linalg.vector_norm": reducing.vector_norm,
    "linalg.cross": arranging.cross,
    "broadcast_to": broadcast,
    "full": lambda shape, fill, dtype=None: fresh(broadcast(fill, shape), dtype),
    "full_like": arranging.full_like,
    "zeros_like": partial(arranging.like, 0),
    "ones_like": partial(arranging.like, 1),
    "atleast_1d": lambda x: x,
    "atleast_2d": lambda x: x if x.ndim > 1 else arranging.expand_dims(x, 0),
}
