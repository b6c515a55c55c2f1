"""How episodes of a task begin and end, as sentences for a prompt."""

from collections.abc import Iterator, Mapping

from envs.actions import MAX_ACTUATORS_LISTED, figures
from envs.batch_env import VectorEnv
from envs.bodies import BODIES, Array
from envs.bodies.body import mixed_start, uniform_start
from envs.env import Env
from envs.fields import object_source
from envs.physics import MOCAP
from envs.task import ALWAYS, TASKS, Task

START_SOURCES = ("qpos", "qvel", *MOCAP)  # what a draw writes to change a start
UNIFORM_NOISE = "uniform noise of at most {:g} on every position"
GYMNASIUM_LINES = (
    "they start as the environment's own reset leaves them, each with random numbers "
    "of its own",
    "where the environment terminates them, they pay nothing afterwards; where it "
    "truncates them, that costs nothing",
)


def episode_lines(env: Env) -> tuple[str, ...]:
    """Sentences on the start, on early ends, and on what the policy observes.

    Hidden fields are left out. What is drawn when stands with each field.
    """
    if isinstance(env, VectorEnv):
        lines = [_start_line(env), *_end_lines(env.task)]
    else:
        lines = [*GYMNASIUM_LINES, *_end_lines(env.task)]
    if env.task.observation is not None:
        lines.append(env.task.observation.line())
    return tuple(lines)


def zero_output_line(zero_output: Array) -> str:
    """What a policy applies where it puts out 0: zero_output (action_dim,)."""
    numbers = [figures(x) for x in zero_output]
    if len({*numbers}) == 1 < len(numbers):
        numbers = [f"{numbers[0]} each"]
    elif len(numbers) > MAX_ACTUATORS_LISTED:
        numbers[MAX_ACTUATORS_LISTED:] = ["and so on"]
    listed = ", ".join(numbers)
    return f"output 0 of the policy, around which it begins to explore: {listed}"


def _start_line(env: VectorEnv) -> str:
    return f"they start in {_place(env)}{_writes(env.task)}"


def _place(env: VectorEnv) -> str:
    """The start, and how it varies by noise."""
    body = env.task.body
    if body.begins:
        return body.begins
    place, noise = "the model's own position", body.kwargs["reset_noise_scale"]
    if env.keyframe is not None:
        name = env.model.key(env.keyframe).name or str(env.keyframe)
        place = f"keyframe '{name}'"
    if noise and body.start is uniform_start:
        return f"{place}, with {UNIFORM_NOISE.format(noise)} and velocity"
    if noise and body.start is mixed_start:
        normal = f"normal noise of deviation {noise:g} on every velocity"
        return f"{place}, with {UNIFORM_NOISE.format(noise)} and {normal}"
    return place


def _writes(task: Task) -> str:
    """What draws change at the start; of hidden ones only that there are any."""
    public = {field.name for field in task.fields if not field.hidden}
    written = [draw for draw in task.draws if draw.target]
    names = [draw.name for draw in written if draw.name in public]
    words = ""
    if names:
        are = "is" if len(names) == 1 else "are"
        words = f"; then {', '.join(names)} {are} written to the simulation"
    if any(
        draw.name not in public and object_source(draw.target)["attr"] in START_SOURCES
        for draw in written
    ):
        words += (
            "; positions and velocities also vary by draws that are not shown, in the "
            'ranges given as "at the start"'
        )
    return words


def _bounds(task: Task) -> Mapping[str, str]:
    """Reasons of the body's own to end an episode, and what they mean."""
    # The conventions of a task that comes with the project say them.
    if task.env not in BODIES or task.folder.parent == TASKS:
        return {}
    return task.body.bounds(task.body.kwargs)


def _end_lines(task: Task) -> Iterator[str]:
    public = {field.name for field in task.fields if not field.hidden} | {*ALWAYS}
    for success, words in (
        (False, "a failure ends them at once"),
        (True, "a success ends them, and costs nothing"),
    ):
        reasons = [] if success else [f"{a} ({b})" for a, b in _bounds(task).items()]
        reasons += [
            f"{ending.reason} ({ending.condition})"
            if ending.condition.field in public
            else ending.reason
            for ending in task.ends
            if ending.success == success
        ]
        if reasons:
            yield f"{words}: {', '.join(reasons)}"
