"""What a run may spend on a model, what it has spent, and several runs together."""

import math
import threading
from dataclasses import dataclass

from designer.errors import BudgetSpent, ConfigError


@dataclass(frozen=True)
class Spending:
    """Calls with their tokens (in and out together) and US dollars."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, added: "Spending") -> "Spending":
        return Spending(
            self.calls + added.calls, self.tokens + added.tokens, self.usd + added.usd
        )


@dataclass(frozen=True)
class Budget:
    """What a run may spend on a model; None is no limit.

    usd_per_mtok: US dollars for a million tokens (in, out). max_tokens: in and out
    together.
    """

    max_calls: int | None = None
    max_usd: float | None = None
    usd_per_mtok: tuple[float, float] | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        """ConfigError for limits that can't be kept."""
        limits = (self.max_calls, self.max_usd, self.max_tokens)
        for amount in (*limits, *(self.usd_per_mtok or ())):
            if amount is not None and not (amount >= 0 and math.isfinite(amount)):
                raise ConfigError(
                    "max_calls, max_usd, max_tokens and prices must be numbers >= 0, "
                    f"got {amount}"
                )
        if self.max_usd is not None and self.usd_per_mtok is None:
            raise ConfigError(
                "max_usd needs the model's price, which is not known; give --price "
                "(US dollars per million tokens in and out), or limit max_tokens or "
                "max_calls instead"
            )

    def usd(self, tokens_in: int, tokens_out: int) -> float | None:
        """What tokens cost; none (a replay) cost nothing whatever the price."""
        if tokens_in == tokens_out == 0:
            return 0.0
        if self.usd_per_mtok is None:
            return None
        price_in, price_out = self.usd_per_mtok
        return (tokens_in * price_in + tokens_out * price_out) / 1e6

    def check(self, spent: Spending, under_way: Spending, further: Spending) -> None:
        """BudgetSpent if a further call would, with those under way, pass a limit."""
        after = spent + under_way + further
        if self.max_calls is not None and after.calls > self.max_calls:
            raise BudgetSpent(
                f"the limit of {self.max_calls} model calls is reached ({spent.calls} "
                f"answered, {under_way.calls} under way); resume with a higher "
                "--max-calls"
            )
        if self.max_tokens is not None and after.tokens > self.max_tokens:
            raise BudgetSpent(
                f"the limit of {self.max_tokens} tokens is reached: {spent.tokens} "
                f"spent, {after.tokens} expected with the calls under way and the next "
                "one; resume with a higher --max-tokens"
            )
        if self.max_usd is not None and after.usd > self.max_usd:
            raise BudgetSpent(
                f"the limit of ${self.max_usd:g} is reached: ${spent.usd:.4f} spent, "
                f"${after.usd:.4f} expected with the calls under way and the next one; "
                "resume with a higher --max-usd"
            )


NO_LIMITS = Budget()


class Account:
    """What all ledgers of a batch spend together; without limits unless given.

    limits: of all together; prices are the ledgers' own, so those of the limits are not
    read. spent: before this process.
    """

    def __init__(
        self, limits: Budget = NO_LIMITS, spent: Spending = Spending()
    ) -> None:
        self._limits, self._spent, self._under_way = limits, spent, Spending()
        self._lock = threading.Lock()

    @property
    def spent(self) -> Spending:
        """Calls that were answered, with their tokens and US dollars."""
        with self._lock:
            return self._spent

    def begin(self, expected: Spending) -> None:
        """Count a call as under way; BudgetSpent if it would pass a limit."""
        with self._lock:
            self._limits.check(self._spent, self._under_way, expected)
            self._under_way += expected

    def end(self, expected: Spending, charged: Spending) -> None:
        """A call is over; charged: nothing where no answer came."""
        with self._lock:
            self._under_way += Spending(
                -expected.calls, -expected.tokens, -expected.usd
            )
            self._spent += charged
