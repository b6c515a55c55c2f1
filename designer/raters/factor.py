"""One factor: a number of an episode, in which candidates can be ranked.

It is written

    [-]NAME[[k]][.STATISTIC][:MARGIN]        fell:5%, distance:0.5, -torso_angle.abs

NAME is built in (fell, distance, length, energy) or a public field of the task, and a
field of that name comes first. A field of several numbers counts as its Euclidean
length (of travel and spread: as a point that moves), or [k] takes one of them; without
a statistic its mean over the episode counts.
`-` says that less is better, `+` that more is; without a sign more is, but for fell
and energy, which are costs however they are written: `energy` and `-energy` are one.
Two candidates whose means differ by no more than the margin are alike; it has the
factor's unit, and without one it is the standard error of the difference.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from designer.errors import ConfigError
from designer.feedback.judged import Judged
from designer.feedback.quantities import units
from designer.rewards.sources import Array
from envs.bodies import BODIES
from envs.env import Env
from envs.fields import columns
from envs.make import make_env
from envs.task import Task
from envs.yamlfile import did_you_mean

SHARE = "share"  # a unit that is told in per cent


@dataclass(frozen=True)
class BuiltIn:
    """A factor of every task. sign: -1 where less is better by nature."""

    unit: str
    sign: int
    doc: str
    of: Callable[[Judged], float]


BUILT_IN: Mapping[str, BuiltIn] = {
    "fell": BuiltIn(
        SHARE,
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
DISTANCE = "distance"
# Fields in m/s whose integral is the distance; of several numbers the first is forward.
FORWARD = (
    "x_velocity",
    "forward_velocity",
    "torso_velocity",
    "root_velocity",
    "base_velocity",
    "body_velocity",
)
DEFAULT = "mean"


def _length(values: Array) -> Array:
    """Of a scalar itself, (rows, 1) to (rows,); of several numbers the length."""
    if values.shape[1] == 1:
        return values[:, 0]
    return np.asarray(np.linalg.norm(values, axis=1))


# Of a field over an episode, values (rows, k) and seconds between rows.
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
WORDS: Mapping[str, str] = {
    "mean": "mean",
    "abs": "mean absolute value",
    "last": "value at the end",
    "change": "end minus start",
    "max": "maximum",
    "min": "minimum",
    "spread": "standard deviation over time",
    "travel": "length of the way it goes, to and fro",
    "integral": "integral over time",
}
_FORM = re.compile(
    r"(?P<sign>[-+]?)\s*(?P<name>\w+)(?:\[(?P<column>\d+)\])?"
    r"(?:\.(?P<statistic>\w+))?(?:\s*:\s*(?P<margin>.*))?"
)
HELP = "write [-]NAME[.STATISTIC][:MARGIN], for example fell:5%, -torso_angle.abs:0.1"


@dataclass(frozen=True)
class Factor:
    """One number of an episode, and how much of it is a difference.

    label: as it is told. field: '' for a built-in. column: of a field of several
    numbers, None for all of them. sign: 1 where more is better, -1 where less is.
    margin: in the unit, None for one standard error.
    """

    label: str
    field: str
    column: int | None
    statistic: str
    unit: str
    sign: int
    margin: float | None


def read_factor(text: str, task: Task) -> Factor:
    """The factor that is written so; ConfigError with what is valid if it is none."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise ConfigError(f"factor '{text}' is not understood; {HELP}")
    name, env = form["name"], make_env(task, 1)
    unit_of = units(task)
    if name in unit_of:
        found = _of_field(text, form, env, unit_of[name])
    elif name not in BUILT_IN and name != DISTANCE:
        near = did_you_mean(name, [*BUILT_IN, DISTANCE, *unit_of])
        raise ConfigError(f"factor '{text}': no public field '{name}'; {near}")
    elif form["column"] is not None or form["statistic"] is not None:
        raise ConfigError(f"factor '{text}': {name} takes no index and no statistic")
    elif name == DISTANCE:
        found = _distance(task, env)
    else:
        found = _built_in(text, name, task, env)
    sign = {"-": -1, "+": 1, "": found.sign}[form["sign"]]
    margin = _margin(text, form["margin"], found.unit)
    return replace(found, sign=sign, margin=margin)


