from designer.run.candidates import Assessed, Candidate, Judgement, Rejected, SeedResult
from designer.run.seeds import derive
from designer.selection.incumbent import beats, incumbent, incumbents, ranked
from designer.selection.merit import BY_FITNESS, ByFitness


def candidate(generation: int, index: int, *scores: float) -> Candidate:
    results = tuple(
        SeedResult(k, Judgement(score, 0.0, None, 1.0, {}), 1, 1.0)
        for k, score in enumerate(scores)
    )
    outcome = Assessed(results) if scores else Rejected(("no",))
    return Candidate(generation, index, "tune", None, "", "", outcome)


def test_with_one_seed_better_is_enough() -> None:
    assert beats(candidate(1, 0, 3.1), candidate(0, 0, 3.0), BY_FITNESS)
    assert not beats(candidate(1, 0, 3.0), candidate(0, 0, 3.0), BY_FITNESS)


def test_a_newcomer_must_be_better_beyond_the_doubt_over_seeds() -> None:
    """The holder's 4 on eight seeds is sure of 4 - 2 / sqrt(8) = 3.29."""
    holder, merit = candidate(0, 0, *[4.0] * 8), ByFitness(spread=2.0)
    assert not beats(candidate(1, 0, 4.5, 4.5), holder, merit)  # 4.5 - 1.41
    assert beats(candidate(1, 0, 5.0, 5.0), holder, merit)


def test_the_incumbent_stays_unless_beaten() -> None:
    first, merit = candidate(0, 0, *[4.0] * 8), ByFitness(spread=2.0)
    lucky = candidate(1, 0, 9.0, 0.0)
    assert incumbent([first, candidate(0, 1, 1.0, 1.0), lucky], merit) is first
    better, best = candidate(2, 0, 5.0, 6.0), candidate(2, 1, 5.0, 7.0)
    assert incumbent([first, lucky, better, best], merit) is best


def test_who_leads_is_known_after_each_generation() -> None:
    first, last = candidate(1, 0, 2.0), candidate(3, 1, 3.0)
    history = [candidate(0, 0), first, candidate(2, 0, 1.0), candidate(3, 0), last]
    leaders = [(0, None), (1, first), (2, first), (3, last)]
    assert list(incumbents(history, BY_FITNESS)) == leaders


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
