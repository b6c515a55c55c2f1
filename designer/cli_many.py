"""The commands on many runs: batch and compare."""

import sys
from pathlib import Path

from designer.errors import ConfigError
from designer.options import BatchOptions, PoolConfig
from designer.terminal.stdout import print_json, print_table, print_text


def batch(
    file: Path,
    *,
    out: Path | None = None,
    status: bool = False,
    plan: bool = False,
    options: BatchOptions | None = None,
    pool: PoolConfig | None = None,
    json: bool = False,
) -> None:
    """Do all runs of a batch FILE on one pool; the same again goes on with them.

    Parameters
    ----------
    file
        YAML file: lists of tasks, recipes, models and seeds are the grid, everything
        else is a setting of every run.
    out
        Folder of the runs; runs/FILE without its ending if not given.
    status
        Only say how far each run has come and what it has cost.
    plan
        Only say what all runs will cost on this machine.
    json
        Make the last line of the output one JSON object.
    """
    options, pool = options or BatchOptions(), pool or PoolConfig()
    if status:
        from designer.commands.batch_status import batch_status

        rows, states = batch_status(file, out)
        print_table(rows)
        if json:
            print_json(states)
        return
    if plan:
        from designer.commands.plan import cost_of_batch, plan_json

        costs = cost_of_batch(file, options)
        print_table([["what", "how much"], *[[k, str(v)] for k, v in costs.items()]])
        if json:
            print_json(plan_json(costs))
        return
    from designer.commands.batch import finish_batch, run_batch

    finished = run_batch(file, out, ["designer", *sys.argv[1:]], options, pool)
    text, facts, error = finish_batch(file, finished)
    print_text(text)
    if json:
        print_json(facts)
    if error is not None:
        raise error


def compare_folders(*runs: Path, html: Path | None = None, json: bool = False) -> None:
    """Compare runs and batches: settings that differ, results, per task and over tasks.

    Parameters
    ----------
    runs
        Run folders, or folders of batches.
    html
        Also write the comparison as an HTML file, with pictures.
    json
        Make the last line of the output one JSON object.
    """
    if not runs:
        raise ConfigError("expected at least one folder: designer compare RUN|BATCH")
    from designer.commands.compare import compare_runs

    text, facts = compare_runs(runs, html)
    print_text(text)
    if json:
        print_json(facts)
