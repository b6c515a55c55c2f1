"""A task.yaml to start from: an environment's fields and a robot's keys, filled in."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import mujoco
import numpy as np
import yaml

from envs.actions import ActionRange, action_limits, action_lines
from envs.actuators import kind
from envs.batch_env import VectorEnv
from envs.bodies import OWN_ROBOT, Array
from envs.env import Env
from envs.offers import Offer, identifier
from envs.robot_checks import floating_base
from envs.robot_offers import driven_joints, joint_label
from envs.user_code import shortened

WIDTH = 88
KEYS = (
    "it acts, starts, observes and ends as Gymnasium's; to change that:",
    "action: {reach: 0.5}",
    "draws: {NAME: {uniform: [LOW, HIGH], sets: SOURCE, unit: UNIT, doc: WHAT}}",
    "observation: [FIELD, FIELD]",
    "ends: {reason: 'FIELD[i] < NUMBER'}",
)
REACH_RAD = 0.5  # of a walking robot's hinges around its stance
UPRIGHT, FALLEN = 0.8, 0.3  # vertical part of the base's own up direction
MAX_RANGES = 16  # components whose ranges are printed
HIDDEN_PY = '''"""The judge\'s side: no reward and no prompt may read it."""

UNIT = "s"


def fitness(episode):
    """How long it lasted; replace it by what you want: higher is better.

    Fields are arrays over time, one row for each state: episode.time, ...
    """
    return episode.steps * episode.dt


def human_reward(s, a, s_next):
    """The reward that you would write, to be beaten."""
    return {"alive": 1.0}


