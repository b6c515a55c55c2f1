"""What is trained next where trainings are raced, extended, or sent into duels."""

import math
from dataclasses import replace

from designer.run.candidates import ENVIRONMENT, Failed, Judgement, Rung, SeedResult
from designer.search.plan import AskPeople, Propose, TrainReward, leader, next_work
from designer.search.snapshot import Snapshot
from designer.selection.allocation import allocation_of, most_work
from tests.designer.search.snapshots import (
    BOTH,
    CONFIG,
    FIRST,
    STEPS,
    TRAINED,
    C,
    D,
    final,
    proposed,
    result,
    seen,
    train,
)

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
        LONG, 1, dict(places), results, allocation=allocation_of(RACE, STEPS)
    )


def test_a_race_has_no_rung_before_a_quarter_of_the_tasks_own_steps() -> None:
    rungs = {
        steps: allocation_of(replace(RACE, steps=steps * STEPS), 16 * STEPS).rungs
        for steps in (32, 16, 8, 4)
    }
    assert {k: [rung // STEPS for rung in v] for k, v in rungs.items()} == {
        32: [8, 16, 32],
        16: [4, 8, 16],
        8: [4, 8],
        4: [4],
    }
    assert allocation_of(replace(RACE, steps=None), LONG).rungs[-1] == LONG


def test_the_most_work_of_a_run_by_hand() -> None:
    """Of 4 rewards 3 go on at a quarter and 2 at a half: 1 + 3/4 + 1 trainings."""
    race = replace(RACE, generations=2, final_seeds=3)
    trainings, steps = most_work(race, LONG)
    assert (trainings, steps / LONG) == (2 * 4 + 9, 2 * 2.75 + 9)
    further = replace(race, most_seeds=3, confirm=1, extend=1)
    trainings, steps = most_work(further, LONG)
    # Two contenders of each generation, the confirmation, the winner trained on.
    assert trainings == 2 * 4 + 2 * 2 * 2 + 2 + 9
    assert steps / LONG == 2 * 2.75 + 2 * 2 * 2 + 2 + 1 + 2 * 9


def test_a_reward_whose_first_training_failed_is_not_trained_on_further_seeds() -> None:
    own = Failed("finite", "term 'x' is nan")
    failed = seen(*FIRST).with_result("g00/c00/s0", own)
    assert train("g00/c00", 1) not in next_work(failed, CONFIG, ())
    (first, *_) = failed.candidates
    assert first.outcome == own


def test_a_reward_that_failed_on_one_seed_is_not_raced_on_with_another() -> None:
    """Two seeds each; g00/c00's second one failed before the first rung."""
    race, own = replace(RACE, seeds=2), Failed("finite", "term 'x' is nan")
    places = dict(racing().proposals)
    results = {f"g00/c0{i}/s{k}": result(1.0, STEPS) for i in range(4) for k in (0, 1)}
    results |= {"g00/c00/s1": own}
    now = Snapshot(LONG, 2, places, results, allocation=allocation_of(race, STEPS))
    assert {work.reward for work in next_work(now, race, ())} == {
        "g00/c01",
        "g00/c02",
        "g00/c03",
    }
    assert now.candidates[0].outcome == own


def test_a_fitness_that_is_no_number_hides_nobody_else() -> None:
    scores = {"g00c00s0": 1.0, "g00c00s1": 1.0, "g00c01s0": math.nan, "g00c01s1": 2.0}
    places = [*FIRST, ((0, 2), C)]
    now = seen(*places, **scores, g00c02s0=3.0, g00c02s1=3.0)
    best = leader(now, replace(CONFIG, candidates=3))
    assert best is not None
    assert best.name == "g00/c02"


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
        LONG, 1, proposals, results, allocation=allocation_of(RACE, STEPS)
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


def test_a_winner_that_fails_when_it_is_trained_on_stays_the_winner(
    searched: Snapshot,
) -> None:
    rungs = (Rung(STEPS, Judgement(2.0, 0.0, None, 1.0, {})),)
    scaled = searched.with_result("final/human/s0", result(1.0))
    for k in range(2):
        failed = Failed("wall", "training took longer than 60 s", rungs, seed=k)
        scaled = scaled.with_result(f"g00/c01/s{k}", failed)
    winner = leader(scaled, EXTEND)
    assert winner is not None
    assert (winner.name, winner.outcome.fitness) == ("g00/c01", 2.0)
    work = next_work(scaled, EXTEND, ("human",))
    assert [(w.folder, w.until) for w in work] == [("final/g00-c01/s0", STEPS)]


def test_an_environment_that_fails_when_a_winner_is_trained_on_breaks_no_stage(
    searched: Snapshot,
) -> None:
    rungs = (Rung(STEPS, Judgement(2.0, 0.0, None, 1.0, {})),)
    kept = {n: r for n, r in searched.results.items() if not n.startswith("g00/")}
    broken = Failed(ENVIRONMENT, "fitness raised KeyError", rungs, seed=0)
    alone = replace(searched, results={**kept, "g00/c01/s0": broken})
    assert alone.environment_failure("g00") is None
    at_once = replace(alone, results={"g00/c01/s0": replace(broken, rungs=())})
    assert at_once.environment_failure("g00") is not None


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
