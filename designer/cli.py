"""The command line. Heavy modules are imported by the command that needs them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import App, Parameter
from cyclopts.validators import Number

from designer.config import Consent, Count, NewLimits, RunConfig, Sandboxed
from designer.errors import ConfigError
from designer.run.settings import recipe_layer
from designer.terminal.stdout import print_json, print_table, print_text

app = App(
    name="designer",
    help="Say in words what a simulated robot should do; get the reward function, the "
    "trained policy and the evidence.",
    config=recipe_layer,
    default_parameter=Parameter(negative=()),
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)


@app.command
def run(
    task: str,
    *,
    config: RunConfig | None = None,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Search a reward for TASK and compare it with the human-written one.

    Parameters
    ----------
    task
        Name of a task (see designer tasks) or path of a task folder.
    out
        Run folder; runs/TASK_DATE_SEED if not given.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.run import start_run

    finished = start_run(task, config or RunConfig(), out, ["designer", *sys.argv[1:]])
    _print_finished(finished, json)


@app.command
def resume(
    run: Path,
    *,
    limits: NewLimits | None = None,
    consent: Consent | None = None,
    json: bool = False,
) -> None:
    """Go on with a stopped run, or ask for what got no answer; nothing is paid twice.

    Parameters
    ----------
    run
        The run folder.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.resume import resume_run

    finished = resume_run(run, limits or NewLimits(), consent or Consent())
    _print_finished(finished, json)


@app.command
def tasks(name: str | None = None, *, json: bool = False) -> None:
    """List the tasks, or show one as the model will see it.

    Parameters
    ----------
    name
        A task's name or folder.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.tasks import list_tasks, show_task

    if name is None:
        rows = list_tasks()
        print_table(rows)
        if json:
            print_json([dict(zip(rows[0], row, strict=True)) for row in rows[1:]])
        return
    text = show_task(name)
    print_text(text)
    if json:
        print_json({"task": name, "prompt": text})


@app.command
def recipes(*, json: bool = False) -> None:
    """List the recipes: published methods as settings of the one search.

    Parameters
    ----------
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.recipes import list_recipes

    rows = list_recipes()
    print_table(rows)
    if json:
        print_json([dict(zip(rows[0], row, strict=True)) for row in rows[1:]])


@app.command
def inspect(
    env: str, *, folder: Path | None = None, env_kwargs: str = "{}", json: bool = False
) -> None:
    """Print a task.yaml to start from, which loads and trains as it stands.

    Parameters
    ----------
    env
        A Gymnasium id, module:Id, the path of a MuJoCo XML file, or menagerie:NAME.
    folder
        Write it to this folder instead, with a hidden.py to start from.
    env_kwargs
        Settings of the environment in YAML.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.inspect import inspect_env

    written, text = inspect_env(env, folder, env_kwargs)
    print_text(text)
    if json:
        print_json({"env": env, "files": written, "yaml": text})


@app.command
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
    from designer.commands.check import audit, describe_verdict
    from designer.rewards.accept import Accepted

    result = audit(file, task, static, sandbox, calls)
    lines, facts = describe_verdict(result.verdict, task)
    lines += (f"{result.calls} calls of {result.us:.0f} us; walls: {result.walls}",)
    for line in lines:
        print_text(f"{file}: {line}")
    ok = isinstance(result.verdict, Accepted)
    if json:
        timing = {"calls": result.calls, "us": result.us, "walls": str(result.walls)}
        print_json({"ok": ok, **facts, **timing})
    return 0 if ok else 2


@app.command
def plan(task: str, *, config: RunConfig | None = None, json: bool = False) -> None:
    """Say what a run will cost on this machine before it starts.

    Parameters
    ----------
    task
        Name of a task or path of a task folder.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.plan import cost_of_run

    costs = cost_of_run(task, config or RunConfig())
    print_table([["what", "how much"], *[[k, str(v)] for k, v in costs.items()]])
    if json:
        print_json(costs)


@app.command
def report(*runs: Path, json: bool = False) -> None:
    """Print the reports of runs, finished or not.

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
        print_json([result for _, result in reports])


@app.command
def ask(
    run: Path,
    *,
    rater: str = "",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = 0,
    terminal: bool = False,
    task: str = "",
    accept_changes: bool = False,
) -> None:
    """Let people compare clips of a run's policies, while it goes on or afterwards.

    Parameters
    ----------
    run
        The run folder.
    rater
        Name under which votes are stored; the login name if not given.
    port
        Port of the local page; 0 for any free one.
    terminal
        Ask on the terminal, not on a page.
    task
        As for designer resume.
    accept_changes
        As for designer resume.
    """
    from designer.commands.ask import ask_people

    consent = Consent(task=task, accept_changes=accept_changes)
    ask_people(run, rater, port, terminal, print_text, consent)


@app.command
def doctor(*, json: bool = False) -> int:
    """Say whether this machine has all that a run needs, and how to get the rest.

    Parameters
    ----------
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.doctor import examine_machine

    rows = examine_machine()
    print_table([["what", "state", "fix"], *[list(row) for row in rows]])
    if json:
        print_json([dict(zip(("what", "state", "fix"), r, strict=True)) for r in rows])
    return 2 if any(fix for _, _, fix in rows) else 0


def run_command(arguments: Sequence[str]) -> int:
    """Parse and run; gives the exit code. ConfigError for a wrong command line."""
    try:
        code = app(arguments, exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        raise ConfigError(" ".join(str(error).split())) from None
    return code if isinstance(code, int) else 0


def _print_finished(finished: Any, json: bool) -> None:
    if not json:
        return
    from designer.report.summary import as_json

    print_json(
        {
            "run": str(finished.path),
            "report": str(finished.report),
            "calls": finished.calls,
            **as_json(finished.summary),
        }
    )
