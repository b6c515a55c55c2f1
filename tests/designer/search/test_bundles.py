"""Which trainings go to the pool together."""

from dataclasses import replace

from designer.config import RunConfig
from designer.search.bundles import bundles
from designer.search.plan import AskPeople, Propose, TrainReward
from designer.search.session import judge_seeds


def training(folder: str, until: int = 100) -> TrainReward:
    return TrainReward(folder, folder.rpartition("/")[0], 0, until)


FIRST = [training(f"g00/c0{k}/s0") for k in range(4)]
FINAL = [training("final/human/s0"), training("final/human/s1")]


def test_without_devices_every_training_is_a_job_of_its_own() -> None:
    work = [Propose(1), *FINAL, *FIRST, AskPeople(0)]
    assert list(bundles(work, set(), 0)) == [(t,) for t in (*FINAL, *FIRST)]


def test_a_generation_and_a_final_comparison_are_a_job_each() -> None:
    assert list(bundles([*FINAL, *FIRST], set(), 1)) == [tuple(FINAL), tuple(FIRST)]


def test_a_confirmation_is_a_job_of_its_own_with_starts_of_its_own() -> None:
    fresh = replace(training("final/g00-c00/s5"), is_confirmation=True)
    assert list(bundles([*FINAL, fresh], set(), 1)) == [tuple(FINAL), (fresh,)]


def test_no_stage_is_judged_from_the_starts_of_another() -> None:
    config = RunConfig(episodes=16)
    stages = ("search", "confirmation", "final")
    starts = {seed for stage in stages for seed in judge_seeds(config, stage)}
    assert len(starts) == 3 * 16


def test_a_generation_waits_until_all_of_its_rewards_are_written() -> None:
    assert list(bundles([Propose(0), *FINAL, *FIRST], set(), 1)) == [tuple(FINAL)]
    assert list(bundles([Propose(1), *FIRST], set(), 1)) == [tuple(FIRST)]


def test_what_is_in_a_job_already_is_left_out() -> None:
    assert list(bundles(FIRST, set(FIRST[:1]), 1)) == [tuple(FIRST[1:])]


def test_trainings_to_different_rungs_do_not_mix() -> None:
    further = training("g00/c00/s0", until=200)
    assert list(bundles([*FIRST[1:], further], set(), 1)) == [
        tuple(FIRST[1:]),
        (further,),
    ]


def test_devices_share_a_generation() -> None:
    assert list(bundles(FIRST, set(), 3)) == [
        (FIRST[0], FIRST[3]),
        (FIRST[1],),
        (FIRST[2],),
    ]
    assert len(list(bundles(FIRST[:2], set(), 3))) == 2
