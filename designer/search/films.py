"""Clips of a run's candidates."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from designer.clips.tools import NEEDS_PYAV, has_pyav
from designer.clips.workers import ClipRequest, make_clips
from designer.config import RunConfig
from designer.search.session import judge_seeds
from envs.task import Task

CLIP_LIMIT_S = 120.0  # One clip takes some seconds.


def needs_clips(config: RunConfig) -> bool:
    """Whether the run needs clips: for the page, a vision model, or terminal votes.

    A person who only comments on the terminal can do without.
    """
    looks = config.human == "page" or bool(config.judge_model)
    return looks or (config.human == "terminal" and config.judge != "metric")


def film_all(
    run: Path,
    task: Task,
    config: RunConfig,
    say: Callable[[str], None],
    names: Sequence[str],
) -> tuple[str, ...]:
    """Make the missing clips, and say which can't be made.

    names: of candidates, or final/LABEL. Gives those that have a clip; nobody can be
    asked about the others.
    """
    folders = {run.resolve() / name: name for name in names}
    todo = [path for path in folders if not (path / "clip.mp4").exists()]
    if todo:
        say(f"  filming {len(todo)} policies")
    starts = {
        path: judge_seeds(config, "final" if name.startswith("final/") else "search")
        for path, name in folders.items()
    }
    requests = [ClipRequest(path, str(task.folder), starts[path]) for path in todo]
    for path, reason in make_clips(requests, config.workers, CLIP_LIMIT_S).items():
        say(f"  no clip of {folders[path]}: {reason}")
    return tuple(n for path, n in folders.items() if (path / "clip.mp4").exists())


def film_final(
    run: Path,
    task: Task,
    config: RunConfig,
    say: Callable[[str], None],
    folders: Mapping[str, str],
    alarmed: Sequence[str],
) -> None:
    """Film the policies of the final comparison, and put the films side by side.

    folders: inside the run, by label: designed, human, sparse. alarmed: names of
    candidates to film as well. Writes best/clip.mp4 and best/clip.gif, human beside
    designed, where there is a designed reward.
    """
    if not config.film:
        return
    if not has_pyav():
        say(f"no clip of the final policies: {NEEDS_PYAV}")
        return
    filmed = film_all(run, task, config, say, [*folders.values(), *alarmed])
    if folders.get("designed") not in filmed:
        return
    from designer.clips.beside import write_side_by_side

    labels = {"human": "human-written reward", "designed": "designed reward"}
    clips = {
        labels[name]: run / folders[name] / "clip.mp4"
        for name in labels
        if folders.get(name) in filmed
    }
    write_side_by_side(run / "best", clips)
