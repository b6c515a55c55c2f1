"""List prices from the table that the optional litellm brings, without the network.

Not covered: prices of cached, batched and very long prompts, discounts, changes since
that litellm was released. A price of 0 (a preview, a local model) counts as unknown.
"""

import json
import math
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PRICE_TABLE_FILE = "model_prices_and_context_window_backup.json"


def list_price(provider: str, name: str) -> tuple[float, float] | None:
    """US dollars per million tokens (in, out) of a provider's model, None if unknown.

    provider: its name in litellm, '' for the one that litellm chooses by the model's.
    """
    table = _table()
    entry = table.get(f"{provider}/{name}")
    if entry is None:
        entry = table.get(name)
        if provider and (entry or {}).get("litellm_provider") != provider:
            return None
    prices = [(entry or {}).get(f"{way}_cost_per_token") for way in ("input", "output")]
    usd = [p * 1e6 for p in prices if isinstance(p, float | int) and 0 < p < math.inf]
    return (round(usd[0], 6), round(usd[1], 6)) if len(usd) == 2 else None


@cache
def _table() -> dict[str, Any]:
    """The table; empty where litellm is missing or keeps its table elsewhere."""
    spec = find_spec("litellm")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        try:
            table = json.loads(
                (Path(folder) / PRICE_TABLE_FILE).read_text(encoding="utf-8")
            )
        except (OSError, ValueError):
            continue
        entries = table.items() if isinstance(table, dict) else ()
        return {name: entry for name, entry in entries if isinstance(entry, dict)}
    return {}
