import json

import pytest

from designer.llm import price_of, prices
from tests.designer.llm.conftest import needs_litellm


def entry(provider, price_in, price_out):
    return {
        "litellm_provider": provider,
        "input_cost_per_token": price_in,
        "output_cost_per_token": price_out,
    }


@pytest.fixture
def table(monkeypatch, tmp_path):
    """A litellm whose table has a few lines."""
    entries = {
        "gpt-1": entry("openai", 2.5e-06, 1e-05),
        "gpt-free": entry("openai", 0.0, 0.0),
        "gpt-odd": entry("openai", "much", 1e-05),
        "gpt-azure": entry("azure", 1e-06, 1e-06),
        "claude-1": entry("anthropic", 3e-06, 1.5e-05),
        "router/anthropic/claude-1": entry("router", 4e-06, 2e-05),
        "gpt-broken": None,
    }
    (tmp_path / "litellm").mkdir()
    (tmp_path / "litellm" / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "litellm" / prices.PRICE_TABLE_FILE).write_text(json.dumps(entries))
    monkeypatch.delitem(__import__("sys").modules, "litellm", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    prices._table.cache_clear()
    yield tmp_path / "litellm" / prices.PRICE_TABLE_FILE
    prices._table.cache_clear()


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("gpt-1", (2.5, 10.0)),
        ("litellm/openai/gpt-1", (2.5, 10.0)),
        ("litellm/claude-1", (3.0, 15.0)),
        ("litellm/anthropic/claude-1", (3.0, 15.0)),
        ("litellm/router/anthropic/claude-1", (4.0, 20.0)),
        ("litellm/other/claude-1", None),  # another provider, another price
        ("gpt-1@http://127.0.0.1:8000/v1", None),  # a server of one's own
        ("ollama/gpt-1", None),
        ("gpt-azure", None),
        ("gpt-free", None),  # a price of 0 is not known, it is not there
        ("gpt-odd", None),
        ("gpt-broken", None),
        ("gpt-2", None),
        ("manual", None),
        ("symbolic", None),
        ("replay:gpt-1", None),
    ],
)
def test_a_price_is_known_for_a_provider_s_model_that_the_table_has(model, price):
    assert price_of(model) == price


@pytest.mark.parametrize("content", ["", "[]", "7", "{"])
def test_a_table_of_another_form_knows_no_price(table, content):
    table.write_text(content)
    assert price_of("gpt-1") is None


@needs_litellm
def test_litellm_has_its_table_where_we_look():
    prices._table.cache_clear()
    priced = [n for n in prices._table() if n.startswith("gpt-") and price_of(n)]
    assert len(priced) > 10
