"""Environments and hidden sides of the user's that go wrong, as a user meets them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from designer.__main__ import run
from designer.run.seeds import derive
from designer.training.settings import SETTINGS
from designer.training.trial import try_task
from envs.make import load_task
from envs.prints import prints_dropped
from tests.designer.quirks import place

HIDDEN = """\
import math

UNIT = "m"

def fitness(episode):
    return -abs(float(episode.place[-1]))

def success(episode):
    return episode.place[-1] < 0.1

def human_reward(s, a, s_next):
    return {"near": -abs(s_next.place)}

def sparse_reward(s, a, s_next):
    return {"there": 1.0 * (abs(s_next.place) < 0.1)}
"""
QUIRKS = "tests.designer.quirks"


def small(generations: int = 1, seeds: int = 1, steps: int = 2048) -> list[str]:
    """Options of a search that takes seconds."""
    options = {"generations": generations, "seeds": seeds, "final-seeds": seeds}
    options |= {"steps": steps, "candidates": 1, "episodes": 2, "out": "run"}
    return [f"--{name}={value}" for name, value in options.items()]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write_task(
    env: str, source: str = "info.place", hidden: str = HIDDEN, kwargs: object = None
) -> str:
    Path("task").mkdir()
    Path("task/task.yaml").write_text(
        f"name: boat\nenv: {env}\ngoal: Stay.\nconventions: SI units\n"
        f"env_kwargs: {json.dumps(kwargs or {})}\n"
        f"fields:\n  place: {{source: '{source}', unit: m, doc: where it is}}\n"
    )
    Path("task/hidden.py").write_text(hidden)
    return "./task"


def refusal(task: str, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line with which a run is refused, before anything is trained."""
    assert run(["run", task, *small()]) == 2
    assert not Path("run").exists()
    line = capsys.readouterr().err
    assert line.startswith("error: ")
    assert line.count("\n") == 1
    return line


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NoDock", "its constructor raised LookupError: no dock here "),
        ("Quits", "its constructor raised SystemExit: 3 "),
        ("NoAnchor", "reset raised KeyError: 'anchor' "),
        ("Sinks", "step raised LinAlgError: Singular matrix "),
        ("OldReset", "reset gave an array of shape (2,) and dtype float64, expected a"),
        ("OldSeed", "reset raised TypeError: OldSeed.reset() got an unexpected"),
        ("OldStep", "step gave 4 values, expected five values (observation, reward, "),
        ("TallLook", "step gave as observation an array of shape (2, 1) and dtype"),
        ("Wordy", "reset gave as observation a list, expected numbers of shape (2,)"),
        ("Blind", "reset gave an observation whose entry 1 is nan, expected finite"),
        ("Mute", "step gave as info None, expected a dict"),
        ("Undecided", "step gave as 'terminated' a dict, expected True or False"),
    ],
)
def test_a_faulty_environment_is_refused_with_the_call_and_the_place(
    capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    line = refusal(write_task(f"{QUIRKS}:{name}-v0"), capsys)
    assert f"task.yaml:2: env '{QUIRKS}:{name}-v0': {words}" in line
    assert line.endswith(f"{place(name)}\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Fog", "field 'place' is nan in 768 of 2048 random steps; give it a number"),
        ("Edge", "field 'place' is infinite in 2048 of 2048 random steps"),
        ("Shoal", "step gave as info['place'] a list, expected a number at every"),
        ("Levers", "has the action space Discrete(3); only a finite Box"),
        ("NoRudder", "give it bounds, low and high"),
        ("Charts", "has as its observation space a Dict; only a Box"),
        ("NoSpaces", "its spaces raised AttributeError"),
    ],
)
def test_what_can_t_be_trained_is_refused(
    capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    assert words in refusal(write_task(f"{QUIRKS}:{name}-v0"), capsys)


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("import no_such_library", "raised ModuleNotFoundError: No module named"),
        ("def f(:", "raised SyntaxError"),
        ("x = {}\nx['y']", "raised KeyError: 'y' "),
    ],
)
def test_a_module_that_can_t_be_imported_is_refused(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    module: str,
    words: str,
) -> None:
    monkeypatch.syspath_prepend(Path.cwd())
    Path("harbour.py").write_text(module)
    line = refusal(write_task("harbour:Boat-v0"), capsys)
    assert f"env 'harbour:Boat-v0': importing harbour {words}" in line
    assert f"harbour.py:{len(module.splitlines())})" in line


