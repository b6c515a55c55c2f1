import numpy as np
import pytest

from envs.episodes import play, save_episodes
from envs.fields import unpack
from envs.task import load_task
from envs.vector import UNSTABLE, VectorEnv


@pytest.fixture
def pendulum() -> VectorEnv:
    env = VectorEnv(load_task("inverted-pendulum-balance"), 3)
    env.reset([1, 2, 3])
    return env


def test_the_same_seeds_give_the_same_episodes() -> None:
    task = load_task("hopper-run")

    def run(n: int) -> np.ndarray:
        env = VectorEnv(task, n)
        env.reset(range(n))
        rows = [env.step(np.full((n, 3), 0.3)).s_next[0] for _ in range(200)]
        return np.stack(rows)

    assert np.array_equal(run(2), run(5))


def test_a_frame_shows_time_and_the_last_action(pendulum: VectorEnv) -> None:
    assert not unpack(pendulum.frame, pendulum.widths).last_action.any()
    step = pendulum.step(np.array([[0.5], [-9.0], [0.0]]))
    after = unpack(step.s_next, pendulum.widths)
    assert after.time == pytest.approx(0.04)
    assert after.last_action.ravel().tolist() == [0.5, -3.0, 0.0]  # clipped to +-3
    assert np.array_equal(step.action, after.last_action)


def test_fields_are_the_models_own_numbers(pendulum: VectorEnv) -> None:
    fields = unpack(pendulum.frame, pendulum.widths)
    assert np.array_equal(fields.pole_angle, pendulum.obs[:, 1])
    assert np.array_equal(fields.cart_velocity, pendulum.obs[:, 2])


def test_a_fallen_environment_restarts_and_the_others_go_on(
    pendulum: VectorEnv,
) -> None:
    steps = 0
    while True:
        step = pendulum.step(np.array([[3.0], [0.0], [0.0]]))
        steps += 1
        if step.terminated[0]:
            break
    assert step.reasons[0] == "pole tilted too far"
    times = unpack(pendulum.frame, pendulum.widths).time
    assert times[0] == 0.0
    assert times[1] == pytest.approx(steps * 0.04)
    assert abs(unpack(step.s_next, pendulum.widths).pole_angle[0]) > 0.2


def test_an_episode_is_cut_off_at_the_time_limit() -> None:
    env = VectorEnv(load_task("halfcheetah-run"), 1)
    env.reset([0])
    ends = [env.step(np.zeros((1, 6))) for _ in range(1000)]
    assert ends[-1].truncated[0]
    assert not ends[-1].terminated[0]
    assert ends[-1].reasons == {0: "time limit"}
    assert not any(step.truncated[0] for step in ends[:-1])


def test_unstable_physics_ends_that_episode_alone(
    pendulum: VectorEnv, tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)  # MuJoCo writes its log where it stands
    pendulum._qvel[1] = np.nan
    step = pendulum.step(np.zeros((3, 1)))
    assert step.reasons == {1: UNSTABLE}
    assert np.isfinite(pendulum.frame).all()
    assert np.isfinite(step.s_next).all()


def test_play_gives_one_whole_episode_per_seed_in_order(tmp_path) -> None:
    task = load_task("inverted-pendulum-balance")
    episodes = play(task, lambda obs: np.zeros((len(obs), 1)), [5, 6, 5])
    assert episodes[0].steps == episodes[2].steps
    assert np.array_equal(episodes[0].pole_angle, episodes[2].pole_angle)
    for episode in episodes:
        assert len(episode.pole_angle) == episode.steps + 1
        assert abs(episode.pole_angle[-1]) > 0.2
        assert np.abs(episode.pole_angle[:-1]).max() <= 0.2
    save_episodes(tmp_path / "e.npz", episodes)
    with np.load(tmp_path / "e.npz", allow_pickle=False) as arrays:
        assert arrays["lengths"].tolist() == [e.steps for e in episodes]
