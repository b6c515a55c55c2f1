"""A scripted server of chat.completions on the loopback, and requests to ask it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from designer.llm import Message, Request

KEY = "sk-test-0123456789abcdef"


@dataclass(frozen=True)
class Step:
    """One answer of the server; promised_bytes > len(body) tears it in the middle."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised_bytes: int | None = None
    hang: bool = False


class Server:
    """Answers with its steps in turn; the last one is repeated."""

    def __init__(self) -> None:
        self.steps: list[Step] = [Step()]
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
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
                server.keys.append(self.headers["Authorization"])
                more = len(server.steps) > 1
                step = server.steps.pop(0) if more else server.steps[0]
                if step.hang:
                    server.closing.wait()
                    return
                self.send_response(step.status)
                for name, value in step.headers.items():
                    self.send_header(name, value)
                promised = step.promised_bytes or len(step.body)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(step.body)

            def log_message(self, *args: object) -> None:
                pass

        return Handler


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
