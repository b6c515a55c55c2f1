"""designer report: the stored report of a finished run."""

from pathlib import Path

from designer.errors import ConfigError, StoreError
from designer.run.files import read_json, read_text, require_plain
from sandbox import clean

MAX_REPORT_CHARACTERS = 10_000_000


def read_report(path: Path) -> tuple[str, dict[str, object]]:
    """Text and figures of a finished run."""
    if not (path / "config.yaml").is_file():
        raise ConfigError(f"{path} is not a run folder: it has no config.yaml")
    require_plain(path)
    result = read_json(path / "result.json")
    if result is None:
        raise StoreError(f"{path} is not finished; go on: designer resume {path}")
    return clean(read_text(path / "report.md"), MAX_REPORT_CHARACTERS), result
