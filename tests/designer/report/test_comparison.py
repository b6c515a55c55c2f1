"""Runs beside each other: methods, tables and curves, with numbers derived by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from designer.config import RunConfig
from designer.report.comparison import (
    Figure,
    RunFigures,
    compare_figures,
)
from designer.report.comparison_text import as_html, as_markdown
from designer.report.leader_curves import mean_curve
from designer.report.methods import method_names

SCALE = {"human": (6.0, 6.0), "sparse": (2.0, 2.0)}


def figures(recipe: str, seed: int, *designed: float, task: str = "hop") -> RunFigures:
    return RunFigures(
        name=f"{task}_{recipe}_s{seed}",
        task=task,
        config=RunConfig(recipe=recipe, seed=seed),
        is_finished=True,
        scores={"designed": designed, **SCALE},
        curve=((100, 1.0), (200, designed[0])),
        unit="m",
        calls=3,
        tokens=1000,
        usd=0.5,
    )


GOOD = [figures("default", 0, 6, 8), figures("default", 1, 10, 8)]  # means 7 and 9
BAD = [figures("greedy", 0, 2, 2), figures("greedy", 1, 4, 4)]  # means 2 and 4


def test_a_method_is_all_settings_but_task_and_seed() -> None:
    base = RunConfig()
    seeds = [base, replace(base, seed=1, workers=8, max_usd=1.0)]
    assert len(set(method_names(seeds))) == 1
    several = [
        base,
        replace(base, recipe="eureka", candidates=16),
        replace(base, model="gpt-a"),
        replace(base, model="gpt-a", history=0),
    ]
    assert method_names(several) == [
        "default, symbolic",
        "eureka, symbolic",
        "default, gpt-a, history 4",
        "default, gpt-a, history 0",
    ]


def test_rewards_to_begin_with_are_part_of_a_method_and_films_are_not(
    tmp_path: Path,
) -> None:
    base = RunConfig()
    folders = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    for folder, source in zip(folders, ("one", "one", "other"), strict=True):
        folder.mkdir()
        (folder / "00.py").write_text(source)
    own = [replace(base, init=(folder / "00.py",)) for folder in folders]
    silent = replace(base, film=False)
    first, same, other, without, unfilmed = method_names([*own, base, silent])
    assert first == same
    assert len({first, other, without}) == 3
    assert without == unfilmed == "init none"


def test_what_figures_may_owe_to_other_things_than_methods_is_told() -> None:
    old, new = ({"mujoco": version} for version in ("3.17.0", "3.18.0"))
    runs = [replace(GOOD[0], versions=old), replace(BAD[0], versions=new)]
    (unlike,) = compare_figures(runs).cautions
    assert unlike.startswith("hop: the runs had unlike versions of mujoco")
    assert compare_figures([replace(run, versions=old) for run in runs]).cautions == ()
    changed = replace(GOOD[0], changes=("hidden.py was a until today, then b",))
    (told,) = compare_figures([changed]).cautions
    assert told == f"{changed.name} was changed on its way: {changed.changes[0]}."


def test_searches_from_one_seed_are_told_as_such() -> None:
    twice = [GOOD[0], replace(GOOD[0], name="again"), BAD[0]]
    (told,) = compare_figures(twice).cautions
    assert told.startswith("hop: 2 searches of default have --seed 0, so they share")


def test_searches_of_equal_seeds_are_paired_in_whatever_order_they_come() -> None:
    comparison = compare_figures([*GOOD, *reversed(BAD)])
    *_, greedy = comparison.leads
    assert greedy.is_paired
    assert greedy == compare_figures([*GOOD, *BAD]).leads[-1]


def test_runs_judged_by_unlike_metrics_are_not_compared() -> None:
    unlike = [replace(run, metric=f"hash of {k}") for k, run in enumerate(GOOD)]
    comparison = compare_figures(unlike)
    assert not comparison.tasks
    assert "judged by different versions of its hidden.py" in comparison.left_out[0]
    older = [replace(GOOD[0], metric="hash"), GOOD[1]]
    assert compare_figures(older).tasks


def test_a_search_is_one_score_where_a_method_has_several() -> None:
    comparison = compare_figures([*GOOD, *BAD])
    good, bad = comparison.tasks
    assert (good.method, good.fitness.value, good.searches) == ("default", 8.0, 2)
    # Of 7 and 9 s / sqrt(2) is 1, and t with one degree of freedom 12.706.
    assert good.fitness.interval == pytest.approx((8 - 12.7062, 8 + 12.7062), abs=1e-4)
    # On the scale from 2 to 6, 8 is 1.5 and 3 is 0.25.
    assert good.normalised.value == 1.5
    assert bad.normalised.value == 0.25
    assert (good.human, good.sparse, good.unit) == (6.0, 2.0, "m")


def test_the_final_seeds_are_scores_where_each_method_has_one_search() -> None:
    comparison = compare_figures([GOOD[0], BAD[1]])
    assert [row.fitness.value for row in comparison.tasks] == [7.0, 4.0]
    assert {row.over for row in comparison.tasks} == {"final seeds of one search"}


def test_one_search_differs_by_final_seed_paired_where_seeds_are_equal() -> None:
    # 6, 8 minus 2, 4 is 4, 4; minus the human 6, 6 it is 0, 2: 1 +- 12.7062.
    lower = replace(BAD[0], scores={"designed": (2.0, 4.0), **SCALE})
    human, _, _, _, greedy = compare_figures([GOOD[0], lower]).leads
    assert (greedy.first, greedy.second, greedy.is_paired) == (
        "default",
        "greedy",
        True,
    )
    assert (greedy.mean, greedy.interval, greedy.better) == (4.0, (4.0, 4.0), 1.0)
    assert (human.first, human.second) == ("default", "human")
    assert human.interval == pytest.approx((1 - 12.7062, 1 + 12.7062), abs=1e-4)
    assert human.better == 0.75  # It ties in two pairs of four and wins two.


def test_unlike_seeds_are_not_paired() -> None:
    seeds = [{"designed": (0, 1)}, {"designed": (0, 2)}]
    pair = [
        replace(run, seeds=own)
        for run, own in zip([GOOD[0], BAD[0]], seeds, strict=True)
    ]
    *_, greedy = compare_figures(pair).leads
    assert (greedy.is_paired, greedy.mean) == (False, 5.0)
    # 6, 8 and 2, 2: standard error 1 with one degree of freedom.
    assert greedy.interval == pytest.approx((5 - 12.7062, 5 + 12.7062), abs=1e-4)


def test_several_searches_differ_search_by_search() -> None:
    # Means 7, 9 and 2, 4: both differ by 5, and from the human 6 by 1 and 3.
    human, *_, greedy = compare_figures([*GOOD, *BAD]).leads
    assert (greedy.mean, greedy.interval, greedy.better) == (5.0, (5.0, 5.0), 1.0)
    assert (human.mean, human.better) == (2.0, 1.0)


def test_over_tasks_there_are_iqm_rank_and_probability() -> None:
    other = [
        figures("default", 0, 2, task="walk"),
        figures("greedy", 0, 10, task="walk"),
        figures("greedy", 1, 10, task="walk"),
    ]
    comparison = compare_figures([*GOOD, *BAD, *other])
    default, greedy = comparison.methods
    # Normalised: 1.25 and 1.75 while hopping, 0 while walking; none of 3 is left out.
    assert default.iqm.value == pytest.approx(1.0)
    # 0, 0.5, 2, 2: one of four is left out at either end.
    assert greedy.iqm.value == pytest.approx(1.25)
    # It wins all pairs on one task and none on the other; so do the ranks.
    assert default.beats["greedy"].value == 0.5
    assert (default.rank.value, greedy.rank.value) == (1.5, 1.5)


def test_what_is_left_out_is_named() -> None:
    flat = replace(
        figures("greedy", 0, 1.0, task="flat"),
        scores={"designed": (1.0,), "human": (2.0,), "sparse": (2.0,)},
    )
    waiting = replace(figures("default", 3, 0.0), is_finished=False, scores={})
    comparison = compare_figures([*GOOD, flat, waiting])
    assert comparison.methods == ()
    text = " ".join(comparison.left_out)
    assert "hop_default_s3 is not finished." in text
    assert "flat is not in the figures over tasks" in text
    assert comparison.tasks[-1].normalised == Figure(None)


def test_there_is_no_scale_where_the_task_s_own_rewards_can_not_be_told_apart() -> None:
    # Means 4 and 3.99 of spreads of 2: a distance of 0.01 that is chance.
    own = {"human": (3.0, 5.0), "sparse": (2.99, 4.99)}
    run = replace(GOOD[0], scores={"designed": (6.0, 8.0), **own})
    comparison = compare_figures([run])
    assert comparison.tasks[0].normalised == Figure(None)
    assert "can't be told apart" in comparison.left_out[0]
    (method,) = comparison.methods
    assert (method.iqm, method.rank.value) == (Figure(None), 1.0)


def test_a_run_whose_human_reward_failed_is_compared_all_the_same() -> None:
    failed = replace(GOOD[1], scores={"designed": (9.0, 9.0), "sparse": (2.0, 2.0)})
    (row,) = compare_figures([GOOD[0], failed]).tasks
    assert (row.fitness.value, row.human) == (8.0, 6.0)


def test_runs_in_different_units_are_not_compared() -> None:
    comparison = compare_figures([GOOD[0], replace(BAD[0], unit="s")])
    assert comparison.tasks == ()
    assert "hop is judged in different units." in comparison.left_out


def test_runs_of_unlike_steps_are_told_apart_like_tasks() -> None:
    short, long = (
        [replace(run, steps=n, final_steps=n) for run in (GOOD[0], BAD[0])]
        for n in (1000, 2000)
    )
    comparison = compare_figures([*short, *long])
    tasks = {row.task: row.steps for row in comparison.tasks}
    assert tasks == {"hop, 1,000 steps": 1000, "hop, 2,000 steps": 2000}
    assert {row.task for row in compare_figures(short).tasks} == {"hop"}
    assert "| hop | 1,000 | " in as_markdown(compare_figures(short))


def test_after_unlike_steps_winners_are_not_compared() -> None:
    extended = replace(GOOD[0], steps=1000, final_steps=2000)
    comparison = compare_figures([extended, replace(BAD[0], final_steps=1000)])
    assert comparison.tasks == ()
    assert any("unlike steps" in sentence for sentence in comparison.left_out)


def test_curves_are_averaged_where_all_of_them_are() -> None:
    # The first leader holds until the next; from 20 to 50 both curves are there.
    curves = [[(10, 1.0), (40, 3.0), (60, 9.0)], [(20, 5.0), (50, 7.0)]]
    assert mean_curve(curves) == ((20, 3.0), (40, 4.0), (50, 5.0))


def test_budgets_are_as_large_as_the_cheapest_method_s() -> None:
    cheap = replace(BAD[0], curve=((50, 2.0), (80, 4.0)))
    text = as_markdown(compare_figures([GOOD[0], cheap]))
    table = text.split("at equal budgets")[1].split("\n\n")[1]
    assert "| method | 20 steps | 40 steps | 60 steps | 80 steps |" in table
    assert r"| greedy | \- | \- | 2 | 4 |" in table


def test_costs_are_summed_and_an_unknown_price_makes_the_sum_unknown() -> None:
    text = as_markdown(compare_figures([*GOOD, *BAD]))
    assert "| all together | 12 | 4,000 | 2.0000 |" in text
    text = as_markdown(compare_figures([*GOOD, replace(BAD[0], usd=None)]))
    assert "| all together | 9 | 3,000 | unknown |" in text


def test_names_have_no_meaning_in_the_page_or_in_markdown() -> None:
    evil = replace(GOOD[0], name="<script>x|y</script>")
    comparison = compare_figures([evil, BAD[0]])
    assert "<script>" not in as_html(comparison)
    assert r"\<script>x\|y\</script>" in as_markdown(comparison)


def test_the_page_loads_nothing() -> None:
    page = as_html(compare_figures([*GOOD, *BAD]))
    assert page.count("<svg") == 1
    assert "src=" not in page
    assert "href=" not in page
