"""What is checked of a batch file before anything begins."""

from pathlib import Path

from designer.commands.limits import author_price, judge_price
from designer.config import RunConfig
from designer.errors import BudgetSpent, ClosedError, ConfigError
from designer.llm.budget import Budget
from designer.options import BatchOptions, Consent
from designer.run.grid import Cell, Grid
from designer.run.manifest import MANIFEST_FILE, read_manifest
from designer.run.settings import dangers, flag

LIMITS_AND_PRICES = ("max_calls", "max_tokens", "max_usd", "price", "judge_price")
# Settings that change no figure of a run that goes on.
FREE_SETTINGS = ("workers", *LIMITS_AND_PRICES, "init")


def require_consent(grid: Grid, options: BatchOptions) -> None:
    """ConfigError for servers and missing walls that the command line doesn't name."""
    missing = {}
    for cell in grid.cells:
        for key, effect in dangers(vars(cell.config)).items():
            value = getattr(cell.config, key)
            agreed = getattr(options, key)
            if value != agreed and value not in (agreed or ()):
                missing[flag(key, value)] = effect
    if missing:
        raise ConfigError(
            f"this batch would {' and '.join(missing.values())}, which a file can't "
            f"choose; if you want that, add {' '.join(missing)}"
        )


def consent_to(cell: Cell, options: BatchOptions) -> Consent:
    """What of the user's consent to a batch concerns one run that goes on."""
    config = cell.config
    return Consent(
        model=config.model if config.model in options.model else "",
        judge_model=(
            config.judge_model if config.judge_model in options.judge_model else ""
        ),
        sandbox=options.sandbox if config.sandbox == options.sandbox else None,
        task=cell.task,
        accept_changes=options.accept_changes,
    )


def limits_of(grid: Grid, options: BatchOptions) -> Budget:
    """The limits of all runs together; prices are those of the models."""
    max_usd = options.max_usd or grid.max_usd
    configs = [cell.config for cell in grid.cells]
    unpriced = [c.model for c in configs if author_price(c) is None]
    unpriced += [c.judge_model for c in configs if judge_price(c) is None]
    if max_usd is not None and unpriced:
        raise ConfigError(
            f"max_usd needs the price of {unpriced[0]}, which is not known; add to the "
            f"file 'prices: {{{unpriced[0]}: [IN, OUT]}}' (US dollars per million "
            "tokens), or limit max_tokens or max_calls instead"
        )
    return Budget(
        options.max_calls or grid.max_calls,
        max_usd,
        (0.0, 0.0),
        options.max_tokens or grid.max_tokens,
    )


def require_nobody(cell: Cell) -> None:
    """ConfigError for a run that would wait for a person."""
    human, models = cell.config.human, (cell.config.model, cell.config.judge_model)
    if human in ("terminal", "page") or "manual" in models:
        raise ConfigError(
            f"{cell.name} would wait for a person (human: {human}, model: {models[0]}, "
            f"judge_model: {models[1] or 'none'}), and a batch asks nobody; take "
            "human: synthetic, factors or a judge_model, and another model, or do this "
            "run alone"
        )


def require_same_settings(run: Path, config: RunConfig) -> None:
    """ConfigError if a run was begun with other settings than the file gives now."""
    if not (run / MANIFEST_FILE).exists():
        return
    old = read_manifest(run).config
    for key, value in vars(config).items():
        before = getattr(old, key)
        if key not in FREE_SETTINGS and before != value:
            raise ConfigError(
                f"{run} was begun with {key} {before}, and the file has {value}; "
                "put that back, or give the batch another --out"
            )


def concerns_all(fault: Exception, config: RunConfig) -> bool:
    """Whether a fault of one run stops every run whose rewards its model writes.

    It may be the run's own limit (a recipe's), or come from its judge model.
    """
    own_limits = (config.max_calls, config.max_tokens, config.max_usd)
    if isinstance(fault, BudgetSpent):
        return not any(own_limits)
    return isinstance(fault, ClosedError) and not config.judge_model
