"""Numbers that are drawn at random for every episode, or again within one.

A draw is a field too. Where it `sets`, `adds` to or `scales` a source, the number is
written there: a start, a goal, a mass, a push. What it adds to or scales is the model's
own number, or of the state (positions, velocities, mocap bodies) the present one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from envs.bodies import Array
from envs.draw_extremes import require_physical
from envs.draw_targets import Target, require_apart
from envs.fields import Field, SourceError
from envs.quaternions import product, rotations, turn
from envs.uniforms import stream, uniforms
from envs.yamlfile import Document, Key, as_count, is_finite

How = Literal["sets", "adds", "scales"]
HOWS: tuple[How, ...] = get_args(How)
TURNS = ("x", "y", "z", "any")
WIDENS = (
    "; in training the range grows from its middle to the whole over the first {:,} "
    "steps, the judge draws from the whole"
)
_KEYS = ("uniform", "turn", *HOWS, "again_s", "widens", "unit", "doc", "hidden")


@dataclass(frozen=True)
class Draw:
    """One draw of a task.

    low, high: of each number, of which there is one in a scalar. turn: the number is
    an angle (rad) about this axis of the world, or there is none and every rotation is
    as likely; the value is then a quaternion. target: the source that it is written to,
    '' for none. again_s: shortest and longest time until it is drawn again, None for
    once an episode. widens: environment steps of a training over which its range grows
    from the middle to the whole.
    """

    name: str
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    scalar: bool = False
    turn: str = ""
    how: How = "sets"
    target: str = ""
    again_s: tuple[float, float] | None = None
    widens: int = 0

    @property
    def width(self) -> int:
        """Of the field: 0 for (n,), k for (n, k)."""
        return 4 if self.turn else 0 if self.scalar else len(self.low)

    def description(self) -> str:
        """When it is drawn, and from what, in words."""
        words = "drawn once an episode"
        if self.again_s is not None:
            first, last = self.again_s
            spans = f"{first:g}" if first == last else f"{first:g} to {last:g}"
            words = f"drawn again every {spans} s"
        if self.turn == "any":
            return f"{words}, every rotation as likely"
        kind = f"a turn about {self.turn}, " if self.turn else ""
        sides = (self.low, self.high)
        low, high = (" ".join(f"{x + 0.0:g}" for x in side) for side in sides)  # no -0
        words += f", {kind}uniformly from {low} to {high}"
        return words + WIDENS.format(self.widens) if self.widens else words


def parse_draws(document: Document, value: Any) -> tuple[tuple[Draw, Field], ...]:
    """The draws of a task with their fields, from its key `draws`."""
    keys = value if isinstance(value, Mapping) else {}
    entries = document.section(("draws",), value, keys)
    return tuple(_parse_draw(document, name, entry) for name, entry in entries.items())


def _parse_draw(document: Document, name: str, value: Any) -> tuple[Draw, Field]:
    key = ("draws", name)
    entry = document.section(key, value, _KEYS)
    turn = str(entry.get("turn", ""))
    if turn and turn not in TURNS:
        raise document.error((*key, "turn"), f"turn must be {', '.join(TURNS)}")
    low, high, scalar = _parse_range(document, key, entry.get("uniform"), turn)
    ways = [how for how in HOWS if how in entry]
    if len(ways) > 1 or any(type(entry[k]) is not str or not entry[k] for k in ways):
        raise document.error(key, f"give one of {', '.join(HOWS)}, with one source")
    how: How = ways[0] if ways else "sets"
    if turn and how == "scales":
        raise document.error((*key, how), "a turn sets or adds, and scales nothing")
    widens = as_count(entry.get("widens", 0))
    if widens is None or widens < 0:
        message = f"widens must be a number of training steps, got {entry['widens']!r}"
        raise document.error((*key, "widens"), message)
    if widens and turn == "any":
        raise document.error((*key, "widens"), "turn: any has no range that widens")
    draw = Draw(
        name,
        low,
        high,
        scalar,
        turn,
        how,
        entry[how] if ways else "",
        _parse_again(document, key, entry.get("again_s")),
        widens,
    )
    for word in ("unit", "doc"):
        if entry.get(word) in ("", None):
            raise document.error(key, f"draw '{name}' has no {word}")
    doc = f"{' '.join(str(entry['doc']).split())}; {draw.description()}"
    hidden = entry.get("hidden", False)
    if not isinstance(hidden, bool):
        raise document.error((*key, "hidden"), "hidden must be true or false")
    return draw, Field(name, (), str(entry["unit"]), doc, hidden, draw.width)


def _parse_range(
    document: Document, key: Key, value: Any, turn: str
) -> tuple[tuple[float, ...], tuple[float, ...], bool]:
    """Lowest and highest numbers, and whether there is a single one."""
    if turn == "any":
        if value is not None:
            raise document.error((*key, "uniform"), "turn: any takes no uniform")
        return (), (), True
    sides = value if isinstance(value, list) and len(value) == 2 else [None, None]
    scalar = not isinstance(sides[0], list)
    low, high = ([side] if scalar else side for side in sides)
    if (
        not (isinstance(low, list) and isinstance(high, list) and low)
        or len(low) != len(high)
        or not all(map(is_finite, (*low, *high)))
        or not all(a <= b and is_finite(b - a) for a, b in zip(low, high, strict=True))
        or (turn and not scalar)
    ):
        raise document.error(
            (*key, "uniform"),
            "uniform must be [LOW, HIGH], two finite numbers or two lists of as many, "
            f"with LOW <= HIGH, got {value!r}",
        )
    return tuple(map(float, low)), tuple(map(float, high)), scalar


def _parse_again(document: Document, key: Key, value: Any) -> Any:
    if value is None:
        return None
    span = [value, value] if is_finite(value) else value
    if (
        not isinstance(span, list)
        or len(span) != 2
        or not all(map(is_finite, span))
        or not 0 < span[0] <= span[1]
    ):
        raise document.error(
            (*key, "again_s"),
            f"again_s must be seconds, or [SHORTEST, LONGEST], got {value!r}",
        )
    return float(span[0]), float(span[1])


class Draws:
    """The present values of a task's draws in n environments.

    trained_steps: environment steps of the training so far, by which ranges widen;
    None for whole ranges, as the judge has them.
    """

    trained_steps: int | None = None

    def __init__(self, draws: Sequence[Draw], n: int) -> None:
        self._draws = draws
        self._targets: list[Target | None] = [None] * len(draws)
        self.values: dict[str, Array] = {
            draw.name: np.zeros((n, draw.width) if draw.width else n) for draw in draws
        }
        self._keys = np.zeros(n, dtype=np.uint64)
        self._counts = np.zeros((len(draws), n), dtype=np.int64)
        self._due = np.full((len(draws), n), np.inf)
        self._streams = [stream(draw.name) for draw in draws]
        self._is_redrawn = any(draw.again_s for draw in draws)

    def bind(self, world: Any) -> None:
        """Find where the draws are written, by world.writable(source); SourceError."""
        self._targets = [_target(draw, world) for draw in self._draws]
        require_apart(self._targets)

    @property
    def is_written(self) -> bool:
        """Whether any draw is written to the simulation."""
        return any(draw.target for draw in self._draws)

    def start(self, ids: Array, keys: Array) -> None:
        """Draw all for the episodes with keys (m,) that begin in ids (m,)."""
        self._keys[ids] = keys
        self._counts[:, ids] = 0
        self._due[:, ids] = np.inf
        for k in range(len(self._draws)):
            self._draw(k, ids, 0.0)

    def write(self, ids: Array) -> bool:
        """Write all of the episodes in ids; whether constants of the model changed."""
        constants = False
        for k in range(len(self._draws)):
            constants |= self._write(k, ids)
        return constants

    def redraw(self, times: Array) -> tuple[Array, bool] | None:
        """Draw and write what is due at the episodes' times (n,), s.

        Gives the environments where something was written or drawn, and whether
        constants of the model changed; None where nothing was due.
        """
        if not self._is_redrawn:
            return None
        due = self._due <= times + 1e-9
        if not due.any():
            return None
        constants = False
        for k in np.flatnonzero(due.any(axis=1)).tolist():
            ids = np.flatnonzero(due[k])
            self._counts[k, ids] += 1
            self._draw(k, ids, self._due[k, ids])
            constants |= self._write(k, ids)
        return np.flatnonzero(due.any(axis=0)), constants

    def _draw(self, k: int, ids: Array, time: Array | float) -> None:
        draw, counts = self._draws[k], self._counts[k, ids]
        width = 3 if draw.turn == "any" else len(draw.low)
        unit = uniforms(self._keys[ids], self._streams[k], counts, width + 1)
        values = self._values(draw, unit[:, :width])
        self.values[draw.name][ids] = values if draw.width else values[:, 0]
        if draw.again_s is not None:
            first, last = draw.again_s
            self._due[k, ids] = time + first + (last - first) * unit[:, width]

    def _values(self, draw: Draw, unit: Array) -> Array:
        """Values (m, k) of a draw from numbers uniform in [0, 1)."""
        if draw.turn == "any":
            return np.asarray(rotations(unit))
        low, high = np.array(draw.low), np.array(draw.high)
        share = 1.0
        if draw.widens and self.trained_steps is not None:
            share = min(1.0, self.trained_steps / draw.widens)
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        values = middle + share * half * (2.0 * unit - 1.0)
        return np.asarray(turn(draw.turn, values) if draw.turn else values)

    def _write(self, k: int, ids: Array) -> bool:
        target = self._targets[k]
        if target is None:
            return False
        draw = self._draws[k]
        drawn = self.values[draw.name][ids].reshape(len(ids), -1)
        base = target.view[ids] if target.base is None else target.base
        match draw.how:
            case "sets":
                target.view[ids] = drawn
            case "adds":
                target.view[ids] = product(drawn, base) if draw.turn else base + drawn
            case "scales":
                target.view[ids] = base * drawn
        return target.base is not None


def _target(draw: Draw, world: Any) -> Target | None:
    """None for a draw that is written nowhere; world: as for bind."""
    if not draw.target:
        return None
    try:
        view, is_constant = world.writable(draw.target)
        base = view[0].copy() if is_constant else None
        _require_fit(draw, view.shape[1], base)
    except SourceError as error:
        error.kind, error.field = "draws", draw.name
        raise
    return Target(draw.name, draw.target, view, base)


def _require_fit(draw: Draw, count: int, base: Array | None) -> None:
    """SourceError where a draw can't be written to count numbers; base: (count,)."""
    width = max(draw.width, 1)
    if width != count and not (width == 1 and draw.how == "scales"):
        raise SourceError(
            f"'{draw.target}' has {count} numbers, and the draw has {width}"
            + ("" if draw.turn else "; only a scale may be one number for all of them")
        )
    if not draw.turn:
        low, high = (np.broadcast_to(side, count) for side in (draw.low, draw.high))
        require_physical(draw.target, draw.how, low, high, base)
