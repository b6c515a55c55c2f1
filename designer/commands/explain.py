"""designer explain: what each term of a reward reads, and what it pays for."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from designer.errors import ConfigError
from designer.feedback.dependence import Dependence
from designer.feedback.explanation import EpisodePay, Explanation, explain_terms
from designer.report.explained import explanation_page
from designer.report.terms import ends, paid_in_all, term_views
from designer.rewards.accept import accept_source
from designer.rewards.bank import random_bank
from designer.rewards.probe import Refused
from designer.run.candidates import number
from designer.run.files import read_json, read_user_text, write_atomic
from designer.terminal.sparkline import sparkline
from envs.make import load_task
from sandbox import RewardFault, Sandbox, choose

CURVE_CHARACTERS = 24


def explain_reward(
    file: Path, task_name: str, episodes: Path | None, page: Path | None, walls: Sandbox
) -> tuple[list[str], dict[str, Any]]:
    """Lines for the terminal, and the same as data; also writes the page, if asked.

    episodes: a folder of trainings with this reward; None for where the file lies.
    ConfigError if the file is no reward for the task, or it fails.
    """
    task = load_task(task_name)
    # What a reward pays is known without a metric, too.
    task = replace(task, measured=(task.folder / "hidden.py").is_file())
    bank = random_bank(task, 0)
    chosen = choose(walls)
    verdict = accept_source(read_user_text(file), bank, chosen)
    if isinstance(verdict, Refused):
        raise ConfigError(f"{file}: {'; '.join(verdict.problems)}")
    paths = stored_episodes(file, episodes)
    try:
        explanation = explain_terms(task, bank, verdict.source, paths, chosen)
    except RewardFault as fault:
        raise ConfigError(f"{file}: {fault.kind}: {fault.message}") from None
    if page is not None:
        views = term_views(explanation)
        write_atomic(
            page, explanation_page(task.name, str(file), verdict.source, views)
        )
    return list(_lines(file, explanation)), asdict(explanation)


def stored_episodes(file: Path, folder: Path | None) -> list[Path]:
    """The episodes.npz of trainings in a folder; ConfigError where it has none.

    folder: None for that of the file, where there need be none. What lies in a run's
    best/ was searched elsewhere in that run.
    """
    place = folder or file.absolute().parent
    if folder is None and place.name == "best":
        result = read_json(place.parent / "result.json") or {}
        place = place.parent / str(result.get("winner"))
    paths = sorted(place.glob("s[0-9]*/episodes.npz"))
    if folder is not None and not paths:
        raise ConfigError(
            f"{folder} holds no stored episodes; expected a candidate's folder such as "
            "RUN/g00/c02, with s0/episodes.npz in it"
        )
    return paths


def _lines(file: Path, explanation: Explanation) -> Iterator[str]:
    source = (
        f"{explanation.episodes} stored episodes"
        if explanation.episodes
        else "random play, for there are no stored episodes"
    )
    yield f"{file}: {len(explanation.terms)} terms, on {source}"
    for k, term in enumerate(explanation.terms):
        yield ""
        yield f"{term.name}: {term.share:.0%} of the pay; {'; '.join(ends(term))}"
        for curve in term.dependences:
            yield f"  {_curve(curve)}"
        if explanation.good_and_bad:
            yield f"  {paid_in_all(explanation.good_and_bad, k)}"
            for episode in explanation.good_and_bad:
                yield f"    {_along(episode, k)}"
    if explanation.findings:
        yield ""
        yield from explanation.findings


def _curve(curve: Dependence) -> str:
    unit = "" if curve.unit == "1" else f" {curve.unit}"
    bars = sparkline(curve.y, CURVE_CHARACTERS)
    first, last = f"{number(curve.x[0])} {bars}", f"{number(curve.x[-1])}{unit}"
    values = f"from {number(min(curve.y))} to {number(max(curve.y))}"
    return f"over {curve.column} {curve.moment}: {first} {last}, {values}"


def _along(episode: EpisodePay, k: int) -> str:
    bars = sparkline(episode.pay[k], CURVE_CHARACTERS)
    ending = f"{episode.seconds[-1]:.3g} s, {episode.ending}"
    if episode.fitness is not None:
        ending += f", fitness {number(episode.fitness)}"
    return f"{episode.label:4} {bars} {ending}"
