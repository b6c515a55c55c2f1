"""What the bank knows of a task beside its transitions."""

from dataclasses import replace

import numpy as np

from designer.rewards.bank import ENVS, PER_POLICY, random_bank, save, with_episodes
from envs.episodes import play, save_episodes
from envs.fields import columns, unpack
from envs.make import load_task

TASK = load_task("inverted-pendulum-balance")


def test_the_facts_of_a_task_are_those_of_its_robot() -> None:
    facts = random_bank(TASK, 0).facts
    assert (facts.low.tolist(), facts.high.tolist()) == ([-3.0], [3.0])
    assert facts.can_end
    assert facts.unseen == {"time"}
    assert facts.unitless == {"last_action"}
    assert not random_bank(load_task("halfcheetah-run"), 0).facts.can_end


def test_a_foreign_environment_shows_that_it_ends_and_hides_what_is_unseen() -> None:
    facts = random_bank(replace(TASK, env="gymnasium:InvertedPendulum-v5"), 0).facts
    assert facts.can_end
    assert facts.unseen == frozenset()


def test_a_bank_with_episodes_of_a_policy_keeps_the_facts(tmp_path) -> None:
    bank = random_bank(TASK, 0)
    episodes = play(TASK, lambda obs: np.zeros((len(obs), 1)), [1, 2])
    save_episodes(tmp_path / "episodes.npz", episodes)
    larger = with_episodes(bank, [tmp_path / "episodes.npz"])
    steps = sum(episode.steps for episode in episodes)
    assert len(larger.a) == len(bank.a) + min(steps, 512)
    assert (larger.facts, larger.policies) == (bank.facts, 1)
    assert np.array_equal(larger.start, bank.start)


def test_a_bank_goes_from_a_state_to_the_next_one() -> None:
    """What comes after is where the same environment stands in the following step."""
    bank = random_bank(TASK, 0)
    assert np.abs(bank.s_next - bank.s).max(axis=1).min() > 0.0
    column = columns(bank.widths)["time"]
    went_on = (bank.s[ENVS:, column] > 0.0).ravel()
    assert went_on.any()
    assert np.array_equal(bank.s_next[:-ENVS][went_on], bank.s[ENVS:][went_on])
    assert (bank.s_next[:, column] > bank.s[:, column]).all()


def test_an_action_is_the_one_that_led_to_the_next_state() -> None:
    bank = random_bank(TASK, 0)
    last = columns(bank.widths)["last_action"]
    assert np.array_equal(bank.s_next[:, last], bank.a)
    assert not np.array_equal(bank.s[:, last], bank.a)


def test_episodes_of_a_policy_come_in_step_by_step(tmp_path) -> None:
    """Two episodes, of two steps and of one: three transitions, none between them."""
    bank = random_bank(TASK, 0)
    width = bank.s.shape[1]
    frames = np.arange(5.0)[:, None] + np.zeros(width + 1)  # a hidden column more
    np.savez(
        tmp_path / "episodes.npz",
        frames=frames,
        actions=np.array([[10.0], [20.0], [30.0]]),
        lengths=np.array([2, 1]),
        terminated=np.array([True, True]),
        reasons=np.array(["fell", "fell"]),
    )
    larger = with_episodes(bank, [tmp_path / "episodes.npz"])
    new = slice(len(bank.a), None)
    assert larger.a[new].ravel().tolist() == [10.0, 20.0, 30.0]
    assert larger.s[new, 0].tolist() == [0.0, 1.0, 3.0]
    assert larger.s_next[new, 0].tolist() == [1.0, 2.0, 4.0]
    assert larger.s.shape[1] == larger.s_next.shape[1] == width


def test_no_state_of_an_episode_holds_a_new_goal_and_the_way_to_the_old(
    tmp_path,
) -> None:
    task = load_task("arm-reach-target")
    bank = random_bank(task, 0)
    save_episodes(
        tmp_path / "episodes.npz", play(task, lambda obs: np.zeros((len(obs), 5)), [1])
    )
    larger = with_episodes(bank, [tmp_path / "episodes.npz"])
    states = unpack(larger.s[len(bank.s) :], bank.widths)
    way = states.tip_position - states.target
    np.testing.assert_allclose(states.from_target, way, atol=1e-5)


def test_of_a_long_episode_the_whole_is_kept_thinned(tmp_path) -> None:
    bank = random_bank(TASK, 0)
    steps = 2 * PER_POLICY
    frames = np.arange(steps + 1.0)[:, None] + np.zeros(bank.s.shape[1])
    arrays = {"frames": frames, "actions": np.zeros((steps, 1)), "lengths": [steps]}
    arrays |= {"terminated": [False], "reasons": ["time limit"]}
    np.savez(tmp_path / "episodes.npz", **arrays)
    states = with_episodes(bank, [tmp_path / "episodes.npz"]).s[len(bank.s) :, 0]
    assert len(states) == PER_POLICY
    assert (states[0], states[-1]) == (0.0, steps - 1)
    assert set(np.diff(states)) <= {2.0, 3.0}


def test_what_is_saved_is_the_transitions(tmp_path) -> None:
    bank = random_bank(TASK, 0)
    save(tmp_path / "bank.npz", bank)
    with np.load(tmp_path / "bank.npz", allow_pickle=False) as arrays:
        for name in ("s", "a", "s_next"):
            assert np.array_equal(arrays[name], getattr(bank, name).astype(np.float32))
