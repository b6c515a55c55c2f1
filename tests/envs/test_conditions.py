from pathlib import Path

import numpy as np
import pytest

from envs.batch_env import VectorEnv
from envs.conditions import Condition, Ending, ended
from envs.episodes import play
from envs.fields import unpack
from envs.make import load_task
from envs.task import Task
from envs.yamlfile import TaskError

# A cart whose speed is the action, in m/s.
ROBOT = """\
<mujoco>
  <worldbody>
    <body name="cart">
      <joint name="x" type="slide" axis="1 0 0"/><geom size=".1" mass="1"/>
    </body>
  </worldbody>
  <actuator><velocity name="drive" joint="x" kv="250" ctrlrange="-1 1"/></actuator>
</mujoco>
"""
TASK = """\
name: mine
env: MuJoCo-v0
env_kwargs: {xml_file: robot.xml, reset_noise_scale: 0.0, control_s: 0.1, episode_s: 2}
goal: Move.
conventions: SI units
fields:
  x: {source: joint.x.qpos, unit: m, doc: of the cart}
  both: {source: [joint.x.qpos, joint.x.qvel], unit: m, doc: place and speed}
"""
COLUMNS = {"a": slice(0, 1), "b": slice(1, 3)}


def task(folder: Path, rest: str = "") -> Task:
    (folder / "robot.xml").write_text(ROBOT)
    (folder / "task.yaml").write_text(TASK + rest)
    return load_task(str(folder))


def test_a_condition_compares_one_number_or_all() -> None:
    frame = np.array([[0.0, 5.0, 1.0], [2.0, 1.0, 1.0]])
    assert Condition("a", None, False, 1.0).holds(frame, COLUMNS).tolist() == [
        [False],
        [True],
    ]
    assert Condition("b", None, True, 2.0).holds(frame, COLUMNS).tolist() == [
        [False, True],
        [True, True],
    ]
    assert Condition("b", 0, True, 2.0).holds(frame, COLUMNS).tolist() == [
        [False],
        [True],
    ]


def test_any_number_of_a_field_ends_an_episode() -> None:
    endings = (
        Ending("slow", Condition("b", None, True, 0.5)),
        Ending("there", Condition("a", None, False, 1.0), success=True),
    )
    frame = np.array([[0.0, 5.0, 0.0], [2.0, 1.0, 1.0]])
    failures, successes = ended(endings, frame, COLUMNS)
    assert failures["slow"].tolist() == [True, False]
    assert successes["there"].tolist() == [False, True]


def test_an_episode_ends_at_the_state_that_meets_the_condition(tmp_path) -> None:
    mine = task(tmp_path, "ends:\n  left_the_track: x > 0.45\n")
    (episode,) = play(mine, lambda obs: np.ones((len(obs), 1)), [0])
    assert episode.terminated
    assert episode.reason == "left the track"
    assert episode.x[-1] > 0.45
    assert (episode.x[:-1] <= 0.45).all()
    assert VectorEnv(mine, 1).can_end


def test_a_success_cuts_an_episode_off_and_is_no_failure(tmp_path) -> None:
    mine = task(tmp_path, "ends:\n  arrived: {when: x > 0.45, success: true}\n")
    (episode,) = play(mine, lambda obs: np.ones((len(obs), 1)), [0])
    assert not episode.terminated
    assert episode.reason == "arrived"
    assert episode.steps == 5
    assert not VectorEnv(mine, 1).can_end


def test_a_clock_counts_the_seconds_since_its_condition_held(tmp_path) -> None:
    """Out for 3 steps of 0.1 s, back for 3, out again: x passes 0.15 twice."""
    clock = "  away: {since: 'x < 0.15', unit: s, doc: time outside}\n"
    env = VectorEnv(task(tmp_path, clock), 1)
    env.reset([0])
    times = [float(unpack(env.frame, env.widths).away[0])]
    for speed in (1, 1, 1, -1, -1, 1, 1):
        step = env.step(np.array([[float(speed)]]))
        times.append(float(unpack(step.s_next, env.widths).away[0]))
    assert times == pytest.approx([0, 0, 0.1, 0.2, 0.3, 0, 0.1, 0.2])


def test_a_clock_has_a_number_for_each_of_its_field(tmp_path) -> None:
    clock = "  still: {since: 'both > 0.35', unit: s, doc: x}\n"
    env = VectorEnv(task(tmp_path, clock), 2)
    env.reset([0, 1])
    assert env.widths["still"] == 2
    for _ in range(3):
        step = env.step(np.full((2, 1), 0.5))
    still = unpack(step.s_next, env.widths).still
    assert still == pytest.approx(np.array([[0.3, 0.0]] * 2))
    env.reset([0, 1])
    assert not unpack(env.frame, env.widths).still.any()


def test_an_ending_may_read_a_clock(tmp_path) -> None:
    rest = "  away: {since: 'x < 0.15', unit: s, doc: x}\n"
    rest += "ends:\n  lost: away > 0.25\n"
    (episode,) = play(task(tmp_path, rest), lambda obs: np.ones((len(obs), 1)), [0])
    assert episode.reason == "lost"
    assert episode.steps == 4


@pytest.mark.parametrize(
    ("rest", "line", "words"),
    [
        ("ends: {a: x = 3}\n", 9, "write FIELD < NUMBER"),
        ("ends: {a: x > 1e999}\n", 9, "write FIELD < NUMBER"),
        ("ends: {a: y > 3}\n", 9, "there is no field 'y'; valid: both"),
        ("ends: {a: 'both[2] > 3'}\n", 9, "has 2 numbers"),
        ("ends: {a: {when: x > 3, sucess: true}}\n", 9, "did you mean 'success'?"),
        ("ends: {'': x > 3}\n", 9, "an ending needs a name"),
        ("ends: {time_limit: x > 3}\n", 9, "'time limit' is always there"),
        ("ends:\n  far_off: x > 3\n  far off: x > 4\n", 11, "two endings 'far off'"),
        ("ends:\n  far: x > 3\n  far_off: y > 4\n", 11, "no field 'y'"),
        ("ends: [x > 3]\n", 9, "must be a mapping"),
        ("  t: {since: y > 1, unit: s, doc: x}\n", 9, "no field 'y'"),
        ("  t: {since: 'x[1] > 1', unit: s, doc: x}\n", 9, "has 1 number"),
        ("  t: {since: x > 1, source: obs, unit: s, doc: x}\n", 9, "give one"),
        (
            "  t: {since: u > 1, unit: s, doc: x}\n"
            "  u: {since: x > 1, unit: s, doc: x}\n",
            9,
            "reads only clocks above it, and 'u' is none",
        ),
        ("  t: {since: x > 1, unit: s}\n", 9, "has no doc"),
        (
            "  h: {source: joint.x.qvel, unit: m, doc: x, hidden: true}\n"
            "  t: {since: h > 1, unit: s, doc: x}\n",
            10,
            "must be hidden too",
        ),
    ],
)
def test_a_faulty_condition_is_an_error_with_its_line(
    tmp_path, rest: str, line: int, words: str
) -> None:
    with pytest.raises(TaskError) as error:
        task(tmp_path, rest)
    assert f"task.yaml:{line}: " in str(error.value)
    assert words in str(error.value)
