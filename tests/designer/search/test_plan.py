"""What is to be done next, on snapshots written by hand."""

from dataclasses import replace

import pytest

from designer.config import RunConfig
from designer.run.candidates import (
    Failed,
    Judgement,
    Place,
    Proposed,
    Rejected,
    Rung,
    SeedResult,
)
from designer.search.plan import AskPeople, Propose, TrainReward, leader, next_work
from designer.search.snapshot import Snapshot
from designer.selection.allocation import allocation_of

STEPS = 2048
CONFIG = RunConfig(candidates=2, generations=2, seeds=2, final_seeds=1, steps=STEPS)
BOTH = ("human", "sparse")


def proposed(shape: str) -> Proposed:
    return Proposed("explore", None, "", f"# {shape}", (), shape=shape)


REFUSED = Proposed("explore", None, "", "", ("no code",))


def result(fitness: float, steps: int = STEPS, seed: int = 0) -> SeedResult:
    return SeedResult(seed, Judgement(fitness, 0.0, None, 1.0, {}), steps, 1.0)


def seen(*proposals: tuple[Place, Proposed], **results: float) -> Snapshot:
    """results: g00c00s0=1.0 for the training g00/c00/s0."""
    names = {k.replace("c", "/c").replace("s", "/s"): v for k, v in results.items()}
    trained = {
        name: result(fitness, seed=int(name[-1])) for name, fitness in names.items()
    }
    return Snapshot(STEPS, 2, dict(proposals), trained)


def train(name: str, seed: int) -> TrainReward:
    return TrainReward(f"{name}/s{seed}", name, seed, STEPS)


def final(label: str, reward: str) -> TrainReward:
    return TrainReward(f"final/{label}/s0", reward, 0, STEPS)


A, B, C, D = (proposed(letter) for letter in "abcd")
FIRST = [((0, 0), A), ((0, 1), B)]
TRAINED = {"g00c00s0": 1.0, "g00c00s1": 1.0, "g00c01s0": 2.0, "g00c01s1": 2.0}


def test_at_first_rewards_are_proposed_and_baselines_trained_beside_that() -> None:
    assert next_work(seen(), CONFIG, BOTH) == (
        Propose(0),
        final("human", "human"),
        final("sparse", "sparse"),
    )


def test_a_reward_is_trained_while_later_ones_are_still_written() -> None:
    work = next_work(seen(((0, 0), A)), CONFIG, ())
    assert work == (Propose(0), train("g00/c00", 0), train("g00/c00", 1))


def test_a_reward_waits_for_those_before_it_for_it_may_be_a_duplicate() -> None:
    assert next_work(seen(((0, 1), B)), CONFIG, ()) == (Propose(0),)


def test_what_got_no_answer_holds_up_nobody() -> None:
    snapshot = replace(seen(((0, 1), B)), unanswered=frozenset({(0, 0)}))
    assert next_work(snapshot, CONFIG, ()) == (train("g00/c01", 0), train("g00/c01", 1))


def test_neither_refused_nor_repeated_rewards_are_trained() -> None:
    again = seen(((0, 0), A), ((0, 1), A))
    assert next_work(again, CONFIG, ()) == (train("g00/c00", 0), train("g00/c00", 1))
    refused = seen(((0, 0), REFUSED), ((0, 1), B))
    assert next_work(refused, CONFIG, ()) == (train("g00/c01", 0), train("g00/c01", 1))
    assert [c.outcome for c in refused.candidates] == [Rejected(("no code",))]


def test_the_later_of_two_equal_rewards_is_the_duplicate() -> None:
    both = seen(((0, 1), A), ((0, 0), A))
    (candidate,) = both.candidates
    assert candidate.name == "g00/c01"
    assert candidate.outcome == Rejected(("the same reward as g00/c00",))


