"""designer export: a run's reward and policy as a folder that works without us."""

from pathlib import Path

from designer.export.folder import Exported, read_search, remove_others, write_export


def export_run(run: Path, out: Path | None) -> Exported:
    """Write the export of a finished run; out: run/export if not given."""
    search = read_search(run)
    exported = write_export(search, out or run / "export")
    if out is None:  # A folder that the user names may hold files of his own.
        remove_others(exported)
    return exported
