"""Which calls reduce an array, and along which axis, as the text says it."""

import ast

from sandbox.names import NUMPY

# Position of the axis among the arguments; it is 1 for all other functions.
_AXIS_PLACE = {"norm": 2, "percentile": 2, "quantile": 2}
_REDUCTIONS = {
    *("all", "amax", "amin", "any", "argmax", "argmin", "average", "count_nonzero"),
    *("cumprod", "cumsum", "max", "mean", "median", "min", "norm", "percentile"),
    *("nanmax", "nanmean", "nanmedian", "nanmin", "nanstd", "nansum", "nanvar"),
    *("prod", "ptp", "quantile", "std", "sum", "var"),
}
NO_AXIS = {"allclose", "array_equal", "corrcoef", "cov", "unique"}


def reduction_name(node: ast.Call) -> str:
    """The function's name where the call reduces an array, else ''.

    Calls are np.name(...), np.linalg.name(...) and x.name(...).
    """
    match node.func:
        case ast.Attribute(value=ast.Name(id="np"), attr=name) if name not in NUMPY:
            return ""
        case ast.Attribute(attr="norm") if not is_numpy(node.func):
            return ""  # arrays have no such method
        case ast.Attribute(attr=name) if name in _REDUCTIONS | NO_AXIS:
            return name
    return ""


def is_numpy(function: ast.expr) -> bool:
    """Whether a function is np.name or np.linalg.name."""
    match function:
        case (
            ast.Attribute(value=ast.Name(id="np"))
            | ast.Attribute(value=ast.Attribute(value=ast.Name(id="np"), attr="linalg"))
        ):
            return True
    return False


def written_axis(node: ast.Call, name: str) -> str:
    """The axis as written; '' where none is, 'other' where it is no number."""
    place = _AXIS_PLACE.get(name, 1) - (not is_numpy(node.func))
    axes = [
        k.value for k in node.keywords if k.arg in ("axis", "dim", "dims")
    ] + node.args[place:][:1]
    if not axes or (isinstance(axes[0], ast.Constant) and axes[0].value is None):
        return ""
    text = ast.unparse(axes[0])
    return text if text.lstrip("-").isdigit() else "other"
