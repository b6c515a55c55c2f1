"""The command line. Heavy modules are imported by the command that needs them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import App, Parameter
from cyclopts.validators import Number

from designer.cli_files import check, export, score
from designer.cli_many import batch, compare_folders
from designer.cli_views import explain, report, serve
from designer.config import RunConfig
from designer.errors import ConfigError
from designer.options import Consent, NewLimits, PoolConfig
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
for command in (check, export, score, report, serve, explain, batch):
    app.command(command)
app.command(compare_folders, name="compare")


@app.command
def run(
    task: str,
    *,
    config: RunConfig | None = None,
    pool: PoolConfig | None = None,
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

    command = ["designer", *sys.argv[1:]]
    pool = pool or PoolConfig()
    finished = start_run(task, config or RunConfig(), out, command, pool)
    _print_finished(finished, json)


@app.command
def resume(
    run: Path,
    *,
    limits: NewLimits | None = None,
    consent: Consent | None = None,
    pool: PoolConfig | None = None,
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

    pool = pool or PoolConfig()
    finished = resume_run(run, limits or NewLimits(), consent or Consent(), pool)
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
    from designer.commands.tasks import list_tasks, show_task, task_table

    if name is None:
        rows = list_tasks()
        print_table(task_table(rows))
        if json:
            print_json(rows)
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
    from designer.commands.recipes import list_recipes, recipe_table

    rows = list_recipes()
    print_table(recipe_table(rows))
    if json:
        print_json(rows)


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
def plan(task: str, *, config: RunConfig | None = None, json: bool = False) -> None:
    """Say what a run will cost on this machine before it starts.

    Parameters
    ----------
    task
        Name of a task or path of a task folder.
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.plan import cost_of_run, plan_json

    costs = cost_of_run(task, config or RunConfig())
    print_table([["what", "how much"], *[[k, str(v)] for k, v in costs.items()]])
    if json:
        print_json(plan_json(costs))


@app.command
def ask(
    run: Path,
    *,
    rater: str = "",
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65535))] = 0,
    terminal: bool = False,
    task: str = "",
    accept_changes: bool = False,
    json: bool = False,
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
    json
        Make the last line of the output one JSON object.
    """
    from designer.commands.ask import ask_people

    consent = Consent(task=task, accept_changes=accept_changes)
    lines = ask_people(run, rater, port, terminal, print_text, consent)
    if json:
        print_json({"run": str(run), "ranking": lines})


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
    from designer.report.summary_json import as_json

    print_json(
        {
            "run": str(finished.path),
            "report": str(finished.report),
            "calls": finished.calls,
            **as_json(finished.summary),
        }
    )
