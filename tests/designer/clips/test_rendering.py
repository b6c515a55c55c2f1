"""Clips: real small films, painted both ways, measured in the pictures themselves."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import pytest
from PIL import Image

from designer.clips.camera import HEIGHT, WIDTH, aim
from designer.clips.clip import length, pictures, write_clip
from designer.clips.encode import FPS, write_mp4
from designer.clips.film import Film, Unfilmable, pose, record
from designer.clips.framing import camera_for
from designer.clips.ruler import ruler_zero, tick_step
from designer.clips.stick import stick
from designer.clips.tools import NEEDS_PYAV
from designer.errors import ConfigError
from envs.episodes import play
from envs.make import load_task, make_env, task_names

ROOT = Path(__file__).parents[3]
BODIES = sorted({load_task(name).env: name for name in task_names()}.values())
# A marker of one colour on a pole, to be found in a picture.
MARKED = """
<mujoco><worldbody>
  <geom type="plane" size="9 9 1"/>
  <body pos="0 0 1"><joint name="x" type="slide" axis="1 0 0"/>
    <joint type="hinge" axis="0 1 0"/>
    <geom type="capsule" fromto="0 0 -.9 0 0 .4" size=".05" rgba=".5 .5 .5 1"/>
    <geom name="foot" type="sphere" pos=".3 0 -.9" size=".06" rgba="1 0 1 1"/></body>
