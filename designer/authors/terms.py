"""Typed reward terms that the built-in author composes, and their Python source."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from designer.rewards.bank import Bank
from envs.bodies import Array
from envs.fields import columns
from envs.task import ALWAYS, Task

Kind = Literal[
    "progress",
    "reach",
    "keep",
    "upright",
    "smooth",
    "effort",
    "bounds",
    "near",
    "distance",
]
RATES = ("m/s", "rad/s")
BETWEEN_FIELDS = ("near", "distance")
AXES = "xyz"
MAX_NUMBER = 1e100  # The squares of a term's numbers are still finite.


@dataclass(frozen=True)
class Shape:
    """What a term measures, without its numbers: a token of the generator.

    column: of the frame, -1 for terms of the action; the first one of a field of which
    all are read. sign: direction of progress, or for reach whether the target is a high
    (1) or a low (-1) quantile. other: the position to which the distance is measured.
    """

    kind: Kind
    field: str
    column: int
    sign: int
    other: str = ""


@dataclass(frozen=True)
class Term:
    """A shape with its numbers; importance: typical size relative to other terms."""

    shape: Shape
    weight: float
    importance: float
    center: float
    width: float


def shapes(task: Task, bank: Bank) -> tuple[Shape, ...]:
    """Every shape that the task's fields allow.

    What never changes within a step, as a target, is only the other end of a distance.
    """
    vocabulary = [
        Shape("smooth", "last_action", -1, 1),
        Shape("effort", "action", -1, 1),
    ]
    slices = columns(bank.widths)
    fields = [f for f in task.fields if not f.hidden and f.name not in ALWAYS]
    changes = (bank.s != bank.s_next).any(axis=0)
    for field in fields:
        span = slices[field.name]
        for column in range(span.start, span.stop):
            if not changes[column]:
                continue
            kinds: list[tuple[Kind, int]] = [("reach", -1), ("reach", 1), ("bounds", 1)]
            if field.unit in RATES:
                kinds += [("progress", 1), ("progress", -1)]
            elif bank.widths[field.name] == 0:
                kinds += [("keep", 1)]
                kinds += [("upright", 1)] if field.unit == "rad" else []
            vocabulary += [
                Shape(kind, field.name, column, sign) for kind, sign in kinds
            ]
    positions = [f for f in fields if f.unit == "m" and bank.widths[f.name] > 1]
    for one, other in itertools.combinations(positions, 2):
        if bank.widths[one.name] == bank.widths[other.name]:
            place = slices[one.name].start
            vocabulary += [
                Shape("near", one.name, place, 1, other.name),
                Shape("distance", one.name, place, 1, other.name),
            ]
    return tuple(vocabulary)


def prior(task: Task, bank: Bank, shape: Shape) -> float:
    """Logit of a shape before any training, from its kind and the words of the goal.

    Progress is likely along an axis that the goal names, as in "+x", and in fields that
    it mentions; keeping the start's value is likely in all fields.
    """
    by_kind = {"progress": -0.5, "keep": 0.5, "upright": 0.5, "effort": 0.0}
    logit = by_kind.get(shape.kind, -1.5)
    is_mentioned = _is_mentioned(task, shape)
    if is_mentioned and shape.kind != "bounds":
        logit += 2.0
    if shape.kind in BETWEEN_FIELDS:
        return logit
    # The columns of a field share its probability.
    width = max(bank.widths.get(shape.field, 1), 1)
    named_sign = _named_sign(task, bank, shape)
    if named_sign and shape.kind == "progress":
        return 2.0 if shape.sign == named_sign else -2.0
    against = (2.0 if is_mentioned else 1.0) if shape.sign < 0 else 0.0
    return logit - float(np.log(width)) - against


def serves_goal(task: Task, bank: Bank, shape: Shape) -> bool:
    """Whether the goal speaks of what a shape pays for, as far as words tell.

    Where it names an axis, only progress along that does.
    """
    if _named_axes(task.goal):
        is_progress = shape.kind == "progress"
        return is_progress and shape.sign == _named_sign(task, bank, shape)
    return shape.kind != "bounds" and _is_mentioned(task, shape)


def _is_mentioned(task: Task, shape: Shape) -> bool:
    """Whether a field that a shape reads shares a word with the goal."""
    # In a field's doc, remarks come after the first semicolon.
    docs = {f.name: f"{f.name} {f.doc.split(';')[0]}" for f in task.fields}
    text = " ".join(docs.get(name, "") for name in (shape.field, shape.other))
    return not _words(task.goal).isdisjoint(_words(text))


def _named_sign(task: Task, bank: Bank, shape: Shape) -> int:
    """Along a velocity's axis, the direction that the goal names: 1, -1, or 0."""
    field = next((f for f in task.fields if f.name == shape.field), None)
    if field is None or field.unit != "m/s":
        return 0
    index = _index(shape, bank)
    axis = field.name[0] if field.name[:2] in ("x_", "y_", "z_") else ""
    if index is not None and index < len(AXES) and "along x" in field.doc:
        axis = AXES[index]
    return _named_axes(task.goal).get(axis, 0)


def _named_axes(goal: str) -> dict[str, int]:
    """The axes that a goal names, as "+x", and the direction along each: 1 or -1."""
    named = re.findall(rf"(?<!\w)([+-])([{AXES}])\b", goal)
    return {axis: 1 if sign == "+" else -1 for sign, axis in named}


def _words(text: str) -> set[str]:
    words = re.findall(r"[a-z]+", text.lower().replace("_", " "))
    return {word for word in words if len(word) > 3}