@pytest.mark.parametrize(
    ("function", "body", "words"),
    [
        ("fitness", "return episode.plaice[-1]", "raised AttributeError: an episode"),
        ("fitness", "return float('nan')", "gave nan, expected a finite number, for"),
        ("fitness", "return 'far'", "gave a str, expected one number"),
        ("fitness", "return episode.place", "gave an array of shape (31,)"),
        ("success", "return None", "gave None, expected True or False"),
        ("human_reward", "return [s.place]", "reward returned a list, expected a dict"),
        ("human_reward", "return 1.0, {'x': s.place * 0}", "the returned total is"),
        ("human_reward", "return {'x': a}", "term 'x' has shape (2048, 1), expected"),
        ("sparse_reward", "return {'x': s.place * np.nan}", "raised NameError"),
        (
            "sparse_reward",
            "return {'x': s.place * math.nan}",
            "term 'x' is nan or infinite",
        ),
    ],
)
def test_a_faulty_hidden_side_is_refused_with_function_and_place(
    capsys: pytest.CaptureFixture[str], function: str, body: str, words: str
) -> None:
    hidden = re.sub(rf"(def {function}\(.*\n    ).*", rf"\1{body}", HIDDEN)
    line = refusal(write_task(f"{QUIRKS}:Boat-v0", hidden=hidden), capsys)
    assert f"task/hidden.py: {function}" in line
    assert words in line
    begins = hidden[: hidden.index(f"def {function}")].count("\n") + 1
    assert re.search(rf"hidden\.py:({begins}|{begins + 1})\)\n", line)


@pytest.mark.parametrize(
    ("hidden", "words"),
    [
        ("", "expected a function fitness(...), found none"),
        (HIDDEN.replace("sparse_", "spare_"), "expected a function sparse_reward(...)"),
        (HIDDEN + "success = 3\n", "expected success to be a function"),
        (HIDDEN + "1 +\n", "importing it raised SyntaxError: invalid syntax"),
        (HIDDEN + "1 / 0\n", "importing it raised ZeroDivisionError: division by zero"),
        (HIDDEN + "import oars\n", "No module named 'oars' ("),
        (HIDDEN + "import oars\n", "hidden.py, which stands alone"),
        (HIDDEN + "from . import oars\n", "hidden.py, which stands alone"),
    ],
)
def test_a_hidden_side_that_can_t_be_loaded_is_refused(
    capsys: pytest.CaptureFixture[str], hidden: str, words: str
) -> None:
    line = refusal(write_task(f"{QUIRKS}:Boat-v0", hidden=hidden), capsys)
    assert "task/hidden.py" in line
    assert words in line


def test_what_an_environment_prints_is_not_on_the_screen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shout = "print('\\x1b[31mahoy', end=''); print('ahoy', file=sys.stderr)\n"
    hidden = re.sub(r"def .*\n", lambda match: f"{match[0]}    {shout}", HIDDEN)
    hidden = f"import sys\n{shout}{hidden}"
    task = write_task(f"{QUIRKS}:Shouting-v0", hidden=hidden)
    Path("mine.py").write_text("def reward(s, a, s_next):\n    return {'x': s.place}\n")
    assert run(["check", "mine.py", "--task", task, "--calls=1", "--json"]) == 0
    output = capsys.readouterr()
    assert "ahoy" not in output.out + output.err
    assert json.loads(output.out.splitlines()[-1])["ok"]
    with prints_dropped():
        assert len(try_task(load_task(task), 0)) == 0
    assert "ahoy" not in "".join(capsys.readouterr())


def test_episodes_of_one_step_are_warned_of_and_the_run_is_finished(
    capsys: pytest.CaptureFixture[str],
) -> None:
    task = write_task(f"{QUIRKS}:Capsizes-v0")
    assert run(["run", task, *small(generations=2)]) == 0
    output = capsys.readouterr().out
    assert "warning: random play ends at step 1 in 16 of 16 episodes" in output
    report = Path("run/report.md").read_text()
    assert "2 of 2 episodes ended by 'ended by the environment'" in report


