"""designer report: a run as text and as one HTML page, finished or not."""

from pathlib import Path

from designer.errors import ConfigError
from designer.report.page import write_page
from designer.report.record import recorded_steps
from designer.report.so_far import summary_so_far
from designer.run.files import read_json, read_text, require_plain
from designer.run.folder import RunStore
from designer.run.manifest import read_manifest
from designer.search.snapshot import read_snapshot
from sandbox import clean

MAX_REPORT_CHARACTERS = 10_000_000


def read_report(path: Path) -> tuple[str, dict[str, object]]:
    """Text and figures of a run; its page is written anew as report.html.

    None of its task's code is run for that.
    """
    if not (path / "config.yaml").is_file():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    require_plain(path)
    result = read_json(path / "result.json")
    if result is None:
        manifest = read_manifest(path)
        config = manifest.config
        steps = recorded_steps(path, manifest)
        snapshot = read_snapshot(RunStore(path), config, steps)
        text, facts = summary_so_far(snapshot, config, "")
        text = f"{text}\nTo go on: designer resume {path}"
    else:
        facts = result
        text = clean(read_text(path / "report.md"), MAX_REPORT_CHARACTERS)
    page = write_page(path)
    return f"{text}\npage: {page}", {**facts, "page": str(page)}
