"""designer batch --status: how far the runs of a batch have come."""

from pathlib import Path
from typing import Any

from designer.commands.batch import batch_folder
from designer.commands.opening import ledgers_of
from designer.run.candidates import number
from designer.run.files import read_json
from designer.run.folder import RunStore
from designer.run.grid import Cell, read_grid
from designer.run.manifest import MANIFEST_FILE

HEADER = ("run", "state", "rewards", "trainings", "designed", "calls", "tokens", "USD")


def batch_status(
    file: Path, out: Path | None
) -> tuple[list[list[str]], list[dict[str, Any]]]:
    """A table and its facts, read from the folders alone, while they are worked on."""
    path = batch_folder(file, out)
    facts = [_run_status(path / cell.name, cell) for cell in read_grid(file).cells]
    rows = [list(HEADER), *[[_cell(fact[key]) for key in HEADER] for fact in facts]]
    states = [fact["state"] for fact in facts]
    totals = [
        "all together",
        ", ".join(f"{states.count(s)} {s}" for s in dict.fromkeys(states)),
        str(sum(fact["rewards"] for fact in facts)),
        str(sum(fact["trainings"] for fact in facts)),
        "",
        str(sum(fact["calls"] for fact in facts)),
        str(sum(fact["tokens"] for fact in facts)),
        _total_usd(facts),
    ]
    return [*rows, totals], facts


def _run_status(path: Path, cell: Cell) -> dict[str, Any]:
    store = RunStore(path)
    result = read_json(path / "result.json")
    if not (path / MANIFEST_FILE).exists():
        state = "waiting"
    elif store.is_held():
        state = "running"
    else:
        state = "stopped" if result is None else "finished"
    table = (result or {}).get("table", ())
    designed = [row["fitness"] for row in table if row["reward"] == "designed"]
    author, judge = ledgers_of(path, cell.config)
    spent = author.spent + judge.spent
    searched = [*path.glob("g*/c*/s*/result.json")]
    compared = [*path.glob("final/*/s*/result.json")]
    return {
        "run": cell.name,
        "state": state,
        "rewards": len([*path.glob("g*/c*/outcome.json")]),
        "trainings": len(searched) + len(compared),
        "designed": designed[0] if designed else None,
        "calls": spent.calls,
        "tokens": spent.tokens,
        "USD": None if None in (author.usd, judge.usd) else spent.usd,
    }


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return number(value) if isinstance(value, float) else str(value)


def _total_usd(facts: list[dict[str, Any]]) -> str:
    usd = [fact["USD"] for fact in facts]
    return "unknown" if None in usd else f"{sum(usd):.4f}"