sparse_reward = human_reward
'''


def starter_yaml(
    env: Env, kwargs: Mapping[str, Any], offers: Sequence[Offer], play: Any
) -> str:
    """The text of a task.yaml that loads and trains as it stands.

    kwargs: env_kwargs to be printed. play: what random actions gave.
    """
    task, own = env.task, env.task.env == OWN_ROBOT
    usable = [offer for offer in offers if offer.name in play.ranges or offer.optional]
    name = _name(task.env, kwargs)
    sections = [
        _line("name", name)
        + _line("env", task.env)
        + (_line("env_kwargs", dict(kwargs)) if kwargs else "")
        + "goal: Say here what the robot should do.\n"
        + f"conventions: >\n{_conventions(env, own)}\n",
        _comments("the actions:", *action_lines(env.model, *env.action_bounds)),
    ]
    if isinstance(env, VectorEnv):
        sections += _keys(env, usable, play.ranges) if own else [_comments(*KEYS)]
    comments = [*play.trouble, *play.left_out]
    fields = "".join(_fields(usable, play.ranges))
    return "\n".join([*sections, _comments(*comments) + "fields:" + fields])


def _name(env: str, kwargs: Mapping[str, Any]) -> str:
    text = str(kwargs.get("xml_file") or env)
    text = text.rpartition(":")[2].rpartition("/")[2].removesuffix(".xml").lower()
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in text).strip("-")
    return f"my-{plain or 'robot'}"


def _conventions(env: Env, own: bool) -> str:
    axes = "z up, " if own else ""
    text = (
        f"{axes}SI units, angles in radians; one control step is {env.dt:.4g} s, an "
        f"episode lasts at most {env.max_steps * env.dt:.4g} s"
    )
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _keys(
    env: VectorEnv, offers: Sequence[Offer], ranges: Mapping[str, Array]
) -> Iterator[str]:
    """The keys action, draws, observation and ends of a robot of one's own."""
    model, base = env.model, floating_base(env.model)
    if env.keyframe is not None and any(
        kind(model, k) == "position servo" for k in range(model.nu)
    ):
        reach = _reach(env, base)
        yield _line("action", {"around": "keyframe", "reach": reach})
    body = model.body(base).name if base is not None else ""
    joint = joint_label(model, int(model.body_jntadr[base])) if body else ""
    goals = _goals(model)
    yield _draws(goals, body, joint)
    # Where a walking robot is in the world has nothing to do with how to walk.
    observed = [
        offer.name
        for offer in offers
        if not offer.optional
        and not (offer.kind == "body" and (body or _is_constant(ranges[offer.name])))
        and offer.sources != (f"joint.{joint}.qpos[0:3]",)
    ]
    if observed:
        yield _line("observation", [*observed, *goals, "last_action"])
    up = next((o.name for o in offers if o.sources == (f"body.{body}.xmat[6:9]",)), "")
    if up and _up(env, body) > UPRIGHT:
        yield _line("ends", {"fell_over": f"{up}[2] < {FALLEN}"})
    else:
        yield _comments(
            "nothing ends an episode before its time limit; to change that:",
            "ends: {reason: 'FIELD[i] < NUMBER'}",
        )


def _reach(env: VectorEnv, base: int | None) -> Any:
    """Half the action range: of a walking robot's hinges little, of others all."""
    whole = action_limits(env.model, ActionRange("keyframe"), env.keyframe, True)
    widest = 0.5 * (whole.high - whole.low)
    if base is None:
        reach = widest
    else:
        hinges = set(np.flatnonzero(env.model.jnt_type == mujoco.mjtJoint.mjJNT_HINGE))
        driven = driven_joints(env.model)
        all_hinges = len(driven) == env.model.nu and hinges.issuperset(driven)
        reach = np.minimum(widest, REACH_RAD) if all_hinges else widest
    values = [float(f"{x:.3g}") for x in reach]
    return values[0] if len(set(values)) == 1 else values


def _is_constant(values: Array) -> bool:
    """Whether values (n, k) of random play show a body that stays where it is."""
    return bool(len(values) and np.ptp(values, axis=0).max() == 0.0)


def _goals(model: Any) -> dict[str, dict[str, Any]]:
    """Draws of the positions of mocap bodies, by name."""
    goals = {}
    for k in np.flatnonzero(model.body_mocapid >= 0).tolist():
        if name := model.body(k).name:
            sides = model.body_pos[k] + np.array([[-0.1, -0.1, 0.0], [0.1, 0.1, 0.1]])
            goals[f"{identifier(name, 'body')}_goal"] = {
                "uniform": sides.round(3).tolist(),
                "sets": f"body.{name}.mocap_pos",
                "unit": "m",
                "doc": f"position of {name}",
            }
    return goals


def _draws(goals: Mapping[str, Any], body: str, joint: str) -> str:
    """The draws of goals; others as comments."""
    rows = [
        "command: {uniform: [[-1, -0.5], [1, 0.5]], again_s: [3, 8], unit: m/s, doc: "
        "commanded velocity}"
    ]
    if joint:
        rows += [
            "heading: {turn: z, uniform: [-3.14, 3.14], adds: "
            f"'joint.{joint}.qpos[3:7]', unit: '1', doc: heading at the start, hidden: "
            "true}",
            f"mass: {{uniform: [0.8, 1.2], scales: body.{body}.mass, unit: '1', doc: "
            "factor on its mass, hidden: true}",
            f"push: {{uniform: [[-0.5, -0.5], [0.5, 0.5]], adds: "
            f"'joint.{joint}.qvel[0:2]', again_s: [5, 10], unit: m/s, doc: sudden "
            "change of velocity, hidden: true}",
        ]
    text = "draws:\n" if goals else ""
    for name, draw in goals.items():
        text += textwrap.indent(_line(name, draw, WIDTH - 2), "  ")
    intro = "more that may be drawn:" if goals else "draws:  # numbers drawn at random"
    return text + _comments(intro, *(f"  {row}" for row in rows))


def _up(env: VectorEnv, body: str) -> float:
    """The vertical part of a body's own up direction at the start."""
    data = mujoco.MjData(env.model)
    if env.keyframe is not None:
        mujoco.mj_resetDataKeyframe(env.model, data, env.keyframe)
    mujoco.mj_forward(env.model, data)
    return float(data.body(body).xmat[8])


def _fields(offers: Sequence[Offer], ranges: Mapping[str, Array]) -> Iterator[str]:
    """The lines of all fields, by group; optional ones as comments."""
    groups = dict.fromkeys(offer.group for offer in offers)
    for group in groups:
        members = [offer for offer in offers if offer.group == group]
        yield f"\n  # {group}\n"
        for offer in (o for o in members if not o.optional):
            yield textwrap.indent(_line(offer.name, _entry(offer), WIDTH - 2), "  ")
            if spans := _spans(ranges[offer.name]):
                yield _comments(f"random actions give {spans}", indent="    ")
        for offer in (o for o in members if o.optional):
            lines = _line(offer.name, _entry(offer), WIDTH - 6)
            yield textwrap.indent(lines, "  # ")


def _entry(offer: Offer) -> dict[str, Any]:
    source: Any = offer.sources[0] if len(offer.sources) == 1 else [*offer.sources]
    return {"source": source, "unit": offer.unit, "doc": offer.doc}


def _spans(values: Array) -> str:
    """Least and greatest value of each component."""
    if not len(values):
        return ""
    spans = [
        f"{low:.3g} to {high:.3g}"
        for low, high in zip(values.min(axis=0), values.max(axis=0), strict=True)
    ]
    if len(spans) > MAX_RANGES:
        return f"{values.min():.3g} to {values.max():.3g}"
    return ", ".join(spans)


def _comments(*lines: str, indent: str = "") -> str:
    rows = []
    for line in lines:
        plain = shortened(line)
        begin = indent + "# "
        more = begin + " " * (len(plain) - len(plain.lstrip()) + 2)
        rows += textwrap.wrap(
            begin + plain, WIDTH, subsequent_indent=more, break_on_hyphens=False
        )
    return "".join(f"{row}\n" for row in rows)


def _line(key: str, value: Any, width: int = WIDTH) -> str:
    """A key with its value in one style: lists and mappings in brackets."""
    text: str = yaml.safe_dump(
        {key: value},
        sort_keys=False,
        allow_unicode=True,
        width=width,
        default_flow_style=True,
    )
    return text.strip()[1:-1] + "\n"