def instantiate(shape: Shape, importance: float, bank: Bank) -> Term:
    """The shape with numbers from the bank, scaled to the size of its importance."""
    with np.errstate(all="ignore"):  # Squares of huge values overflow.
        return _instantiate(shape, importance, bank)


def _instantiate(shape: Shape, importance: float, bank: Bank) -> Term:
    x = bank.s_next[:, shape.column] if shape.column >= 0 else np.zeros(1)
    center, width = 0.0, 1.0
    if shape.kind == "near":
        width = float(np.quantile(_distance(shape, bank), 0.1)) or 1.0
    elif shape.kind == "reach":
        center = float(np.quantile(x, 0.95 if shape.sign > 0 else 0.05))
        width = float(x.std()) or 1.0
    elif shape.kind in ("keep", "upright"):
        start = bank.start[:, shape.column]
        center = float(start.mean()) if shape.kind == "keep" else 0.0
        width = max(float(np.abs(x - center).std()), 1e-3)
    elif shape.kind == "bounds":
        center = float(np.median(x))
        width = float(np.quantile(np.abs(x - center), 0.8))
    term = Term(shape, 1.0, importance, *_rounded(center, width))
    size = float(np.sqrt(np.mean(_evaluate(term, bank) ** 2)))
    return reweigh(term, importance / max(size, 1e-3), importance)


def reweigh(term: Term, weight: float, importance: float) -> Term:
    """The same term with another weight, to three digits."""
    return Term(term.shape, _rounded(weight)[0], importance, term.center, term.width)


def _rounded(*values: float) -> tuple[float, ...]:
    """Finite values of three digits each: nan and inf can't be written in a reward."""
    finite = np.nan_to_num(values, nan=0.0, posinf=MAX_NUMBER, neginf=-MAX_NUMBER)
    return tuple(float(f"{value:.3g}") for value in finite)


def _evaluate(term: Term, bank: Bank) -> Array:
    """Raw value of a term of weight 1 on the bank; (n,)."""
    scope = {"np": np, "a": bank.a, "x": bank.s_next[:, term.shape.column]}
    if term.shape.kind in BETWEEN_FIELDS:
        scope["x"] = _distance(term.shape, bank)
    last = columns(bank.widths)["last_action"]
    scope["last"] = bank.s[:, last]
    expression = _expression(term).replace("s.last_action", "last")
    # The text is from _expression, never from a model.
    return np.asarray(eval(expression, scope), dtype=float)


def _distance(shape: Shape, bank: Bank) -> Array:
    """Distance of two positions on the bank; (n,)."""
    slices = columns(bank.widths)
    one, other = (
        bank.s_next[:, slices[shape.field]],
        bank.s_next[:, slices[shape.other]],
    )
    return np.asarray(np.linalg.norm(one - other, axis=1))


def _expression(term: Term) -> str:
    """Source of the raw value, with x for the column or the distance it reads."""
    center, width = term.center, term.width
    match term.shape.kind:
        case "progress":
            return "x" if term.shape.sign > 0 else "-x"
        case "reach":
            return f"np.exp(-(((x - {center}) / {width}) ** 2))"
        case "upright" | "near":
            return f"np.exp(-((x / {width}) ** 2))"
        case "distance":
            return "-x"
        case "keep":
            return f"1.0 * (np.abs(x - {center}) < {2 * width:.3g})"
        case "bounds":
            return f"-np.maximum(np.abs(x - {center}) - {width}, 0.0)"
        case "smooth":
            return "-((a - s.last_action) ** 2).sum(axis=1)"
        case "effort":
            return "-(a**2).sum(axis=1)"


def name(shape: Shape, bank: Bank) -> str:
    """Name of a term in the reward's dictionary."""
    if shape.column < 0:
        return shape.kind
    if shape.other:
        return f"{shape.kind}_{shape.field}_{shape.other}"
    index = _index(shape, bank)
    direction = "" if shape.kind in ("keep", "upright", "bounds") else "_down"
    suffix = "" if index is None else f"_{index}"
    return f"{shape.kind}_{shape.field}{suffix}" + (direction if shape.sign < 0 else "")


def _index(shape: Shape, bank: Bank) -> int | None:
    scalar = bank.widths[shape.field] == 0
    return None if scalar else shape.column - columns(bank.widths)[shape.field].start


def _read(shape: Shape, bank: Bank) -> str:
    """Source of the column or the distance that a shape reads."""
    if shape.other:
        difference = f"s_next.{shape.field} - s_next.{shape.other}"
        return f"np.linalg.norm({difference}, axis=1)"
    index = None if shape.column < 0 else _index(shape, bank)
    return f"s_next.{shape.field}" + ("" if index is None else f"[:, {index}]")


def to_source(terms: Sequence[Term], bank: Bank) -> str:
    """The reward as a readable function."""
    lines = ["def reward(s, a, s_next):"]
    named_terms = [(name(term.shape, bank), term) for term in terms]
    thought = " + ".join(f"{key} ({term.importance:.2g})" for key, term in named_terms)
    lines += [f'    """Symbolic: {thought}."""', "    return {"]
    for key, term in named_terms:
        x = _read(term.shape, bank)
        value = re.sub(r"\bx\b", x, _expression(term))
        if value.startswith(("-", "1.0")):
            value = f"({value})"
        lines.append(f'        "{key}": {term.weight:g} * {value},')
    return "\n".join([*lines, "    }", ""])
