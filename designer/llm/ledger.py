"""The ledger of a run: asks a model within a budget and records every answer."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from designer.errors import ClosedError, ConfigError, LLMError, StoreError
from designer.llm import recording
from designer.llm.budget import NO_LIMITS, Account, Budget, Spending
from designer.llm.keys import scrub
from designer.llm.messages import Client, Reply, Request, Say, SpentCallError
from designer.llm.recording import Record, fingerprint
from designer.llm.threads import in_threads

# Low on purpose: an estimate of tokens that no server counted must not be too cheap.
CAUTIOUS_CHARACTERS_PER_TOKEN = 3
PICTURE_TOKENS = 1500  # 1280 x 480 pixels are 600 to 1000 with most models
# The guess until the run's own replies give a better one.
FIRST_GUESS_TOKENS_OUT = 2000
CUT_OFF = "the reply was cut off before its end"

_log = logging.getLogger(__name__)


class Ledger:
    """Every request and reply of a run; a request answered before is never asked again.

    Totals include the records of earlier processes of the run. A call that fails is not
    counted, because nobody can say whether it was charged. A call whose answer is empty
    or cut off was charged: it is recorded and counted, and the request is asked again,
    at once where that may help and by a later process. account: that several ledgers
    share.
    """

    def __init__(
        self,
        path: Path,
        client: Client,
        budget: Budget = NO_LIMITS,
        parallel: int = 4,
        say: Say = _log.warning,
        account: Account | None = None,
    ) -> None:
        if parallel < 1:
            raise ConfigError(f"calls in parallel must be >= 1, got {parallel}")
        self._path, self._client, self._budget = path, client, budget
        self._account = account or Account()
        self.parallel = parallel
        self._lock = threading.Lock()
        records, self._complete_bytes = (
            recording.read_records(path, say) if path.exists() else ([], 0)
        )
        self._records = {r.hash: r for r in records if not r.failure}
        self._failures = [r for r in records if r.failure]
        self._under_way: list[Spending] = []  # the expected spending of each call

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
        """US dollars spent; None when that is unknown for any reply."""
        charges = [self._charged_usd(record) for record in self._all()]
        priced = [usd for usd in charges if usd is not None]
        return sum(priced) if len(priced) == len(charges) else None

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
            self._account.begin(expected)
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
                    record = Record(identity, request, reply, None, failure)
                    self._account.end(expected, self._estimated(record))
                    self._keep(record)
                else:
                    self._account.end(expected, Spending())
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

    @property
    def spent(self) -> Spending:
        """All answers; what a server did not count is estimated."""
        with self._lock:
            return self._spent_locked()

    def _check_budget(self, expected: Spending) -> None:
        under_way = sum(self._under_way, Spending())
        self._budget.check(self._spent_locked(), under_way, expected)

    def _spent_locked(self) -> Spending:
        """What was spent; the caller holds the lock."""
        return sum(map(self._estimated, self._records_locked()), Spending())

    def _expected(self, request: Request) -> Spending:
        replies = [record.reply for record in self._records_locked()]
        counts = [r.tokens_out for r in replies if r.tokens_out is not None]
        mean_out = sum(counts) // len(counts) if counts else FIRST_GUESS_TOKENS_OUT
        tokens_in = _guessed_tokens_in(request)
        usd = self._budget.usd(tokens_in, mean_out) or 0.0
        return Spending(1, tokens_in + mean_out, usd)

    def _charged_usd(self, record: Record) -> float | None:
        reply = record.reply
        if record.usd is not None:
            return record.usd
        if reply.tokens_in is None or reply.tokens_out is None:
            return None
        return self._budget.usd(reply.tokens_in, reply.tokens_out)

    def _estimated(self, record: Record) -> Spending:
        usd, reply = self._charged_usd(record), record.reply
        tokens_in, tokens_out = reply.tokens_in, reply.tokens_out
        if tokens_in is None:
            tokens_in = _guessed_tokens_in(record.request)
        if tokens_out is None:
            characters = len(reply.text) + len(reply.thought)
            tokens_out = characters // CAUTIOUS_CHARACTERS_PER_TOKEN
        if usd is None:
            usd = self._budget.usd(tokens_in, tokens_out)
        return Spending(1, tokens_in + tokens_out, usd or 0.0)

    def _keep(self, record: Record) -> None:
        record = replace(record, usd=self._charged_usd(record))
        self._truncate()
        recording.append_record(self._path, record)
        self._complete_bytes = self._path.stat().st_size
        if record.failure:
            self._failures.append(record)
        else:
            self._records[record.hash] = record

    def _truncate(self) -> None:
        """Remove a torn line that a crash or a full disk left."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if file.tell() > self._complete_bytes:
                    file.truncate(self._complete_bytes)
        except OSError as error:
            raise StoreError(
                f"{self._path}: can't be written: {error.strerror}; make room or fix "
                "the permissions, then resume the run"
            ) from None

    def _all(self) -> list[Record]:
        with self._lock:
            return self._records_locked()

    def _records_locked(self) -> list[Record]:
        """All records; the caller holds the lock."""
        return [*self._records.values(), *self._failures]


def _guessed_tokens_in(request: Request) -> int:
    characters = sum(len(m.content) for m in request.messages)
    pictures = sum(len(m.pictures) for m in request.messages)
    return characters // CAUTIOUS_CHARACTERS_PER_TOKEN + pictures * PICTURE_TOKENS


def ends_all(answer: object) -> bool:
    """Whether no other call can succeed after this answer."""
    if isinstance(answer, ClosedError):
        return True
    return isinstance(answer, BaseException) and not isinstance(answer, LLMError)
