"""designer report: a run as text and as one HTML page, finished or not."""

from pathlib import Path

from designer.report.page import write_page
from designer.report.record import read_run
from designer.report.so_far import summary_so_far
from designer.run.files import read_text
from sandbox import clean

MAX_REPORT_CHARACTERS = 10_000_000


def read_report(path: Path) -> tuple[str, dict[str, object]]:
    """Text and figures of a run; its page is written anew as report.html.

    None of its task's code is run for that.
    """
    record = read_run(path)
    facts: dict[str, object]
    if record.result is None:
        text, facts = summary_so_far(
            record.snapshot, record.manifest.config, record.unit
        )
        if record.status != "running":
            text += f"\nTo go on: designer resume {path}"
    else:
        facts = dict(record.result)
        text = clean(read_text(record.path / "report.md"), MAX_REPORT_CHARACTERS)
    page = write_page(record)
    return f"{text}\npage: {page}", {**facts, "page": str(page)}
