"""What a run may spend on each of its models, and the prices that this needs."""

from designer.config import Price, RunConfig
from designer.errors import ConfigError
from designer.llm import Budget, price_of

FREE = (0.0, 0.0)


def asks_a_model(spec: str) -> bool:
    """Whether what --model names is asked, and so may cost something."""
    return spec not in ("", "symbolic") and not spec.startswith("replay:")


def author_price(config: RunConfig) -> Price | None:
    """The price of the model that writes rewards; None where it is not known."""
    return _price(config.model, config.price)


def judge_price(config: RunConfig) -> Price | None:
    """The price of the judge model; that of the author where they are the same."""
    same = config.price if config.judge_model == config.model else None
    return _price(config.judge_model, config.judge_price or same)


def author_budget(config: RunConfig) -> Budget:
    """The limits of the model that writes rewards; ConfigError if they can't be kept.

    A limit in US dollars needs a price.
    """
    price = author_price(config)
    _require_price(config, config.model, price, "--price")
    return Budget(config.max_calls, config.max_usd, price, config.max_tokens)


def judge_budget(config: RunConfig) -> Budget:
    """The limits of the judge model, which are its own; errors as of the author's."""
    price = judge_price(config)
    _require_price(config, config.judge_model, price, "--judge-price")
    return Budget(config.max_calls, config.max_usd, price, config.max_tokens)


def _price(spec: str, given: Price | None) -> Price | None:
    if not asks_a_model(spec):
        return given or FREE
    return given or price_of(spec)


def _require_price(
    config: RunConfig, spec: str, price: Price | None, option: str
) -> None:
    if config.max_usd is not None and price is None:
        raise ConfigError(
            f"max_usd needs the price of {spec}, which is not known; give {option} (US "
            "dollars per million tokens in and out), or limit max_tokens or max_calls "
            "instead"
        )