def test_only_what_has_not_come_to_its_steps_is_trained() -> None:
    snapshot = seen(*FIRST, **TRAINED)
    short = snapshot.with_result("g00/c01/s1", result(2.0, steps=STEPS // 2))
    assert next_work(snapshot, CONFIG, ()) == (AskPeople(0),)
    # A rollout is 2,048 steps, so half of that is not one.
    assert next_work(short, CONFIG, ()) == (train("g00/c01", 1),)


def test_a_failed_training_is_not_tried_again() -> None:
    snapshot = seen(*FIRST, **TRAINED).with_result(
        "g00/c01/s1", Failed("finite", "nan")
    )
    assert next_work(snapshot, CONFIG, ()) == (AskPeople(0),)
    assert snapshot.candidates[1].outcome == Failed("finite", "nan")


def test_people_are_asked_once_and_then_comes_the_next_generation() -> None:
    asked = seen(*FIRST, **TRAINED).with_votes(0, ())
    assert next_work(asked, CONFIG, ()) == (Propose(1),)


@pytest.fixture
def searched() -> Snapshot:
    """Both generations done; g00/c01 leads with a fitness of 2."""
    later = {k.replace("g00", "g01"): 1.5 for k in TRAINED}
    snapshot = seen(*FIRST, ((1, 0), C), ((1, 1), D), **TRAINED, **later)
    return snapshot.with_votes(0, ()).with_votes(1, ())


def test_at_the_end_the_leader_is_trained_on_new_seeds(searched: Snapshot) -> None:
    assert next_work(searched, CONFIG, ()) == (final("g00-c01", "g00/c01"),)


def test_another_leader_never_finds_the_trainings_of_the_first(
    searched: Snapshot,
) -> None:
    done = searched.with_result("final/g00-c01/s0", result(2.0))
    assert next_work(done, CONFIG, ()) == ()
    better = done.with_result("g01/c00/s0", result(9.0, seed=0))
    better = better.with_result("g01/c00/s1", result(9.0, seed=1))
    assert next_work(better, CONFIG, ()) == (final("g01-c00", "g01/c00"),)


def test_where_people_judge_they_compare_the_final_policies_at_last(
    searched: Snapshot,
) -> None:
    people = replace(CONFIG, judge="people", human="page")
    assert leader(searched, people) is None  # nobody has voted
    assert next_work(searched, people, ()) == (AskPeople(2),)
    assert next_work(searched.with_votes(2, ()), people, ()) == ()


def test_a_plan_asks_for_the_same_again_until_the_result_is_there() -> None:
    snapshot = seen(*FIRST)
    assert next_work(snapshot, CONFIG, BOTH) == next_work(snapshot, CONFIG, BOTH)


LONG = 4 * STEPS  # a quarter of it is one rollout
RACE = replace(CONFIG, race="halving", candidates=4, seeds=1, steps=LONG)


def racing(**fitness: float) -> Snapshot:
    """Four rewards in a race, judged at the first rung with these fitnesses."""
    places = [((0, i), proposed(f"race {i}")) for i in range(4)]
    results = {
        name.replace("c", "/c") + "/s0": result(value, STEPS)
        for name, value in fitness.items()
    }
    return Snapshot(
        LONG, 1, dict(places), results, allocation=allocation_of(RACE, LONG)
    )


def test_in_a_race_all_are_trained_to_the_first_rung() -> None:
    rung = [TrainReward(f"g00/c0{i}/s0", f"g00/c0{i}", 0, STEPS) for i in range(4)]
    assert next_work(racing(), RACE, ()) == tuple(rung)
    assert next_work(racing(g00c01=1.0), RACE, ()) == (rung[0], *rung[2:])


def test_in_a_race_the_worst_is_dropped_and_the_others_go_on() -> None:
    """Of four the better two go on, and one more as the most novel."""
    now = racing(g00c00=1.0, g00c01=2.0, g00c02=3.0, g00c03=0.0)
    assert [(w.reward, w.until) for w in next_work(now, RACE, ())] == [
        (f"g00/c0{i}", 2 * STEPS) for i in range(3)
    ]
    (dropped,) = now.candidates
    assert (dropped.name, dropped.outcome.steps) == ("g00/c03", STEPS)


def test_a_race_starts_to_drop_when_the_generation_is_whole() -> None:
    proposals = dict(list(racing().proposals.items())[:2])
    results = {f"g00/c0{i}/s0": result(float(i), STEPS) for i in range(2)}
    open_race = Snapshot(
        LONG, 1, proposals, results, allocation=allocation_of(RACE, LONG)
    )
    assert next_work(open_race, RACE, ()) == (Propose(0),)
    assert open_race.candidates == ()


AHEAD = replace(CONFIG, ahead=2, generations=3)


def test_two_generations_ahead_the_next_one_begins_beside_the_first() -> None:
    first = seen(*FIRST)
    work = next_work(first, AHEAD, ())
    assert work[0] == Propose(1)
    assert {task.reward for task in work[1:]} == {"g00/c00", "g00/c01"}


def test_no_generation_begins_before_the_one_that_it_is_told_of_is_finished() -> None:
    """Generation 1 is finished first; generation 2 is told of 0, so it waits."""
    later = {k.replace("g00", "g01"): 1.5 for k in TRAINED}
    both = (*FIRST, ((1, 0), C), ((1, 1), D))
    work = next_work(seen(*both, **later), AHEAD, ())
    assert {task.reward for task in work} == {"g00/c00", "g00/c01"}
    assert next_work(seen(*both, **TRAINED, **later), AHEAD, ()) == (Propose(2),)


def test_a_generation_that_is_told_of_the_baselines_waits_for_them() -> None:
    done = seen(*FIRST, **TRAINED).with_votes(0, ())
    assert next_work(done, CONFIG, BOTH) == (
        final("human", "human"),
        final("sparse", "sparse"),
    )


EXTEND = replace(CONFIG, extend=2, final_seeds=1)


def extended(searched: Snapshot, *fitness: float) -> Snapshot:
    """g00/c01, with 2 on both seeds, trained on to 2, 4 ... times the steps."""
    for k in range(2):
        rungs = [
            Rung(STEPS * 2**power, Judgement(value, 0.0, None, 1.0, {}))
            for power, value in enumerate((2.0, *fitness))
        ]
        *earlier, last = rungs
        judged = SeedResult(k, last.judgement, last.steps, 1.0, True, tuple(earlier))
        searched = searched.with_result(f"g00/c01/s{k}", judged)
    return searched


def test_the_winner_is_trained_on_before_it_is_compared(searched: Snapshot) -> None:
    assert next_work(searched, EXTEND, ()) == tuple(
        TrainReward(f"g00/c01/s{k}", "g00/c01", k, 2 * STEPS) for k in range(2)
    )


def test_without_a_rise_all_are_compared_at_the_searchs_steps(
    searched: Snapshot,
) -> None:
    work = next_work(extended(searched, 2.0), EXTEND, ("human",))
    assert [(w.folder, w.until) for w in work] == [("final/human/s0", STEPS)]
    at_once = searched.with_result("final/human/s0", result(1.0))
    work = next_work(extended(at_once, 2.0), EXTEND, ("human",))
    assert [(w.folder, w.until) for w in work] == [("final/g00-c01/s0", STEPS)]


def test_as_long_as_it_rises_the_steps_are_doubled(searched: Snapshot) -> None:
    """It rises to 2 x and to 4 x the steps, and may not be doubled a third time."""
    scaled = searched.with_result("final/human/s0", result(1.0))
    (first, _) = next_work(extended(scaled, 3.0), EXTEND, ("human",))
    assert (first.folder, first.until) == ("g00/c01/s0", 4 * STEPS)
    work = next_work(extended(scaled, 3.0, 4.0), EXTEND, ("human",))
    assert [(w.folder, w.until) for w in work] == [
        ("final/g00-c01/s0", 4 * STEPS),
        ("final/human/s0", 4 * STEPS),
    ]


def test_what_came_after_the_searchs_steps_does_not_count_in_the_search(
    searched: Snapshot,
) -> None:
    """g00/c00 has 1; the winner's 9 at twice the steps is no fitness of the search."""
    longer = extended(searched, 9.0)
    assert [c.outcome.fitness for c in longer.candidates[:2]] == [1.0, 2.0]


DUEL = replace(CONFIG, most_seeds=4)


def dueling(**results: float) -> Snapshot:
    """Both rewards of generation 0; results as for seen."""
    rules = allocation_of(DUEL, STEPS)
    return replace(seen(*FIRST, **results), allocation=rules)


def test_leader_and_challenger_are_trained_on_a_further_seed() -> None:
    close = {**TRAINED, "g00c00s1": 2.0}
    assert next_work(dueling(**close), DUEL, ()) == (
        train("g00/c01", 2),
        train("g00/c00", 2),
    )
    one_came = dueling(**close, g00c01s2=9.0)
    assert next_work(one_came, DUEL, ()) == (train("g00/c00", 2),)
    # A seed that its rival lacks counts for nobody.
    assert [c.outcome.fitness for c in one_came.candidates] == [1.5, 2.0]


def test_after_the_duel_the_leader_is_who_is_better_on_all_its_seeds() -> None:
    """c01 led by luck: with its further seeds it has 1, and c00 has 1.5."""
    close = {**TRAINED, "g00c00s1": 2.0}
    further = {"g00c00s2": 1.5, "g00c01s2": 0.0, "g00c00s3": 1.5, "g00c01s3": 0.0}
    fought = dueling(**close, **further)
    assert next_work(fought, DUEL, ()) == (AskPeople(0),)
    winner = leader(fought, DUEL)
    assert winner is not None
    assert (winner.name, winner.outcome.fitness) == ("g00/c00", 1.5)
