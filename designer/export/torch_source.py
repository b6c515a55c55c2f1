"""The reward's source for torch, where numpy's functions have counterparts.

The source is only read as text here: it is neither parsed nor run.
"""

import re
from collections.abc import Iterable

# Functions that torch's own set of numpy's functions lacks, and the template too.
_LACKING = """
    apply_along_axis astype bitwise_invert bool digitize ediff1d isin matrix_transpose
    nanmax nanmean nanmedian nanmin nanstd nansum nanvar permute_dims piecewise
    trapezoid unwrap vecdot linalg.vector_norm linalg.matmul linalg.cross
    """
LACKING = frozenset(_LACKING.split())
# The template's own names, which a reward must not use for something else.
_TEMPLATE_NAMES = """
    REWARD_TERMS REWARD_FIELDS RewardTerms SimpleNamespace terms_of mujoco_fields torch
    torch_numpy _Numpy _arrays _rows _place
    """
TEMPLATE_NAMES = frozenset(_TEMPLATE_NAMES.split())
_IMPORT = re.compile(r"^([ \t]*)import numpy(?: as np)?[ \t]*(?:#.*)?$", re.MULTILINE)
_FUTURE = re.compile(r"^from __future__ import .*$", re.MULTILINE)
_COMMENT = re.compile(r"#.*$", re.MULTILINE)


def without_future(source: str) -> str:
    """The source without imports that must stand at the top of a file."""
    return _FUTURE.sub("", source).strip("\n")


def torch_source(source: str) -> str:
    """The source with `np` left for the template to define; see obstacle."""
    return _IMPORT.sub(r"\1pass", without_future(source)).strip("\n")


def obstacle(source: str) -> str:
    """Why the source has no counterpart in torch, '' where it has one."""
    code = _COMMENT.sub("", torch_source(source))
    if re.search(r"\b(from|import)\s+numpy\b", code):
        return "it imports names from numpy"
    used = {*re.findall(r"\b(?:np|numpy)\.((?:linalg\.)?\w+)", code)}
    if missing := sorted(used & LACKING):
        return f"torch has no np.{missing[0]}"
    if re.search(r"\.(reduce|outer|accumulate)\(", code):
        return "torch has no reduce of numpy's functions"
    if clashes := sorted({*re.findall(r"\w+", code)} & TEMPLATE_NAMES):
        return f"it uses the name {clashes[0]}, which the file needs"
    return ""


def function_names(terms: Iterable[str], source: str) -> dict[str, str]:
    """A function's name for each term, which the source uses for nothing else."""
    words = {*re.findall(r"\w+", source)}
    names: dict[str, str] = {}
    for term in terms:
        name = "term_" + re.sub(r"\W+", "_", term).strip("_").lower()
        while name in words or name in names.values():
            name += "_"
        names[term] = name
    return names
