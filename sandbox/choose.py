"""Chooses the strongest walls that work on this machine, by trying to build each."""

import functools
import os
import select
from contextlib import ExitStack
from typing import Literal, get_args

from sandbox.confine import landlock_abi
from sandbox.faults import Limits, SandboxError
from sandbox.launch import Spec, last_words, start_reward
from sandbox.seccomp import frozen_filter
from sandbox.walls import Walls

Sandbox = Literal["auto", "bubblewrap+landlock", "bubblewrap", "landlock", "none"]
NAMES: tuple[Sandbox, ...] = get_args(Sandbox)
NO_WALLS = Walls()

_ADVICE = (
    "no walls for LLM-written code work on this machine ({reasons}). Install "
    "bubblewrap (apt install bubblewrap) or use a kernel with Landlock (5.13); "
    "--sandbox none runs it without walls"
)


def walls_named(name: Sandbox) -> Walls:
    """The walls of a name other than auto, whether or not they work on this machine."""
    if name == "none":
        return NO_WALLS
    abi = landlock_abi() if "landlock" in name else 0
    return Walls("bubblewrap" in name, abi, seccomp=True)


@functools.cache
def fault(name: Sandbox) -> str:
    """Why a reward process can't start behind these walls; '' where it can.

    A process that is gone without a word, as one that was killed, is replaced once.
    """
    walls = walls_named(name)
    if "landlock" in name and not walls.landlock:
        return "the kernel has no Landlock"
    if walls.seccomp and not frozen_filter():
        return f"no system call filter for {os.uname().machine}"
    spec = Spec("def reward(s, a, s_next): ...", {"x": 0}, 1, 1)
    try:
        words = _words_at_start(spec, walls)
        if words is None:
            words = _words_at_start(spec, walls)
    except SandboxError as error:
        return str(error)
    return "the process did not answer" if words is None else words


def _words_at_start(spec: Spec, walls: Walls) -> str | None:
    """'' where a reward process answers, else its last line, None if it has none."""
    with ExitStack() as stack:
        child = start_reward(stack, spec, Limits(), walls)
        ready, _, _ = select.select([child.replies], [], [], Limits().start_s)
        if ready and os.read(child.replies, 1):
            return ""
        output_lines = last_words(child).splitlines()
        return output_lines[-1] if output_lines else None


def choose(name: Sandbox = "auto") -> Walls:
    """The walls of this name; for auto the strongest that work.

    SandboxError with what to do when they don't work; never silently weaker walls.
    """
    if name != "auto":
        if reason := fault(name):
            raise SandboxError(f"--sandbox {name} does not work here: {reason}")
        return walls_named(name)
    for strong in NAMES[1:-1]:
        if not fault(strong):
            return walls_named(strong)
    reasons = "; ".join(f"{strong}: {fault(strong)}" for strong in NAMES[2:-1])
    raise SandboxError(_ADVICE.format(reasons=reasons))


def available() -> tuple[Walls, ...]:
    """Every combination of walls that works here, strongest first; without none."""
    return tuple(walls_named(name) for name in NAMES[1:-1] if not fault(name))