def describe(factor: Factor) -> str:
    """One line that says how a factor was understood."""
    if not factor.field:
        what = f"{factor.label} ({BUILT_IN[factor.label].doc})"
    else:
        whole = "" if factor.column is None else f"[{factor.column}]"
        what = f"{factor.label} ({WORDS[factor.statistic]} of {factor.field}{whole})"
    better = "more" if factor.sign > 0 else "less"
    margin = "one standard error"
    if factor.margin is not None:
        margin = told(factor.margin, factor.unit)
    return f"{what}, {better} is better, alike within {margin}"


def measure(factor: Factor, episode: Judged) -> float:
    """The factor's number of one episode, in its unit."""
    if not factor.field:
        return BUILT_IN[factor.label].of(episode)
    values = episode.frames[:, columns(episode.widths)[factor.field]]
    if factor.column is not None:
        values = values[:, [factor.column]]
    return STATISTICS[factor.statistic](values, episode.dt)


def _of_field(text: str, form: re.Match[str], env: Env, unit: str) -> Factor:
    name, statistic = form["name"], form["statistic"] or DEFAULT
    column = None if form["column"] is None else int(form["column"])
    width = env.public_widths[name]
    if statistic not in STATISTICS:
        near = did_you_mean(statistic, STATISTICS)
        raise ConfigError(f"factor '{text}': no statistic '{statistic}'; {near}")
    if column is not None and column >= width:
        has = f"has the numbers [0] to [{width - 1}]" if width else "takes no index"
        raise ConfigError(f"factor '{text}': {name} {has}")
    whole = name if column is None else f"{name}[{column}]"
    if statistic == "integral":
        unit = "s" if unit == "1" else f"{unit} s"
        unit = unit.removesuffix("/s s") if unit.endswith("/s s") else unit
    return Factor(f"{whole}.{statistic}", name, column, statistic, unit, 1, None)


def _distance(task: Task, env: Env) -> Factor:
    """The integral of the forward velocity."""
    unit_of = units(task)
    for name in FORWARD:
        if unit_of.get(name) == "m/s":
            column = 0 if env.public_widths[name] else None
            return Factor(DISTANCE, name, column, "integral", "m", 1, None)
    speeds = [name for name, unit in unit_of.items() if unit == "m/s"]
    advice = "name another factor"
    if speeds:
        advice = f"name the one that you mean, as in {speeds[0]}.integral"
    raise ConfigError(
        f"factor '{DISTANCE}' is the integral of a forward velocity in m/s, and "
        f"{task.name} has no public field {', '.join(FORWARD)}; {advice}"
    )


def _built_in(text: str, name: str, task: Task, env: Env) -> Factor:
    if name == "fell" and task.env in BODIES and not env.can_end:
        raise ConfigError(
            f"factor '{text}': nothing ends an episode of {task.name} before its "
            "time limit; name a field that shows a fall, as in -torso_angle.abs"
        )
    known = BUILT_IN[name]
    return Factor(name, "", None, "", known.unit, known.sign, None)


def _margin(text: str, margin: str | None, unit: str) -> float | None:
    if margin is None:
        return None
    number, scale = margin.strip(), 1.0
    if unit == SHARE and number.endswith("%"):
        number, scale = number[:-1], 0.01
    try:
        value = float(number.removesuffix(unit) if unit != "1" else number) * scale
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        inside = "0.05 or 5%" if unit == SHARE else f"0.1 {unit}".removesuffix(" 1")
        raise ConfigError(
            f"factor '{text}': expected a margin >= 0 as in :{inside}, got '{margin}'"
        )
    return value


def told(value: float, unit: str, figures: int = 3) -> str:
    """A value with its unit, a share in per cent."""
    if unit == SHARE:
        return f"{100 * value:.{figures}g} %"
    return f"{value:.{figures}g}" + ("" if unit == "1" else f" {unit}")
