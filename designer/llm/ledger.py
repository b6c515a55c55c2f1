"""Asks a model within a budget and remembers every answer."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from designer.errors import ClosedError, ConfigError, LLMError, StoreError
from designer.llm import recording
from designer.llm.budget import NO_LIMITS, Budget, Spending
from designer.llm.keys import scrub
from designer.llm.messages import Client, Reply, Request, Say, SpentCallError
from designer.llm.recording import Record, fingerprint
from designer.llm.threads import in_threads

# Low on purpose: what a server doesn't count is estimated too dear, not too cheap.
CHARACTERS_PER_TOKEN = 3
TOKENS_OF_PICTURE = 1500  # 1280 x 480 pixels are 600 to 1000 with most models
# What a reply is taken to have before the run's own replies are a better guess.
FIRST_GUESS_TOKENS_OUT = 2000
CUT_OFF = "the reply was cut off before its end"

log = logging.getLogger(__name__)


class Ledger:
    """Every request and reply of a run; a request answered before is never asked again.

    Totals include what an earlier process of the same run recorded in path. A call
    that fails is not counted, because nobody can say whether it was charged; one with
    an empty answer or one that was cut off was, so it is recorded and counted, but
    asked again: at once where that may help, and by a later process.
    """

    def __init__(
        self,
        path: Path,
        client: Client,
        budget: Budget = NO_LIMITS,
        parallel: int = 4,
        say: Say = log.warning,
    ) -> None:
        if parallel < 1:
            raise ConfigError(f"calls in parallel must be >= 1, got {parallel}")
        self._path, self._client, self._budget = path, client, budget
        self.parallel = parallel
        self._lock = threading.Lock()
        records, self._whole_bytes = (
            recording.read(path, say) if path.exists() else ([], 0)
        )
        self._records = {r.hash: r for r in records if not r.failure}
        self._failures = [r for r in records if r.failure]
        self._under_way: list[Spending] = []  # what is expected of each call

    @property
    def calls(self) -> int:
        """Answers received, with or without text."""
        return len(self._all())

    @property
    def tokens_in(self) -> int:
        """Tokens of all prompts whose tokens the server counted."""
        return sum(record.reply.tokens_in or 0 for record in self._all())

    @property
    def tokens_out(self) -> int:
        """Tokens of all replies whose tokens the server counted."""
        return sum(record.reply.tokens_out or 0 for record in self._all())

    @property
    def usd(self) -> float | None:
        """What was spent; None when that is unknown for any reply."""
        spent = [self._known_usd(record) for record in self._all()]
        known = [usd for usd in spent if usd is not None]
        return sum(known) if len(known) == len(spent) else None

    def ask(self, request: Request) -> Reply:
        """The recorded answer or a new one; LLMError, BudgetSpent or StoreError."""
        try:
            return self._ask(request)
        except SpentCallError as error:
            if not error.again:
                raise
        return self._ask(request)

    def _ask(self, request: Request) -> Reply:
        identity = fingerprint(request)
        with self._lock:
            if identity in self._records:
                return self._records[identity].reply
            expected = self._expected(request)
            self._check_budget(expected)
            self._under_way.append(expected)
        reply, failure = None, ""
        try:
            reply = self._client(request)
            failure = CUT_OFF if reply.cut_off else ""
        except SpentCallError as error:
            reply, failure = error.reply, scrub(str(error))
            raise
        finally:
            with self._lock:
                self._under_way.remove(expected)
                if reply is not None:
                    reply = replace(
                        reply,
                        text=scrub(reply.text),
                        model=scrub(reply.model),
                        thought=scrub(reply.thought),
                    )
                    self._keep(Record(identity, request, reply, None, failure))
        return reply

    def ask_all(self, requests: Sequence[Request]) -> list[Reply | LLMError]:
        """The answers in the order of the requests; a failed one is its LLMError.

        BudgetSpent, StoreError and ClosedError are raised once the calls under way are
        recorded.
        """
        different = list(dict.fromkeys(requests))
        answers: dict[Request, Reply | LLMError] = {}
        fatal: BaseException | None = None
        for request, answer in in_threads(self.ask, different, self.parallel, ends_all):
            if isinstance(answer, Reply | LLMError) and not ends_all(answer):
                answers[request] = answer
            elif isinstance(answer, BaseException):
                fatal = fatal or answer
        if fatal is not None:
            raise fatal
        return [answers[request] for request in requests]

    def _check_budget(self, expected: Spending) -> None:
        spent = sum(map(self._estimated, self._known()), Spending())
        self._budget.check(spent, sum(self._under_way, Spending()), expected)

    def _expected(self, request: Request) -> Spending:
        counts = [record.reply.tokens_out for record in self._known()]
        known = [tokens for tokens in counts if tokens is not None]
        mean_out = sum(known) // len(known) if known else FIRST_GUESS_TOKENS_OUT
        tokens_in = _guessed_tokens_in(request)
        usd = self._budget.usd(tokens_in, mean_out) or 0.0
        return Spending(1, tokens_in + mean_out, usd)

    def _known_usd(self, record: Record) -> float | None:
        reply = record.reply
        if record.usd is not None:
            return record.usd
        if reply.tokens_in is None or reply.tokens_out is None:
            return None
        return self._budget.usd(reply.tokens_in, reply.tokens_out)

    def _estimated(self, record: Record) -> Spending:
        known, reply = self._known_usd(record), record.reply
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        if tokens_in is None:
            tokens_in = _guessed_tokens_in(record.request)
        if tokens_out is None:
            characters = len(reply.text) + len(reply.thought)
            tokens_out = characters // CHARACTERS_PER_TOKEN
        usd = self._budget.usd(tokens_in, tokens_out) if known is None else known
        return Spending(1, tokens_in + tokens_out, usd or 0.0)

    def _keep(self, record: Record) -> None:
        record = replace(record, usd=self._known_usd(record))
        self._truncate()
        recording.append(self._path, record)
        self._whole_bytes = self._path.stat().st_size
        if record.failure:
            self._failures.append(record)
        else:
            self._records[record.hash] = record

    def _truncate(self) -> None:
        """Take a torn line away, left by a crash or by a full disk."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if file.tell() > self._whole_bytes:
                    file.truncate(self._whole_bytes)
        except OSError as error:
            raise StoreError(
                f"{self._path}: can't be written: {error.strerror}; make room or fix "
                "the permissions, then resume the run"
            ) from None

    def _all(self) -> list[Record]:
        with self._lock:
            return self._known()

    def _known(self) -> list[Record]:
        """All records, for who holds the lock."""
        return [*self._records.values(), *self._failures]


def _guessed_tokens_in(request: Request) -> int:
    characters = sum(len(m.content) for m in request.messages)
    pictures = sum(len(m.pictures) for m in request.messages)
    return characters // CHARACTERS_PER_TOKEN + pictures * TOKENS_OF_PICTURE


def ends_all(answer: object) -> bool:
    """Whether no other call can succeed after this answer."""
    if isinstance(answer, ClosedError):
        return True
    return isinstance(answer, BaseException) and not isinstance(answer, LLMError)
