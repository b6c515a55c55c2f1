"""designer serve: the reports of all runs, live, and the pages for votes."""

import hashlib
import os
import re
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from designer.errors import ConfigError, DesignerError
from designer.llm import Say
from designer.report.headline import headline
from designer.report.page import report_page
from designer.report.record import read_run
from designer.run.folder import RunStore
from designer.search.reading import open_questions
from designer.votes.preferences import login
from designer.votes.questions import ASKING_FILE
from designer.web.page import Page, new_token
from designer.web.serve import require_server, serve_pages
from envs.yamlfile import TaskError

if TYPE_CHECKING:  # starlette is an extra
    from designer.web.site import RunLine

REPORT_EVERY_S = 10  # how often a report is made anew for trainings under way
STATE_FILES = (
    "events.jsonl",
    "result.json",
    "preferences.jsonl",
    "report.md",
    ASKING_FILE,
)


def serve_runs(paths: Sequence[Path], rater: str, port: int, say: Say) -> None:
    """Serve runs until Ctrl-C; paths: of run folders, or of folders that hold some."""
    require_server()
    from designer.web.site import Site

    if missing := [path for path in paths if not path.is_dir()]:
        raise ConfigError(
            f"{missing[0]} is no folder; expected runs, or folders of runs"
        )
    site = Site(
        token=new_token(),
        runs=lambda: run_folders(paths),
        line=run_line,
        report=lambda path: _report(path, run_state(path)),
        state=run_state,
        page=partial(_page, rater=rater or login()),
    )
    serve_pages(site, port, say, lambda: False)


def run_folders(paths: Sequence[Path]) -> dict[str, Path]:
    """The runs in these folders, and in folders inside them; the newest first.

    By key, the folder's name; where two share a name, with a hash of the path.
    """
    folders = {
        config.parent.resolve(): config.stat().st_mtime
        for path in paths
        for pattern in ("config.yaml", "*/config.yaml", "*/*/config.yaml")
        for config in path.glob(pattern)
    }
    runs: dict[str, Path] = {}
    for folder in sorted(folders, key=lambda folder: (-folders[folder], folder)):
        key = re.sub(r"[^\w.-]", "_", folder.name)
        if key in runs:
            key += f"-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:6]}"
        runs[key] = folder
    return runs


def run_state(path: Path) -> str:
    """A text that changes when the report of a run does."""
    sizes = []
    for name in STATE_FILES:
        try:
            stat = (path / name).stat()
        except FileNotFoundError:
            continue
        sizes.append(f"{name} {stat.st_size} {stat.st_mtime_ns}")
    is_running = RunStore(path).is_held()
    if is_running:
        curves = path.glob("*/*/s[0-9]*/curves.csv")
        newest = max((c.stat().st_mtime for c in curves), default=0.0)
        sizes.append(str(int(newest / REPORT_EVERY_S)))
    return hashlib.sha256("\n".join([*sizes, str(is_running)]).encode()).hexdigest()


def run_line(key: str, path: Path) -> "RunLine":
    """The line of a run in the list; a damaged one says what is wrong with it."""
    return _line(key, path, run_state(path))


@lru_cache(maxsize=256)
def _line(key: str, path: Path, state: str) -> "RunLine":
    from designer.web.site import RunLine

    try:
        record = read_run(path)
    except (DesignerError, TaskError) as error:
        return RunLine(key, path.name, "", "damaged", str(error), False)
    asks = open_questions(RunStore(path)) is not None
    heading = headline(record).heading
    return RunLine(key, path.name, record.task.name, record.status, heading, asks)


@lru_cache(maxsize=8)
def _report(path: Path, state: str) -> str:
    """The report of a run in this state; its clips and state have addresses."""
    record = read_run(path)
    return report_page(
        record,
        lambda clip: f"clip/{clip.relative_to(record.path)}",
        state_address="state",
    )


def _page(path: Path, rater: str) -> Page:
    """The page for votes on a run that goes on."""

    store = RunStore(path)

    def finished() -> bool:
        return not store.is_held()

    # The site's guards have checked its token already.
    return Page(path, _goal(path), rater, "", lambda: open_questions(store), finished)


@lru_cache(maxsize=256)
def _goal(path: Path) -> str:
    """The task in words; an open page asks for it every second."""
    return read_run(path).task.goal
