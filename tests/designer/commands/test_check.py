"""designer check: anybody can try the walls with a reward of their own."""

import json

import pytest

from sandbox import available

HOSTILE = """
every = ().__class__.__base__.__subclasses__()
os = [c for c in every if c.__name__ == '_wrap_close'][0].__init__.__globals__
def reward(s, a, s_next):
    return {"size": os["stat"]("/etc/passwd").st_size}
"""
LATE = """
np.calls = []
def reward(s, a, s_next):
    np.calls.append(1)
    return {"x": 1.0 if len(np.calls) < 300 else float("nan")}
"""
TASK = ("--task", "hopper-run")


@pytest.fixture
def check(designer, tmp_path):
    def call(source, *options):
        (tmp_path / "reward.py").write_text(source)
        done = designer("check", "reward.py", *TASK, "--json", *options)
        return json.loads(done.stdout.splitlines()[-1])

    return call


def test_a_good_reward_is_called_as_often_as_asked(check):
    found = check("def reward(s, a, s_next):\n    return {'v': s_next.x_velocity}\n")
    assert (found["ok"], found["terms"], found["calls"]) == (True, ["v"], 100)
    assert found["walls"] == str(available()[0])


def test_a_hostile_reward_is_stopped_by_the_check(check):
    assert "not allowed" in check(HOSTILE)["problems"][0]


def test_without_the_check_it_is_stopped_by_the_walls(check):
    found = check(HOSTILE, "--no-static")
    assert "PermissionError" in found["problems"][0]
    assert found["walls"] != "none"


def test_without_walls_it_reaches_its_goal_and_that_is_said(check):
    found = check(HOSTILE, "--no-static", "--sandbox", "none")
    assert (found["ok"], found["walls"]) == (True, "none")


def test_a_reward_that_turns_bad_late_is_found_by_more_calls(check):
    assert check(LATE, "--no-static", "--calls", "5")["ok"]
    found = check(LATE, "--no-static", "--calls", "400")
    assert found["problems"][0].startswith("finite: term 'x' is not finite")


def test_it_says_that_a_gpu_can_compute_the_reward_and_how_well_it_agrees(
    designer, tmp_path
):
    text = "def reward(s, a, s_next):\n    return {'v': s_next.x_velocity}\n"
    (tmp_path / "reward.py").write_text(text)
    output = designer("check", "reward.py", *TASK, "--calls", "1").stdout
    assert "can be trained on a GPU: its graph (1 node) agrees" in output
    assert "on 100 % of 2,048 transitions" in output


def test_it_says_why_a_gpu_can_not_and_what_to_write(check):
    lines = "    x = np.array([float(v) for v in s.time])\n    return {'x': x}\n"
    found = check("def reward(s, a, s_next):\n" + lines, "--calls", "1")
    assert (found["ok"], found["gpu"]) == (True, False)
    assert found["gpu_problem"].startswith("line 2, in reward: x = np.array")
    assert "np.where(condition, x, y)" in found["gpu_problem"]
