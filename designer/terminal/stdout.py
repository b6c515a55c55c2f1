"""Prints what commands put out: text, tables, and JSON as the last line."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from designer.run.files import to_json


def print_text(text: str) -> None:
    """Print a text with one line end."""
    sys.stdout.write(text.rstrip("\n") + "\n")


def print_json(data: Any) -> None:
    """Print one line of JSON."""
    print_text(json.dumps(to_json(data), allow_nan=False))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns as wide as their longest cell."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    for row in rows:
        line = (cell.ljust(w) for cell, w in zip(row, widths, strict=True))
        print_text("  ".join(line).rstrip())