def test_an_environment_that_raises_now_and_then_is_warned_of() -> None:
    task = load_task(write_task(f"{QUIRKS}:Moody-v0"))
    (warning,) = try_task(task, 0)
    words = f"env '{QUIRKS}:Moody-v0': step raised ValueError: no mood {place('Moody')}"
    assert re.fullmatch(re.escape(words) + r"; so in \d of 2048 random .*", warning)


def test_what_inspect_prints_of_a_robot_runs_as_it_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("arm.xml").write_text(
        '<mujoco><worldbody><body name="arm"><joint name="arm" range="-60 60"/>'
        '<geom size="0.1" mass="1"/></body><body name="on" pos="1 0 1"><freejoint/>'
        '<geom size="0.1"/></body></worldbody>'
        '<actuator><motor joint="arm" ctrlrange="-1 1"/></actuator></mujoco>'
    )
    assert run(["inspect", "arm.xml", "--folder", "task"]) == 0
    block = Path("task/task.yaml").read_text()
    hidden = HIDDEN.replace("s_next.place", "s_next.arm_angle")
    Path("task/hidden.py").write_text(hidden.replace("episode.place", "episode.time"))
    assert run(["run", "./task", *small()]) == 0
    assert "on_rotation" in block


def test_a_key_that_comes_with_the_last_step_alone_can_be_judged_by(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hidden = HIDDEN.replace("-abs(float(episode.place[-1]))", "episode.place.sum()")
    task = write_task(f"{QUIRKS}:Lands-v0", "info.landed", hidden)
    assert run(["run", task, *small()]) == 0
    result = json.loads(Path("run/result.json").read_text())
    assert [row["fitness"] for row in result["table"]] == [1.0, 1.0, 1.0]


def test_a_training_whose_environment_breaks_is_left_out_and_the_rest_goes_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # An environment's 200th step comes in the last rung, from 4,096 steps on.
    seeds = [
        derive(derive(0, kind, k), "rung", 8192)
        for kind, k in (("train", 0), ("final", 1))
    ]
    starts = [
        np.random.SeedSequence(seed).generate_state(SETTINGS.envs) for seed in seeds
    ]
    cursed = [int(start[0]) for start in starts]
    task = write_task(f"{QUIRKS}:Leaks-v0", kwargs={"cursed": cursed})
    assert run(["run", task, *small(generations=2, seeds=2, steps=8192)]) == 0
    output = capsys.readouterr().out
    broken = (
        f"env '{QUIRKS}:Leaks-v0': step raised RuntimeError: a leak {place('Leaks')}"
    )
    assert f"c00 s0: environment: {broken}" in output
    result = json.loads(Path("run/result.json").read_text())
    assert [len(row["by_seed"]) for row in result["table"]] == [1, 1, 1]
    report = Path("run/report.md").read_text()
    assert f"on 1 of 2 seeds, as the environment failed: {broken}" in report
    outcome = json.loads(Path("run/g01/c00/outcome.json").read_text())
    failure = {"kind": "environment", "reason": broken, "rungs": [], "seed": None}
    assert outcome["failures"] == [failure]
    assert len(outcome["results"]) == 1


def test_a_run_stops_where_every_environment_breaks_and_goes_on_when_it_is_mended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("switch").touch()
    task = write_task(f"{QUIRKS}:Leaks-v0", kwargs={"switch": str(Path("switch"))})
    assert run(["run", task, *small(steps=8192)]) == 2
    line = capsys.readouterr().err
    # Baselines are trained beside the first generation, so either may end first.
    stages = "generation 0: all 1|final comparison: all 2"
    assert re.match(f"error: ({stages}) trainings failed in the environment: ", line)
    assert f"RuntimeError: a leak {place('Leaks')}; put that right, then: " in line
    assert line.endswith("designer resume run\n")
    Path("switch").unlink()
    assert run(["resume", "run"]) == 0
    assert Path("run/report.md").exists()
    result = json.loads(Path("run/result.json").read_text())
    assert [len(row["by_seed"]) for row in result["table"]] == [1, 1, 1]
