"""The names that a reward may use; the static check refuses all others.

Standard library only, for the process that reads replies runs the check without numpy.
None of the numpy functions draws random numbers, touches files or changes an argument.
"""

import math

MODULES = ("numpy", "math", "typing", "__future__")
_BUILTINS = """
    abs all any bool dict divmod enumerate filter float int isinstance len list map max
    min pow range reversed round set slice sorted str sum tuple zip
    """
BUILTINS = tuple(_BUILTINS.split())

_NUMPY = """
    abs absolute acos acosh add all allclose amax amin angle any append
    apply_along_axis arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax
    argmin argsort argwhere around array array_equal asarray asin asinh astype atan
    atan2 atanh atleast_1d atleast_2d average bincount bitwise_and bitwise_invert
    bitwise_not bitwise_or bitwise_xor bool bool_
    broadcast_arrays broadcast_to cbrt ceil clip column_stack concat concatenate
    convolve
    copy copysign corrcoef cos cosh count_nonzero cov cross cumprod cumsum deg2rad
    degrees diag diagonal diff digitize divide dot double dstack e ediff1d einsum empty
    empty_like equal exp exp2 expand_dims expm1 eye fabs finfo flatnonzero flip
    float16 float32 float64 float_power floor floor_divide fmax fmin fmod full
    full_like geomspace gradient greater greater_equal heaviside hstack hypot
    identity inf inner int32 int64 int_ interp invert isclose isfinite isin isinf isnan
    kron ldexp less less_equal linspace log log10 log1p log2 logaddexp logaddexp2
    logical_and logical_not logical_or logical_xor logspace matmul
    matrix_transpose max
    maximum mean median meshgrid min minimum mod moveaxis multiply nan nan_to_num
    nanmax nanmean nanmedian nanmin nanstd nansum nanvar ndarray ndim negative
    newaxis nonzero not_equal ones ones_like outer pad percentile permute_dims pi
    piecewise
    polyval positive pow power prod ptp quantile rad2deg radians ravel reciprocal
    remainder repeat reshape rint roll round searchsorted select shape sign signbit
    single
    sin sinc sinh size sort split sqrt square squeeze stack std subtract sum
    swapaxes take take_along_axis tan tanh tensordot tile trace transpose trapezoid
    tri tril triu true_divide trunc unique unwrap var vdot vecdot vstack where zeros
    zeros_like
    """
NUMPY = frozenset(_NUMPY.split())

LINALG = frozenset(
    {"cross", "det", "inv", "matmul", "norm", "pinv", "solve", "vector_norm"}
)

MATH = frozenset(name for name in dir(math) if not name.startswith("_"))

_TYPING = """
    Any Callable Dict Final Iterable Iterator List Literal Mapping Optional Sequence Set
    Tuple Type TypeAlias Union cast
    """
TYPING = frozenset(_TYPING.split())

# Attributes of arrays, dicts, lists and (for the reduce of logical_and) ufuncs.
_VALUE_ATTRIBUTES = """
    T all any argmax argmin argsort astype clip copy cumprod cumsum diagonal dot dtype
    flatten item max mean min ndim nonzero prod ptp ravel real repeat reshape round
    shape size squeeze std sum swapaxes take tolist trace transpose var
    append count extend get index items keys pop setdefault update values
    accumulate outer reduce eps tiny
    """
VALUE_ATTRIBUTES = frozenset(_VALUE_ATTRIBUTES.split())

# The methods among them that change their own value.
MUTATORS = frozenset({"append", "extend", "pop", "setdefault", "update"})

# numpy's ufuncs by their number of inputs; a further positional argument is out=. They
# are a table because the check runs without numpy; a test compares it with numpy.
_ONE_INPUT = """
    abs absolute acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh
    atan atanh bitwise_invert bitwise_not cbrt ceil cos cosh deg2rad degrees exp
    exp2 expm1 fabs floor invert isfinite isinf isnan log log10 log1p log2
    logical_not negative positive rad2deg radians reciprocal rint sign signbit sin
    sinh sqrt square tan tanh trunc
    """
_TWO_INPUTS = """
    add arctan2 atan2 bitwise_and bitwise_or bitwise_xor copysign divide equal
    float_power floor_divide fmax fmin fmod greater greater_equal heaviside hypot
    ldexp less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor
    matmul maximum minimum mod multiply not_equal pow power remainder subtract
    true_divide vecdot
    """
UFUNC_INPUTS = {
    **dict.fromkeys(_ONE_INPUT.split(), 1),
    **dict.fromkeys(_TWO_INPUTS.split(), 2),
}
