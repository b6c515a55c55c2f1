from designer.run.candidates import Assessed, Candidate, Judgement, Rejected, SeedResult
from designer.run.seeds import derive
from designer.selection.incumbent import beats, incumbent, ranked
from designer.selection.merit import BY_FITNESS


def candidate(generation: int, index: int, *scores: float) -> Candidate:
    results = tuple(
        SeedResult(k, Judgement(score, 0.0, None, 1.0, {}), 1, 1.0)
        for k, score in enumerate(scores)
    )
    outcome = Assessed(results) if scores else Rejected(("no",))
    return Candidate(generation, index, "tune", None, "", "", outcome)


def test_with_two_seeds_a_newcomer_must_be_better_on_both() -> None:
    holder = candidate(0, 0, 3.0, 5.0)
    assert beats(candidate(1, 0, 3.1, 5.1), holder, BY_FITNESS)
    assert not beats(candidate(1, 0, 9.0, 4.9), holder, BY_FITNESS)


def test_with_one_seed_better_is_enough() -> None:
    assert beats(candidate(1, 0, 3.1), candidate(0, 0, 3.0), BY_FITNESS)
    assert not beats(candidate(1, 0, 3.0), candidate(0, 0, 3.0), BY_FITNESS)


def test_a_difference_within_its_standard_error_does_not_count() -> None:
    holder = candidate(0, 0, 0.0, 0.0, 0.0, 0.0)
    # Mean 1; standard deviation of (5, -3, 1, 1) is sqrt(32/3), its error 1.63.
    assert not beats(candidate(1, 0, 5.0, -3.0, 1.0, 1.0), holder, BY_FITNESS)
    # Mean 1; standard deviation of (2, 0, 1, 1) is sqrt(2/3), its error 0.41.
    assert beats(candidate(1, 0, 2.0, 0.0, 1.0, 1.0), holder, BY_FITNESS)


def test_the_incumbent_stays_unless_beaten() -> None:
    first = candidate(0, 0, 3.0, 5.0)
    lucky = candidate(1, 0, 9.0, 4.0)
    assert incumbent([first, candidate(0, 1, 1.0, 1.0), lucky], BY_FITNESS) is first
    better = candidate(2, 0, 4.0, 6.0)
    best = candidate(2, 1, 5.0, 6.0)
    assert incumbent([first, lucky, better, best], BY_FITNESS) is best


def test_there_is_no_incumbent_before_a_reward_is_assessed() -> None:
    assert incumbent([candidate(0, 0)], BY_FITNESS) is None
    late = candidate(1, 0, 1.0)
    assert incumbent([candidate(0, 0), late], BY_FITNESS) is late


def test_ranking_is_by_mean_fitness_and_leaves_out_failures() -> None:
    low, high = candidate(0, 0, 1.0, 2.0), candidate(0, 2, 0.0, 9.0)
    assert ranked([low, candidate(0, 1), high], BY_FITNESS) == [high, low]


def test_every_purpose_has_a_seed_of_its_own() -> None:
    seeds = {derive(0, what, k) for what in ("train", "final") for k in range(50)}
    assert len(seeds) == 100
    assert derive(0, "train", 1) == derive(0, "train", 1) != derive(1, "train", 1)
    assert all(0 <= seed < 2**31 for seed in seeds)
