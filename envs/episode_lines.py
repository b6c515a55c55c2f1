"""How episodes of a task begin and end, as sentences for a prompt."""

from collections.abc import Iterator

from envs.actions import MAX_ACTUATORS_LISTED, figures
from envs.batch_env import VectorEnv
from envs.bodies import Array
from envs.bodies.body import mixed_start, uniform_start
from envs.env import Env
from envs.task import Task


def episode_lines(env: Env) -> tuple[str, ...]:
    """Sentences on the start, on early ends, and on what the policy observes.

    Hidden fields are left out. What is drawn when stands with each field.
    """
    start = _start_line(env) if isinstance(env, VectorEnv) else ""
    lines = [start, *_end_lines(env.task)]
    if env.task.observation is not None:
        lines.append(env.task.observation.line())
    return tuple(line for line in lines if line)


def own_zero_line(own_zero: Array) -> str:
    """What a policy applies where it puts out 0: own_zero (action_dim,)."""
    numbers = [figures(x) for x in own_zero]
    if len({*numbers}) == 1 < len(numbers):
        numbers = [f"{numbers[0]} each"]
    elif len(numbers) > MAX_ACTUATORS_LISTED:
        numbers[MAX_ACTUATORS_LISTED:] = ["and so on"]
    return "the policy's own 0, around which training begins to explore: " + ", ".join(
        numbers
    )


def _start_line(env: VectorEnv) -> str:
    body = env.task.body
    noise = body.kwargs.get("reset_noise_scale")
    if noise is None:  # Such a body has a start of its own, which the task describes.
        return ""
    place = "the model's own position"
    if env.keyframe is not None:
        name = env.model.key(env.keyframe).name or str(env.keyframe)
        place = f"keyframe '{name}'"
    sentence = f"they start in {place}"
    if noise and body.start is uniform_start:
        sentence += (
            f", with uniform noise of at most {noise:g} on every position and velocity"
        )
    elif noise and body.start is mixed_start:
        sentence += (
            f", with uniform noise of at most {noise:g} on every position and normal "
            f"noise of deviation {noise:g} on every velocity"
        )
    written = [draw for draw in env.task.draws if draw.target]
    public = {field.name for field in env.task.fields if not field.hidden}
    names = [draw.name for draw in written if draw.name in public]
    if names:
        sentence += f"; then {', '.join(names)} are written to the simulation"
    return sentence


def _end_lines(task: Task) -> Iterator[str]:
    public = {field.name for field in task.fields if not field.hidden} | {"time"}
    for success, words in (
        (False, "a failure ends them at once"),
        (True, "a success ends them, and costs nothing"),
    ):
        reasons = [
            f"{ending.reason} ({ending.condition})"
            if ending.condition.field in public
            else ending.reason
            for ending in task.ends
            if ending.success == success
        ]
        if reasons:
            yield f"{words}: {', '.join(reasons)}"
