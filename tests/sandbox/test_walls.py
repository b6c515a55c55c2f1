"""Each wall alone, and what is chosen on machines that lack one."""

import errno
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sandbox import (
    NAMES,
    NO_WALLS,
    RewardFault,
    RewardProcess,
    SandboxError,
    Walls,
    available,
    choose,
    fault,
)
from sandbox.confine import landlock_abi
from sandbox.launch import start_reward

ROOT = Path(__file__).parents[2]
LOADER = "().__class__.__base__.__subclasses__()"
OS = f"[c for c in {LOADER} if c.__name__ == '_wrap_close'][0].__init__.__globals__"
NEEDS_BWRAP = pytest.mark.skipif(
    bool(fault("bubblewrap")), reason=f"no bubblewrap here: {fault('bubblewrap')}"
)
NEEDS_LANDLOCK = pytest.mark.skipif(not landlock_abi(), reason="no Landlock here")


def call(line, walls):
    """What a reward that may use os gets by an expression; the name of its error."""
    source = f"os = {OS}\ndef reward(s, a, s_next):\n    return {{'x': {line}}}\n"
    x = np.ones((1, 1))
    try:
        with RewardProcess(source, {"x": 0}, 1, walls=walls) as process:
            return process(x, x, x)[0, 0]
    except RewardFault as found:
        return found.message.splitlines()[-1].split(":")[0]


LOOKS = {
    "read": "len(os['open']({file!r}, 0) * [1])",
    "list": "len(os['listdir']({folder!r}))",
    "write": "os['open']({file!r}, 1)",
    "make": "os['open']({folder!r} + '/new', 65)",
}


@NEEDS_LANDLOCK
@pytest.mark.parametrize("abi", range(1, max(landlock_abi(), 1) + 1))
@pytest.mark.parametrize("look", LOOKS)
def test_landlock_alone_keeps_files_shut_on_every_version(look, abi, tmp_path):
    file = tmp_path / "file"
    file.write_text("secret")
    line = LOOKS[look].format(file=str(file), folder=str(tmp_path))
    assert isinstance(call(line, NO_WALLS), float)
    (tmp_path / "new").unlink(missing_ok=True)
    assert call(line, Walls(landlock=abi)) == "PermissionError"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@NEEDS_BWRAP
@pytest.mark.parametrize("look", LOOKS)
def test_bubblewrap_alone_shows_no_file_of_the_user(look, tmp_path):
    file = tmp_path / "file"
    file.write_text("secret")
    line = LOOKS[look].format(file=str(file), folder=str(tmp_path))
    found = call(line, Walls(bubblewrap=True))
    assert found in ("FileNotFoundError", "OSError")


@NEEDS_BWRAP
def test_bubblewrap_shows_no_processes_devices_or_network():
    for folder in ("/proc", "/dev", "/sys", "/var"):
        found = call(f"len(os['listdir']({folder!r}))", Walls(bubblewrap=True))
        assert found == "FileNotFoundError"
    assert call("os['getpid']()", Walls(bubblewrap=True)) == 1.0


@pytest.mark.parametrize("path", ["/", "/etc/hostname", sys.prefix, str(ROOT)])
def test_seccomp_alone_opens_nothing_at_all(path):
    walls = Walls(seccomp=True)
    for line in (f"os['open']({path!r}, 0)", f"os['stat']({path!r}).st_size"):
        assert call(line, walls) == "PermissionError"
    assert call("os['fork']()", walls) == "PermissionError"
    assert call("os['kill'](os['getpid'](), 0)", walls) == "PermissionError"


# What is chosen

MOUNT = {"x86_64": (165, 155, 272), "aarch64": (40, 41, 97)}  # mount pivot_root unshare
LANDLOCK = (444, 445, 446)


def chosen(numbers, error, user=False):
    """What auto takes in a process that the calls with these numbers are kept from."""
    code = (
        "import platform; from sandbox import confine, seccomp, choose, SandboxError\n"
        "confine.forbid_new_privileges()\n"
        f"program = seccomp.refusing_filter(platform.machine(), {numbers}, {error})\n"
        "confine.seccomp(program)\n"
        "try: print(choose())\n"
        "except SandboxError as error: print('refused:', error)\n"
    )
    ordinary = ["bwrap", "--dev-bind", "/", "/", "--unshare-user"]
    ordinary += ["--uid", "65534", "--gid", "65534", "--"]
    done = subprocess.run(
        [*(ordinary if user else ()), sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@NEEDS_LANDLOCK
def test_under_dockers_profile_landlock_stays():
    mount = MOUNT[platform.machine()]
    assert chosen(mount, errno.EPERM) == f"landlock {landlock_abi()} + seccomp"


@NEEDS_BWRAP
def test_under_gvisor_bubblewrap_stays():
    assert chosen(LANDLOCK, errno.ENOSYS) == "bubblewrap + seccomp"


def test_without_both_it_refuses_and_says_what_helps():
    numbers = (*MOUNT[platform.machine()], *LANDLOCK)
    said = chosen(numbers, errno.EPERM)
    assert said.startswith(
        "refused: no walls for LLM-written code work on this machine"
    )
    assert "apt install bubblewrap" in said


@NEEDS_BWRAP
def test_an_ordinary_user_gets_the_same_walls_as_root():
    assert chosen((9999,), 1, user=True) == str(available()[0])


def test_auto_is_the_first_that_is_available():
    assert choose() == available()[0]


@NEEDS_LANDLOCK
@pytest.mark.parametrize("kills", [1, 2])
def test_walls_work_if_one_who_tried_them_was_killed(kills, monkeypatch):
    started = []

    def start_and_kill(*arguments):
        started.append(start_reward(*arguments))
        if len(started) <= kills:
            os.kill(started[-1].process.pid, signal.SIGKILL)
            started[-1].process.wait()
        return started[-1]

    monkeypatch.setattr(sys.modules["sandbox.choose"], "start_reward", start_and_kill)
    words = fault.__wrapped__("landlock")
    assert words == ("the process did not answer" if kills == 2 else "")
    assert len(started) == 2


@pytest.mark.skipif(not fault("bubblewrap"), reason="bubblewrap works here")
def test_walls_that_do_not_work_are_refused_by_name():
    with pytest.raises(SandboxError, match="--sandbox bubblewrap does not work here"):
        choose("bubblewrap")


def test_walls_are_none_only_when_said():
    assert str(choose("none")) == "none"
    assert all(walls.seccomp and str(walls) != "none" for walls in available())
    assert len(NAMES) == 5
