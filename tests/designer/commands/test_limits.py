"""Limits and prices of a run's two models, and what a batch may do with them."""

from dataclasses import replace

import pytest

from designer.commands.batch_checks import (
    concerns_all,
    consent_to,
    limits_of,
    require_nobody,
    require_same_settings,
)
from designer.commands.limits import author_budget, judge_budget
from designer.commands.opening import spent_on
from designer.commands.run import require_usable
from designer.config import RunConfig
from designer.errors import BudgetSpent, ClosedError, ConfigError, StoreError
from designer.llm.budget import Spending
from designer.options import BatchOptions
from designer.run.grid import Cell, Grid
from designer.run.manifest import Manifest, write_manifest
from envs.make import load_task

OWN, OTHER = "a@http://127.0.0.1:9/v1", "b@http://127.0.0.1:9/v1"


def cell(**settings) -> Cell:
    return Cell("one", "hopper-run", RunConfig(**settings))


def test_a_limit_in_dollars_needs_the_price_of_each_model() -> None:
    config = RunConfig(model=OWN, judge_model=OTHER, max_usd=1.0, price=(1.0, 2.0))
    assert author_budget(config).usd_per_mtok == (1.0, 2.0)
    with pytest.raises(ConfigError, match=f"price of {OTHER}.* give --judge-price"):
        judge_budget(config)


def test_the_judge_s_price_is_its_own_or_that_of_the_same_author() -> None:
    common = {"model": OWN, "max_usd": 1.0, "price": (1.0, 2.0)}
    assert judge_budget(RunConfig(judge_model=OWN, **common)).usd_per_mtok == (1, 2)
    other = RunConfig(judge_model=OTHER, judge_price=(3.0, 4.0), **common)
    assert judge_budget(other).usd_per_mtok == (3.0, 4.0)


@pytest.mark.parametrize("model", ["symbolic", "replay:run"])
def test_what_asks_nobody_needs_no_price(model: str) -> None:
    config = RunConfig(model=model, max_usd=1.0)
    assert author_budget(config).usd_per_mtok == (0.0, 0.0)
    assert judge_budget(config).usd_per_mtok == (0.0, 0.0)


def test_what_a_run_spent_can_be_read_whatever_its_limits(tmp_path) -> None:
    config = RunConfig(model=OWN, judge_model=OTHER, max_usd=1.0, max_calls=1)
    assert spent_on(tmp_path, config) == (Spending(), Spending())


def test_a_batch_knows_the_judge_s_price() -> None:
    settings = {"judge_model": OTHER, "judge": "both", "human": "synthetic"}
    with pytest.raises(ConfigError, match=f"price of {OTHER}"):
        limits_of(Grid((cell(**settings),), max_usd=1.0), BatchOptions())
    priced = cell(**settings, judge_price=(1.0, 2.0))
    assert limits_of(Grid((priced,), max_usd=1.0), BatchOptions()).max_usd == 1.0


def test_a_batch_asks_no_person_to_be_the_judge_model() -> None:
    with pytest.raises(ConfigError, match="would wait for a person"):
        require_nobody(cell(judge="both", judge_model="manual"))


def test_only_a_fault_of_the_common_model_or_limit_stops_its_other_runs() -> None:
    spent, closed = BudgetSpent("spent"), ClosedError("no key")
    assert concerns_all(spent, RunConfig(model=OWN))
    assert not concerns_all(spent, RunConfig(model=OWN, max_calls=5))
    assert concerns_all(closed, RunConfig(model=OWN))
    assert not concerns_all(closed, RunConfig(model=OWN, judge_model=OTHER))
    assert not concerns_all(StoreError("full"), RunConfig(model=OWN))


def test_form_sign_needs_a_model(tmp_path) -> None:
    with pytest.raises(ConfigError, match="--form sign needs a model"):
        require_usable(
            RunConfig(form="sign"), load_task("hopper-run"), tmp_path / "run"
        )


def test_the_prices_of_a_batch_may_change(tmp_path) -> None:
    settings = {"judge": "both", "judge_model": OTHER}
    config = RunConfig(**settings)
    write_manifest(tmp_path, Manifest("hopper-run", config, {"python": "3"}))
    require_same_settings(tmp_path, replace(config, judge_price=(1.0, 2.0)))
    with pytest.raises(ConfigError, match="begun with seeds 2, and the file has 3"):
        require_same_settings(tmp_path, replace(config, seeds=3))


def test_consent_takes_the_walls_only_from_runs_begun_without() -> None:
    options = BatchOptions(sandbox="none")
    assert consent_to(cell(sandbox="none"), options).sandbox == "none"
    assert consent_to(cell(sandbox="auto"), options).sandbox is None