</worldbody><actuator><motor joint="x" ctrlrange="-1 1"/></actuator></mujoco>
"""


def still(obs: np.ndarray) -> np.ndarray:
    """A policy that does nothing."""
    return np.zeros((len(obs), 1))


def posed(model: Any, **qpos: float) -> Any:
    data = mujoco.MjData(model)
    for name, value in qpos.items():
        data.joint(name).qpos[:] = value
    mujoco.mj_forward(model, data)
    return data


def film_of(name: str) -> Film:
    return record(load_task(name), still, [0, 1], max_s=0.4)[0]


@cache
def opengl_works() -> bool:
    code = "from designer.clips.workers import painter_here; print(painter_here())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    return done.stdout.strip() == b"gl"


@pytest.fixture
def gl_picture(tmp_path: Path) -> Any:
    """Paints MARKED by OpenGL, in a process in which MUJOCO_GL can still be chosen."""
    if not opengl_works():
        pytest.skip("OpenGL does not work here")

    def paint(x: float) -> np.ndarray:
        code = (
            "import sys; from tests.designer.clips import test_rendering as t;"
            "from designer.clips.gl import gl; t.paint_marked(gl, *sys.argv[1:])"
        )
        path = tmp_path / "seen.npy"
        subprocess.run(
            [sys.executable, "-c", code, str(x), str(path)],
            cwd=ROOT,
            env={"MUJOCO_GL": "egl", **os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
        )
        return np.asarray(np.load(path))

    return paint


def paint_marked(painter: Any, x: str, path: str) -> None:
    """What gl_picture runs."""
    model = mujoco.MjModel.from_xml_string(MARKED)
    camera, data = camera_for(model, posed(model)), posed(model, x=float(x))
    with painter(model) as paint:
        np.save(path, np.asarray(paint(aim(camera, data), data)))


def is_marker(picture: np.ndarray) -> np.ndarray:
    """Where it is magenta, (height, width)."""
    red, green, blue = picture.astype(int).transpose(2, 0, 1)
    return np.asarray((red - green > 60) & (blue - green > 60))


def middle_of_marker(picture: np.ndarray) -> np.ndarray:
    """The centre (x, y) of what is magenta, in pixels."""
    rows, columns = np.nonzero(is_marker(picture))
    assert len(rows) > 8, "no marker in the picture"
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])


def test_a_film_shows_the_bits_that_the_judge_played() -> None:
    task = load_task("hopper-run")
    rng = np.random.default_rng(0)
    weights = 0.3 * rng.standard_normal((11, 3))
    (first, last), episodes = (
        record(task, lambda obs: np.tanh(obs @ weights), [3, 4, 5], episodes=(0, 2)),
        play(task, lambda obs: np.tanh(obs @ weights), [3, 4, 5]),
    )
    for film, episode in ((first, episodes[0]), (last, episodes[2])):
        assert len(film.poses) == episode.steps + 1
        assert (film.poses[:, 1] == episode.torso_height).all()
        assert film.ended == episode.reason
        assert film.end_s == pytest.approx(episode.steps * episode.dt)


def test_the_time_limit_is_no_ending_and_a_film_stops_at_its_longest() -> None:
    (film,) = record(load_task("reacher-reach"), still, [0])
    assert (film.ended, film.seconds, film.end_s) == ("", 1.0, 1.0)
    (short,) = record(load_task("ant-run"), still, [0], max_s=0.5)
    assert (short.ended, short.end_s) == ("", 0.5)


def test_a_gymnasium_environment_with_a_mujoco_model_is_filmed() -> None:
    task = load_task("hopper-run")
    ours = record(task, still, [0, 1], max_s=0.1)[0]
    env = "gymnasium.envs.mujoco.hopper_v5:Hopper-v5"
    theirs = record(replace(task, env=env), still, [0, 1], max_s=0.1)[0]
    assert theirs.poses.shape == ours.poses.shape
    assert theirs.poses[0, 1] == pytest.approx(1.25, abs=0.01)


def test_without_a_mujoco_model_it_is_said_that_no_clip_can_be_made() -> None:
    task = replace(load_task("hopper-run"), env="Pendulum-v1", fields=())
    with pytest.raises(Unfilmable, match=r"no clip .* Pendulum-v1: it has no MuJoCo"):
        record(task, still, [0])


def test_between_two_rows_a_pose_lies_between_theirs() -> None:
    film = film_of("ant-run")
    data = mujoco.MjData(film.model)
    pose(film, data, film.dt / 2)
    assert data.qpos[:3] == pytest.approx(film.poses[:2, :3].mean(axis=0))
    assert np.linalg.norm(data.qpos[3:7]) == pytest.approx(1.0)
    pose(film, data, 99.0)
    assert data.qpos == pytest.approx(film.poses[-1, : film.model.nq])


@pytest.mark.parametrize(
    ("name", "azimuth", "above", "follows"),
    [
        ("hopper-run", 90, False, True),
        ("swimmer-swim", 90, True, True),
        ("reacher-reach", 90, True, False),
        ("inverted-pendulum-balance", 90, False, False),
    ],
)
def test_a_robot_in_a_plane_is_seen_at_right_angles_to_it(
    name: str, azimuth: float, above: bool, follows: bool
) -> None:
    model = make_env(load_task(name), 1).model
    camera = camera_for(model, posed(model))
    assert (camera.azimuth, camera.elevation == -90, camera.tracked > 0) == (
        azimuth,
        above,
        follows,
    )


@pytest.mark.parametrize("name", BODIES)
def test_every_body_is_wholly_in_its_picture(name: str) -> None:
    film = film_of(name)
    data = mujoco.MjData(film.model)
    pose(film, data, 0.0)
    camera = camera_for(film.model, data)
    bounded = film.model.geom_rbound > 0
    for time_s in (0.0, film.end_s):
        pose(film, data, time_s)
        pixels, _ = aim(camera, data).project(data.geom_xpos[bounded])
        assert ((pixels > 4) & (pixels < [WIDTH - 4, HEIGHT - 24])).all()
        assert np.ptp(pixels, axis=0).max() > 30  # and is no speck


@pytest.mark.parametrize("x", [0.0, 1.7])
def test_the_foot_is_seen_where_it_is_projected_by_both_painters(
    x: float, tmp_path: Path, gl_picture: Any
) -> None:
    paint_marked(stick, str(x), str(tmp_path / "stick.npy"))
    model = mujoco.MjModel.from_xml_string(MARKED)
    camera, data = camera_for(model, posed(model)), posed(model, x=x)
    expected, _ = aim(camera, data).project(data.geom("foot").xpos[None])
    for picture in (np.load(tmp_path / "stick.npy"), gl_picture(x)):
        assert middle_of_marker(picture) == pytest.approx(expected[0], abs=2)


def test_a_tick_of_the_ruler_lies_under_a_foot_that_far_from_the_start() -> None:
    model = mujoco.MjModel.from_xml_string(MARKED)
    camera = camera_for(model, posed(model))
    start = posed(model).geom("foot").xpos[0] - camera.home[0]
    view = aim(camera, posed(model, x=2.0))
    foot = posed(model, x=2.0).geom("foot").xpos
    tick = ruler_zero(view) + (2.0 + start) * view.axes[0]
    (tick_at, foot_at), _ = view.project(np.stack([tick, foot]))
    assert tick_at[0] == pytest.approx(foot_at[0], abs=0.5)
    assert 0 < tick_at[1] - foot_at[1] < 12  # its radius, 0.06 m, and 0.04 m of air
    assert math.log10(tick_step(view) / 5) % 1 == pytest.approx(math.log10(2), abs=0.4)


def films(*ended: tuple[float, str]) -> list[Film]:
    """Films of one second, of a hopper that hangs still and ends where it is said."""
    film = film_of("hopper-run")
    return [
        replace(
            film,
            poses=film.poses[:1].repeat(round(end / film.dt) + 1, axis=0),
            seconds=1.0,
            ended=why,
        )
        for end, why in ended
    ]


def painted(*ended: tuple[float, str]) -> Iterator[Image.Image]:
    shown = films(*ended)
    yield from pictures(shown, stick)


def test_all_clips_take_as_long_whatever_happens() -> None:
    assert len(list(painted((0.24, "torso too low")))) == FPS
    assert len(list(painted((1.0, ""), (0.48, "torso too low")))) == 2 * FPS


def test_a_fall_is_held_dimmed_with_a_clock_that_stands() -> None:
    seen = [np.asarray(p, dtype=int) for p in painted((0.48, "torso too low"))]
    moving, held = seen[:12], seen[12:]
    assert all((a != b).any() for a, b in pairwise(moving))  # at least the clock's
    assert all((a == b).all() for a, b in pairwise(held))
    assert held[0].mean() < moving[0].mean() - 20


def test_what_is_drawn_is_no_figure_of_merit(monkeypatch: pytest.MonkeyPatch) -> None:
    from designer.clips import ruler

    said: list[str] = []
    draw = ruler._sprite

    def listening(words: str, *how: Any) -> Image.Image:
        said.append(words)
        return draw(words, *how)

    monkeypatch.setattr(ruler, "_sprite", listening)
    list(painted((1.0, ""), (0.48, "torso too low")))
    kinds = {" ".join(w for w in s.split() if not w[-1].isdigit()) for s in said}
    ended = "ended: torso too low at s"
    assert kinds == {"s", "m", "start", "training of", ended}


def test_the_mp4_decodes_to_every_picture_and_can_be_streamed(tmp_path: Path) -> None:
    av = pytest.importorskip("av")
    write_clip(tmp_path, films((1.0, ""), (0.48, "torso too low")), "stick figure")
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        frames = [frame.to_image() for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.average_rate) == ("h264", FPS)
        assert stream.codec_context.pix_fmt == "yuv420p"
    assert len(frames) == sum(map(length, films((1.0, ""), (1.0, "")))) == 2 * FPS
    assert frames[0].size == (WIDTH, HEIGHT)
    data = (tmp_path / "clip.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with (
        Image.open(tmp_path / "clip.jpg") as poster,
        Image.open(tmp_path / "strip.png") as strip,
    ):
        assert poster.size == (WIDTH, HEIGHT)
        assert strip.size == (4 * WIDTH, 2 * HEIGHT)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {"clip.jpg", "clip.mp4", "strip.png"}


def test_without_pyav_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("designer.clips.tools.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="people") as caught:
        write_mp4(tmp_path / "clip.mp4", [])
    assert str(caught.value) == NEEDS_PYAV
