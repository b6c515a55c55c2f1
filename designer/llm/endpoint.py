"""The client of one model at one server: asks in its dialect until it answers."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from designer.llm.answers import cached_tokens, choice_in, reply_from
from designer.llm.dialect import (
    DEFAULT_REPLY_TOKENS,
    LIMIT_PARAMETERS,
    Dialect,
    is_about_room,
)
from designer.llm.faults import Fault, error_fault, error_in, unreadable, words_of
from designer.llm.keys import scrubbed_line
from designer.llm.messages import Reply, Request, Say, SpentCallError
from designer.llm.patience import PATIENCE, Gate, ModelServer, Patience, persist
from sandbox.text import MAX_REPLY_CHARACTERS

_log = logging.getLogger(__name__)
# A token is three to five characters; a server that counts fewer has cut the prompt.
LONG_PROMPT_CHARACTERS, MAX_CHARACTERS_PER_TOKEN = 4000, 8
# Of one question; halving a limit of a million takes eight, every name refused a few.
MAX_BODIES = 20
Post = Callable[[dict[str, Any], float], tuple[Any, Mapping[str, str]] | Fault]
"""Sends a body and waits so many seconds: gives the decoded answer and its headers."""


@dataclass(frozen=True)
class EndpointSettings:
    """How a server is asked.

    timeout_s: the longest wait for an answer; after it one more try is made.
    reply_tokens: limit of a reply's tokens, None for the server's own. say: receives
    notices of waits and of limits.
    """

    # A reasoning model, or one on a laptop, thinks for minutes before the first byte.
    timeout_s: float = 300.0
    reply_tokens: int | None = None
    patience: Patience = PATIENCE
    say: Say = _log.warning


@dataclass
class _Question:
    """A request under way, its last dialect, and how many tokens its prompt leaves.

    bodies: all that were sent for it; none is sent twice because of what was learnt.
    """

    request: Request
    sent: Dialect
    room_tokens: int | None = None
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def dialect(self, common: Dialect) -> Dialect:
        """How it is sent where all other questions are sent so."""
        if self.room_tokens is None:
            return common
        return replace(common, limit=self.room_tokens)


class Endpoint:
    """The client of one model; remembers its server's dialect, and when it is busy.

    title: how error lines begin. key: the variable that holds the API key.
    """

    def __init__(
        self, name: str, title: str, key: str, post: Post, settings: EndpointSettings
    ) -> None:
        self._name, self._title, self._key, self._post = name, title, key, post
        self._settings, self._say = settings, settings.say
        patience = settings.patience
        self._server = ModelServer(
            title, settings.timeout_s, patience, Gate(patience), settings.say
        )
        self._lock = threading.Lock()
        self._dialect = Dialect(limit=settings.reply_tokens)
        self._warned, self._max_tokens_in = False, 0

    def __call__(self, request: Request) -> Reply:
        """The reply; LLMError when further tries are of no use."""
        start = time.perf_counter()
        question = _Question(request, self._dialect)
        data = persist(lambda seconds: self._try(question, seconds), self._server)
        seconds = time.perf_counter() - start
        try:
            reply = reply_from(data, self._name, self._title, seconds)
        except SpentCallError as error:
            self._raise_limit(question.sent, error.reply)
            raise
        self._check_prompt(request, reply, data)
        self._raise_limit(question.sent, reply)
        return reply

    def _try(self, question: _Question, seconds: float) -> Any | Fault:
        """One try: a decoded answer with a choice, or why there is none."""
        question.sent = question.dialect(self._dialect)
        body = question.sent.body(question.request)
        question.bodies.append({**body})  # a client may change what it is given
        answer = self._post(body, seconds)
        if isinstance(answer, Fault):
            return self._learn(question, answer)
        data, headers = answer
        if (error := error_in(data)) is not None:
            fault = error_fault(200, error, headers, self._key)
            return self._learn(question, fault)
        if choice_in(data) is None:
            return unreadable(
                "expected choices with a message, got "
                f"{scrubbed_line(words_of(data))}; "
                "does this server speak chat.completions?"
            )
        return data

    def _learn(self, question: _Question, fault: Fault) -> Fault:
        """The fault; is_learnt is set if its words have changed the dialect."""
        sent = question.sent
        learnt = sent.after(fault.words, question.request) if fault.words else None
        is_own_limit = sent.limit is not None and self._settings.reply_tokens is None
        if learnt is None and fault.words and fault.tries == 1 and is_own_limit:
            # The limit may be at fault, and the user did not ask for one.
            learnt = replace(sent, refused=sent.refused | {*LIMIT_PARAMETERS})
        if learnt is None:
            return fault
        limit = self._dialect.limit
        if learnt.limit != sent.limit and is_about_room(fault.words):
            question.room_tokens = learnt.limit  # another prompt leaves more
        elif learnt.limit != sent.limit:
            limit = learnt.limit
        with self._lock:
            is_lower = sent.limit is not None and limit != self._dialect.limit
            refused = self._dialect.refused | learnt.refused
            streams = self._dialect.streams or learnt.streams
            dialect = Dialect(refused, limit, streams)
            # What was sent before will be refused again, whatever the words are.
            body = question.dialect(dialect).body(question.request)
            if body in question.bodies or len(question.bodies) >= MAX_BODIES:
                return fault
            self._dialect = dialect
        if is_lower:
            self._say(f"{self._title}: takes at most {limit} tokens a reply")
        return replace(fault, is_learnt=True)

    def _raise_limit(self, sent: Dialect, reply: Reply) -> None:
        """SpentCallError if a limit that the user did not choose cut the reply off."""
        is_clipped = len(reply.text) >= MAX_REPLY_CHARACTERS
        name = sent.limit_name
        if not reply.cut_off or is_clipped or sent.limit is not None or name is None:
            return
        tokens = max(DEFAULT_REPLY_TOKENS, 2 * (reply.tokens_out or 0))
        line = (
            f"{self._title}: a reply was cut off at the server's own limit; asking "
            f"again with {name} {tokens} (--reply-tokens sets another limit)"
        )
        with self._lock:
            is_news = self._dialect.limit is None
            if is_news:
                self._dialect = replace(self._dialect, limit=tokens)
        if is_news:
            self._say(line)
        raise SpentCallError(line, reply, again=True)

    def _check_prompt(self, request: Request, reply: Reply, data: Any) -> None:
        """Warn once if the server counted far fewer tokens than the prompt has."""
        characters = sum(len(message.content) for message in request.messages)
        tokens = (reply.tokens_in or 0) + cached_tokens(data)
        # A server that counts only what it has not cached counted more before.
        is_max = tokens >= self._max_tokens_in
        self._max_tokens_in = max(tokens, self._max_tokens_in)
        is_long = characters > LONG_PROMPT_CHARACTERS
        is_cut = 0 < tokens < characters / MAX_CHARACTERS_PER_TOKEN
        if is_long and is_cut and is_max and not self._warned:
            self._warned = True
            self._say(
                f"warning: {self._title}: counted {tokens} tokens in a prompt of "
                f"{characters} characters: it seems to have cut the prompt; raise its "
                "context length (ollama: OLLAMA_CONTEXT_LENGTH or num_ctx; llama.cpp: "
                "--ctx-size; vLLM: --max-model-len)"
            )
