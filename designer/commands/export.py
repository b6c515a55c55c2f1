"""designer export: a run's reward and policy as a folder that works without us."""

from pathlib import Path

from designer.export.folder import Exported, read_search, write_export


def export_run(run: Path, out: Path | None) -> Exported:
    """Write the export of a finished run; out: run/export if not given."""
    search = read_search(run)
    return write_export(search, out or run / "export")
