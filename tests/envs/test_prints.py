"""What the user's code prints is dropped, and nothing else is."""

import threading

import pytest

from envs.prints import prints_dropped
from envs.user_code import user_code


def test_another_thread_prints_while_the_users_code_is_running(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with prints_dropped(), user_code("a call"):
        print("ahoy")  # noqa: T201
        thread = threading.Thread(target=print, args=("ours",))
        thread.start()
        thread.join()
    assert capsys.readouterr().out == "ours\n"
