"""The page's server: where it listens, what it says, how it ends."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from designer.errors import ConfigError
from designer.web.serve import addresses, serve_pages
from tests.designer.conftest import ROOT, environment
from tests.designer.web.serving import TOKEN, page_of, require_server


def test_a_page_without_its_libraries_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigError, match=r"needs Starlette and uvicorn.*\[people\]"):
        serve_pages(page_of(tmp_path), 0, print, lambda: True)


def test_the_page_can_be_described_without_its_libraries() -> None:
    code = "import sys, designer.web.serve; assert 'starlette' not in sys.modules"
    subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(), check=True
    )


def test_the_address_is_said_with_how_to_reach_it_over_ssh() -> None:
    here, there = addresses("t0ken", 8123).splitlines()
    assert here == "page: http://127.0.0.1:8123/?token=t0ken"
    assert "ssh -N -L 8123:127.0.0.1:8123 " in there


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    require_server()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"can't have port {port} .*in use"):
            serve_pages(page_of(tmp_path), port, print, lambda: True)
    with pytest.raises(ConfigError, match="not a port"):
        serve_pages(page_of(tmp_path), 70_000, print, lambda: True)


@pytest.mark.parametrize("how", ["Ctrl-C", "stop"])
def test_the_server_ends_quietly(tmp_path: Path, how: str) -> None:
    require_server()
    script = Path(__file__).parent / "serving.py"
    server = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path), "0", TOKEN],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    said = [server.stdout.readline(), server.stdout.readline()]
    if how == "Ctrl-C":
        server.send_signal(signal.SIGINT)
    else:
        (tmp_path / "stop").touch()
    out, err = server.communicate(timeout=20)
    assert TOKEN in said[0]
    assert "ssh" in said[1]
    assert (server.returncode, out, err) == (0, "", "")
