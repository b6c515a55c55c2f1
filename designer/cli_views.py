"""The commands that show what there is: report, serve and explain."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from designer.config import Sandboxed
from designer.errors import ConfigError
from designer.terminal.stdout import print_json, print_text


def report(*runs: Path, json: bool = False) -> None:
    """Print the reports of runs, finished or not, and write each as report.html.

    Parameters
    ----------
    runs
        Run folders.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.report import read_report

    if not runs:
        raise ConfigError("expected at least one run folder: designer report RUN")
    reports = [read_report(path) for path in runs]
    for text, _ in reports:
        print_text(text)
    if json:
        facts = zip(runs, reports, strict=True)
        print_json([{"run": str(r), "finished": True, **f} for r, (_, f) in facts])


def serve(
    *runs: Path,
    rater: str = "",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = 0,
) -> None:
    """Open the reports of all runs in the browser, live, and the pages for votes.

    Parameters
    ----------
    runs
        Run folders, or folders that hold runs; runs/ if none is given.
    rater
        Name under which votes are stored; the login name if not given.
    port
        Port of the local page; 0 for any free one.
    """
    from designer.commands.serve import serve_runs

    serve_runs(runs or (Path("runs"),), rater, port, print_text)


def explain(
    file: Path,
    *,
    task: str,
    episodes: Path | None = None,
    page: Path | None = None,
    sandbox: Sandboxed = "auto",
    json: bool = False,
) -> None:
    """Say of each term of a reward what it reads, where it saturates, what it pays for.

    Parameters
    ----------
    file
        Python file that defines reward(s, a, s_next).
    task
        The task whose fields it reads.
    episodes
        Folder of trainings with this reward, as RUN/g00/c02; the file's own folder if
        not given. Without stored episodes, random play is looked at.
    page
        HTML file to write the same to, with charts.
    sandbox
        The walls, as for designer run.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.explain import explain_reward

    lines, facts = explain_reward(file, task, episodes, page, sandbox)
    for line in lines:
        print_text(line)
    if json:
        print_json(facts)
