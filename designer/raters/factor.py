"""A factor: a number measured in an episode, by which candidates can be ranked.

The user writes a factor as

    [-]NAME[[k]][.STATISTIC][:MARGIN]        fell:5%, distance:0.5, -torso_angle.abs

- NAME is a public field of the task or built in: fell, distance, length, energy. If
  both exist, it is the field.
- [k] selects one number of a field that has several. Without [k] the factor uses their
  Euclidean length; travel and spread treat them as a point that moves.
- STATISTIC reduces the episode to one number; the default is the mean.
- `-` means that less is better, `+` that more is better. Without a sign more is better,
  except for fell and energy, where less is better: `energy` and `-energy` are the same.
- MARGIN, in the factor's unit: candidates whose means differ by no more are alike. The
  default is the standard error of the difference.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from designer.errors import ConfigError
from designer.feedback.judged import Judged
from designer.feedback.quantities import units, units_of_parts
from envs.bodies import BODIES, Array
from envs.env import Env
from envs.fields import columns
from envs.make import make_env
from envs.task import Task
from envs.yamlfile import did_you_mean

SHARE_UNIT = "share"  # Values with this unit are printed in per cent.


@dataclass(frozen=True)
class BuiltIn:
    """A factor that every task has.

    sign: 1 if more is better, -1 if less is. of: measures it in an episode.
    """

    unit: str
    sign: int
    doc: str
    of: Callable[[Judged], float]


BUILT_IN: Mapping[str, BuiltIn] = {
    "fell": BuiltIn(
        SHARE_UNIT,
        -1,
        "share of episodes that the body's own rule ended before the time limit",
        lambda episode: float(episode.terminated),
    ),
    "length": BuiltIn("s", 1, "how long an episode lasts", lambda e: e.seconds),
    "energy": BuiltIn(
        "1",
        -1,
        "mean squared action",
        lambda episode: float(np.mean(episode.actions**2)),
    ),
}
DISTANCE_NAME = "distance"
# Fields in m/s whose integral is the distance. Column 0 is forward if there are more.
FORWARD_FIELDS = (
    "x_velocity",
    "forward_velocity",
    "torso_velocity",
    "root_velocity",
    "base_velocity",
    "body_velocity",
)
DEFAULT_STATISTIC = "mean"


def _length(values: Array) -> Array:
    """Scalars of a field, (rows, k) to (rows,): itself if k is 1, else the length."""
    if values.shape[1] == 1:
        return values[:, 0]
    return np.asarray(np.linalg.norm(values, axis=1))


# Each takes a field's values in an episode, (rows, k), and the seconds between rows.
STATISTICS: Mapping[str, Callable[[Array, float], float]] = {
    "mean": lambda v, dt: float(_length(v).mean()),
    "abs": lambda v, dt: float(np.abs(_length(v)).mean()),
    "last": lambda v, dt: float(_length(v)[-1]),
    "change": lambda v, dt: float(_length(v)[-1] - _length(v)[0]),
    "max": lambda v, dt: float(_length(v).max()),
    "min": lambda v, dt: float(_length(v).min()),
    "spread": lambda v, dt: float(np.sqrt(v.var(axis=0).sum())),
    "travel": lambda v, dt: float(np.linalg.norm(np.diff(v, axis=0), axis=1).sum()),
    "integral": lambda v, dt: float(np.trapezoid(_length(v), dx=dt)),
}
_FORM = re.compile(
    r"(?P<sign>[-+]?)\s*(?P<name>\w+)(?:\[(?P<column>\d+)\])?"
    r"(?:\.(?P<statistic>\w+))?(?:\s*:\s*(?P<margin>.*))?"
)
FACTOR_HELP = (
    "write [-]NAME[.STATISTIC][:MARGIN], for example fell:5%, -torso_angle.abs:0.1"
)


@dataclass(frozen=True)
class Factor:
    """A number measured in an episode, and the margin within which values are alike.

    label: its name in reports. field: public field it measures, '' for a built-in.
    column: index in a field of several numbers, None for all of them. statistic: key of
    STATISTICS, '' for a built-in. sign: 1 if more is better, -1 if less is. margin: in
    the unit, None for one standard error.
    """

    label: str
    field: str
    column: int | None
    statistic: str
    unit: str
    sign: int
    margin: float | None


def read_factor(text: str, task: Task) -> Factor:
    """Read a factor; ConfigError, with the valid names, if it is not one."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise ConfigError(f"factor '{text}' is not understood; {FACTOR_HELP}")
    name, env = form["name"], make_env(task, 1)
    unit_of = units(task)
    if name in unit_of:
        factor = _of_field(text, form, env, unit_of[name])
    elif name not in BUILT_IN and name != DISTANCE_NAME:
        near = did_you_mean(name, [*BUILT_IN, DISTANCE_NAME, *unit_of])
        raise ConfigError(f"factor '{text}': no public field '{name}'; {near}")
    elif form["column"] is not None or form["statistic"] is not None:
        raise ConfigError(f"factor '{text}': {name} takes no index and no statistic")
    elif name == DISTANCE_NAME:
        factor = _distance(task, env)
    else:
        factor = _built_in(text, name, task, env)
    sign = {"-": -1, "+": 1, "": factor.sign}[form["sign"]]
    margin = _margin(text, form["margin"], factor.unit)
    return replace(factor, sign=sign, margin=margin)


