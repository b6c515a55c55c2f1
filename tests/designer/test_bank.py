"""What the bank knows of a task beside its transitions."""

from dataclasses import replace

import numpy as np

from designer.search.bank import random_bank, with_episodes
from envs.episodes import play, save_episodes
from envs.task import load_task

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


def test_transitions_of_policies_that_are_no_numbers_are_left_out(tmp_path) -> None:
    bank = random_bank(TASK, 0)
    (episode,) = play(TASK, lambda obs: np.zeros((len(obs), 1)), [1])
    episode.frames[2, 0] = np.nan
    save_episodes(tmp_path / "episodes.npz", [episode])
    larger = with_episodes(bank, [tmp_path / "episodes.npz"])
    # The state is the end of one transition and the start of the next.
    assert len(larger.a) == len(bank.a) + episode.steps - 2
    assert np.isfinite(larger.s).all()


def test_a_bank_with_episodes_of_a_policy_keeps_the_facts(tmp_path) -> None:
    bank = random_bank(TASK, 0)
    episodes = play(TASK, lambda obs: np.zeros((len(obs), 1)), [1, 2])
    save_episodes(tmp_path / "episodes.npz", episodes)
    larger = with_episodes(bank, [tmp_path / "episodes.npz"])
    steps = sum(episode.steps for episode in episodes)
    assert len(larger.a) == len(bank.a) + min(steps, 512)
    assert (larger.facts, larger.policies) == (bank.facts, 1)
    assert np.array_equal(larger.start, bank.start)
