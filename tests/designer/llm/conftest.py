"""A scripted server of chat.completions on the loopback, and requests to ask it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from designer.errors import LLMError
from designer.llm import Message, Reply, Request
from designer.llm.endpoint import EndpointSettings
from designer.llm.litellm_client import INSTALL, open_litellm
from designer.llm.openai_client import open_openai
from designer.llm.patience import Patience

KEY = "sk-test-0123456789abcdef"
needs_litellm = pytest.mark.skipif(
    find_spec("litellm") is None, reason=f"litellm is not installed: {INSTALL}"
)


@dataclass(frozen=True)
class Step:
    """One answer of the server; promised_bytes > len(body) tears it in the middle."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised_bytes: int | None = None
    hang: bool = False
    drip_s: float | None = None


class Server:
    """Answers with its steps in turn; the last one is repeated."""

    def __init__(self, port: int = 0) -> None:
        self.steps: list[Step] = [Step()]
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.thread = threading.Thread(
            target=self.http.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/v1"

    def says(self, content: object, **choice: object) -> Step:
        choice = {"message": {"content": content}, "finish_reason": "stop", **choice}
        return self.sends({"model": "tiny-1", "choices": [choice]})

    def sends(self, data: object, status: int = 200, **headers: str) -> Step:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Content-Type", "application/json")
        return Step(status, json.dumps(data).encode(), named)

    def next_step(self, body: dict[str, Any]) -> Step:
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def _handler(server) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                server.bodies.append(json.loads(self.rfile.read(length)))
                server.keys.append(
                    self.headers["Authorization"] or self.headers["x-api-key"]
                )
                step = server.next_step(server.bodies[-1])
                if step.hang:
                    server.closing.wait()
                    return
                self.send_response(step.status)
                for name, value in step.headers.items():
                    self.send_header(name, value)
                promised = step.promised_bytes or len(step.body)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self._send(step)

            def _send(self, step: Step) -> None:
                if step.drip_s is None:
                    self.wfile.write(step.body)
                    return
                for k in range(len(step.body)):
                    if server.closing.wait(step.drip_s):
                        return
                    self.wfile.write(step.body[k : k + 1])

            def log_message(self, *args: object) -> None:
                pass

        return Handler


class Scripted:
    """Answers with the label, or fails for the labels it is told."""

    def __init__(self, fail=(), tokens=(30, 10)):
        self.asked, self.fail, self.tokens = [], set(fail), tokens

    def __call__(self, request):
        self.asked.append(request.label)
        if request.label in self.fail:
            raise LLMError(f"no answer for {request.label}")
        return Reply(request.label, "tiny", *self.tokens, seconds=0.5, cut_off=False)


class Clock:
    """Time that passes only by sleeping; pauses: what was slept, in seconds."""

    def __init__(self) -> None:
        self.now_s, self.pauses = 0.0, []

    def now(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        self.pauses.append(round(seconds, 3))


def settings(timeout_s=5.0, retries=0, clock=None, reply_tokens=None, say=None):
    """How a scripted server is asked: without retries, or on a clock of its own."""
    if clock:
        patience = Patience(sleep=clock.sleep, clock=clock.now)
    else:
        patience = Patience((0.01,) * retries, longest_s=0.05 * retries)
    return EndpointSettings(timeout_s, reply_tokens, patience, say or [].append)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    return KEY


@pytest.fixture
def question() -> Callable[..., Request]:
    def make(label: str = "g00/c00", text: str = "hop", attempt: int = 0) -> Request:
        return Request(label, attempt, (Message("user", text),))

    return make


# litellm takes seconds to import; by default only the tests of its own file run.
SLOW_LITELLM = pytest.param("litellm", marks=[needs_litellm, pytest.mark.slow])


@pytest.fixture(params=["openai", SLOW_LITELLM])
def client(request: pytest.FixtureRequest) -> Callable[..., Callable[..., Reply]]:
    """Opens either client of a server, with no retries unless told."""

    def make(url: str, **options: Any):
        if request.param == "openai":
            return open_openai("tiny", url, settings(**options))
        return open_litellm("openai/tiny", url, settings(**options))

    return make


@pytest.fixture
def ask(
    client: Callable[..., Callable[..., Reply]],
    server: Server,
    question: Callable[..., Request],
) -> Callable[..., Reply]:
    """Asks the scripted server once a call, through either client."""

    def ask(text: str = "hop", **options: Any) -> Reply:
        return client(server.url, **options)(question(text=text))

    return ask


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run" / "llm.jsonl"


@pytest.fixture
def requests(question: Callable[..., Request]) -> list[Request]:
    return [question(label=f"g00/c{k:02d}") for k in range(6)]


@pytest.fixture
def said():
    return []


@pytest.fixture
def opened(said):
    def make(server, **options):
        return open_openai("tiny", server.url, settings(say=said.append, **options))

    return make