def measure(factor: Factor, episode: Judged) -> float:
    """The value of a factor in one episode, in the factor's unit."""
    if not factor.field:
        return BUILT_IN[factor.label].of(episode)
    values = episode.frames[:, columns(episode.widths)[factor.field]]
    if factor.column is not None:
        values = values[:, [factor.column]]
    return STATISTICS[factor.statistic](values, episode.dt)


def _of_field(text: str, form: re.Match[str], env: Env, unit: str) -> Factor:
    """A factor of a public field with this unit; form: the parsed text."""
    name, statistic = form["name"], form["statistic"] or DEFAULT_STATISTIC
    column = None if form["column"] is None else int(form["column"])
    width = env.public_widths[name]
    if statistic not in STATISTICS:
        near = did_you_mean(statistic, STATISTICS)
        raise ConfigError(f"factor '{text}': no statistic '{statistic}'; {near}")
    if column is not None and column >= width:
        has = f"has the numbers [0] to [{width - 1}]" if width else "takes no index"
        raise ConfigError(f"factor '{text}': {name} {has}")
    quantity = name if column is None else f"{name}[{column}]"
    if column is not None:
        unit = units_of_parts(unit, width)[column]
    if statistic == "integral":
        unit = "s" if unit == "1" else f"{unit} s"
        unit = unit.removesuffix("/s s") if unit.endswith("/s s") else unit
    return Factor(f"{quantity}.{statistic}", name, column, statistic, unit, 1, None)


def _distance(task: Task, env: Env) -> Factor:
    """The factor distance: the integral of the forward velocity."""
    unit_of = units(task)
    for name in FORWARD_FIELDS:
        if unit_of.get(name) == "m/s":
            column = 0 if env.public_widths[name] else None
            return Factor(DISTANCE_NAME, name, column, "integral", "m", 1, None)
    speeds = [name for name, unit in unit_of.items() if unit == "m/s"]
    advice = "name another factor"
    if speeds:
        advice = f"name the one that you mean, as in {speeds[0]}.integral"
    raise ConfigError(
        f"factor '{DISTANCE_NAME}' is the integral of a forward velocity in m/s, and "
        f"{task.name} has no public field {', '.join(FORWARD_FIELDS)}; {advice}"
    )


def _built_in(text: str, name: str, task: Task, env: Env) -> Factor:
    if name == "fell" and task.env in BODIES and not env.can_end:
        raise ConfigError(
            f"factor '{text}': nothing ends an episode of {task.name} before its "
            "time limit; name a field that shows a fall, as in -torso_angle.abs"
        )
    built_in = BUILT_IN[name]
    return Factor(name, "", None, "", built_in.unit, built_in.sign, None)


def _margin(text: str, margin: str | None, unit: str) -> float | None:
    if margin is None:
        return None
    number, scale = margin.strip(), 1.0
    if unit == SHARE_UNIT and number.endswith("%"):
        number, scale = number[:-1], 0.01
    try:
        value = float(number.removesuffix(unit) if unit != "1" else number) * scale
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        inside = (
            "0.05 or 5%" if unit == SHARE_UNIT else f"0.1 {unit}".removesuffix(" 1")
        )
        raise ConfigError(
            f"factor '{text}': expected a margin >= 0 as in :{inside}, got '{margin}'"
        )
    return value


def value_text(value: float, unit: str, figures: int = 3) -> str:
    """A value with its unit, a share in per cent; figures: significant digits."""
    if unit == SHARE_UNIT:
        return f"{100 * value:.{figures}g} %"
    return f"{value:.{figures}g}" + ("" if unit == "1" else f" {unit}")
