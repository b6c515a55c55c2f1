"""The commands on reward files: check and score those of any author, export ours."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from designer.config import Count, Sandboxed
from designer.scores.settings import ScoreConfig
from designer.terminal.stdout import print_json, print_text


def check(
    file: Path,
    *,
    task: str,
    static: Annotated[bool, Parameter(negative="--no-static")] = True,
    sandbox: Sandboxed = "auto",
    calls: Count = 100,
    json: bool = False,
) -> int:
    """Check a reward file, probe it, and call it on real transitions behind walls.

    Parameters
    ----------
    file
        Python file that defines reward(s, a, s_next).
    task
        The task whose fields it reads.
    static
        Whether to check the source first; with --no-static only the walls protect.
    sandbox
        The walls, as for designer run.
    calls
        Calls after the probes, each on a batch of some thousand transitions.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.check import audit, describe_graph, describe_verdict
    from designer.rewards.accept import Accepted

    result = audit(file, task, static, sandbox, calls)
    lines, facts = describe_verdict(result.verdict, task)
    graph_line, graph_facts = describe_graph(result)
    ok = isinstance(result.verdict, Accepted)
    lines += (graph_line,) if ok else ()
    lines += (f"{result.calls} calls of {result.us:.0f} us; walls: {result.walls}",)
    for line in lines:
        print_text(f"{file}: {line}")
    if json:
        timing = {"calls": result.calls, "us": result.us, "walls": str(result.walls)}
        empty: dict[str, tuple[str, ...]] = dict.fromkeys(
            ("problems", "findings", "terms"), ()
        )
        print_json({"ok": ok, **empty, **facts, **graph_facts, **timing})
    return 0 if ok else 2


def score(
    *files: Path,
    task: str,
    config: ScoreConfig | None = None,
    json: bool = False,
) -> int:
    """Train and judge reward files; compare them with the task's own and in pairs.

    Parameters
    ----------
    files
        Python files that define reward(s, a, s_next).
    task
        Name of a task or path of a task folder.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.score import score_rewards
    from designer.scores.text import scoreboard_json

    scoreboard = score_rewards(files, task, config or ScoreConfig())
    if json:
        print_json(scoreboard_json(scoreboard))
    return 0 if scoreboard.is_complete else 2


def export(run: Path, *, out: Path | None = None, json: bool = False) -> None:
    """Write a run's reward and policy as a folder that works without this program.

    Parameters
    ----------
    run
        The run folder of a finished run.
    out
        Folder to write; RUN/export if not given.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.export import export_run

    exported = export_run(run, out)
    for name in exported.files:
        print_text(str(exported.path / name))
    for reason in exported.left_out:
        print_text(f"not written: {reason}")
    if json:
        print_json(vars(exported) | {"path": str(exported.path)})
