"""Judges rewards: checks, trains what is missing, judges and compares."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from designer.clips.tools import require_pyav
from designer.clips.workers import ClipRequest, make_clips
from designer.errors import ConfigError
from designer.feedback.reflection import average, trace_findings, traces
from designer.feedback.review import review
from designer.rewards.accept import Accepted, Refused, accept_source
from designer.rewards.sources import BASELINES
from designer.run.candidates import Assessed, Rejected, outcome_of
from designer.scores.question import digest, held_out_seeds, question_of
from designer.scores.scoreboard import Score, Scoreboard, paired_differences
from designer.scores.trainings import (
    Entrant,
    Scoring,
    Trained,
    TrainingKey,
    train_missing,
)
from designer.search.films import CLIP_LIMIT_S
from designer.training.curves import load_curves
from sandbox import NO_WALLS


def judge_rewards(scoring: Scoring, sources: Sequence[tuple[str, str]]) -> Scoreboard:
    """Score rewards, given as pairs of name and source, and the task's own rewards."""
    config, results = scoring.config, scoring.results
    refused, entrants = _entrants(scoring, sources)
    with results.locked(scoring.screen.say):
        history = results.judges(scoring.judge, date.today().isoformat())
        trained, warnings = train_missing(scoring, entrants)
        by_name = {e.name: _score(scoring, e, trained) for e in entrants} | refused
        if config.clips:
            by_name = _with_clips(scoring, by_name)
        names = [name for name, _ in sources]
        names += [name for name in BASELINES if name in by_name]
        scores = tuple(by_name[name] for name in names)
        compared = (
            results.rewards_scored(entrants[0].entry.question, config.seed_numbers)
            if entrants
            else 0
        )
    return Scoreboard(
        task=scoring.task.name,
        unit=scoring.unit,
        trainer=config.trainer,
        algo=config.algo or scoring.task.train.algo,
        steps=config.steps or scoring.task.train.steps,
        episodes=config.episodes,
        seeds=config.seed_numbers,
        walls=str(scoring.walls),
        scores=scores,
        comparisons=paired_differences(scores),
        judge=scoring.judge.sha256,
        since=history.judges[-1].since,
        changes=history.changes,
        evidence=_evidence(scoring, entrants),
        compared=compared,
        warnings=warnings,
    )


def _entrants(
    scoring: Scoring, sources: Sequence[tuple[str, str]]
) -> tuple[dict[str, Score], list[Entrant]]:
    """Rewards that were refused, and those that are trained with the baselines."""
    walled = scoring.walls != NO_WALLS
    refused: dict[str, Score] = {}
    entrants: list[Entrant] = []

    def enter(name: str, reward: str, accepted: Accepted | None) -> None:
        is_walled = walled and accepted is not None
        question = question_of(
            reward, scoring.judge, scoring.task, scoring.config, is_walled
        )
        entrants.append(Entrant(name, accepted, scoring.results.entry(question)))

    for name, source in sources:
        match accept_source(source, scoring.bank, scoring.walls):
            case Refused(problems):
                refused[name] = Score(name, digest(source), Rejected(problems))
            case Accepted() as accepted:
                enter(name, digest(accepted.source), accepted)
    for name in BASELINES if entrants else ():
        enter(name, name, None)
    return refused, entrants


def _score(
    scoring: Scoring, entrant: Entrant, trained: dict[TrainingKey, Trained]
) -> Score:
    """The score of a reward whose trainings have ended."""
    entry, seeds = entrant.entry, scoring.config.seed_numbers
    trainings = [trained[entry.question.key, seed] for seed in seeds]
    outcome = outcome_of([training.result for training in trainings])
    score = Score(
        entrant.name,
        entry.question.reward if entrant.accepted else "",
        outcome,
        stored=sum(training.is_stored for training in trainings),
        folder=entry.path,
    )
    if entrant.accepted is None:
        return score
    score = replace(score, notes=entrant.accepted.findings)
    if not isinstance(outcome, Assessed):
        return score
    curves = load_curves(entry.training(seed) for seed in seeds)
    judged = review(
        scoring.task,
        scoring.bank,
        entrant.accepted.source,
        [entry.path / name / "episodes.npz" for name in curves],
        scoring.walls,
    )
    alarms = (
        *trace_findings(traces(average([*curves.values()]))),
        *judged.pay.findings,
    )
    return replace(score, alarms=alarms, behaviour=judged.behaviour)


def _with_clips(scoring: Scoring, scores: dict[str, Score]) -> dict[str, Score]:
    """The scores with a clip of each reward's policy, where clips can be made."""
    try:
        require_pyav()
    except ConfigError as error:
        scoring.screen.say(f"no clips: {error}")
        return scores
    task, config = scoring.task, scoring.config
    folders: dict[str, Path] = {
        name: score.folder.resolve()
        for name, score in scores.items()
        if score.folder is not None and isinstance(score.outcome, Assessed)
    }
    seeds = held_out_seeds(config.first_seed, config.episodes)
    requests = [
        ClipRequest(folder, str(task.folder), seeds)
        for folder in dict.fromkeys(folders.values())
    ]
    reasons = make_clips(requests, config.workers, CLIP_LIMIT_S)
    for reason in dict.fromkeys(reasons.values()):
        scoring.screen.say(f"no clip: {reason}")
    clips = {
        name: folder / "clip.mp4"
        for name, folder in folders.items()
        if folder not in reasons
    }
    return {n: replace(score, clip=clips.get(n)) for n, score in scores.items()}


def _evidence(scoring: Scoring, entrants: Sequence[Entrant]) -> str:
    """Hash of the judge, the questions, the figures and the files behind them."""
    seeds = scoring.config.seed_numbers
    return digest(
        [
            scoring.judge.sha256,
            *(
                [e.entry.question.facts, [e.entry.files(seed) for seed in seeds]]
                for e in entrants
            ),
        ]
    )
