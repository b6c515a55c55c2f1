"""designer score: a trusted judge for reward files of any author."""

from collections.abc import Sequence
from pathlib import Path

from designer.commands.opening import NO_WALLS_WARNING
from designer.errors import ConfigError
from designer.rewards.bank import random_bank
from designer.rewards.sources import BASELINES
from designer.run.files import read_user_text
from designer.scores.judging import judge_rewards
from designer.scores.question import judge_of
from designer.scores.scoreboard import Scoreboard
from designer.scores.settings import ScoreConfig
from designer.scores.store import Results, results_folder
from designer.scores.text import score_table, sentences
from designer.scores.trainings import Scoring
from designer.terminal.screen import Screen
from designer.training.job import require_trainer
from designer.training.learner import Trainer
from envs.hidden import load_hidden
from envs.make import load_task
from sandbox import NO_WALLS, choose


def score_rewards(
    files: Sequence[Path], task_name: str, config: ScoreConfig
) -> Scoreboard:
    """Score reward files on a task, and show the scoreboard.

    ConfigError for a file that can't be read, or a trainer that is not here.
    """
    if not files:
        raise ConfigError(
            "expected at least one file: designer score REWARD.py --task T"
        )
    sources = [(_name(file), read_user_text(file)) for file in dict.fromkeys(files)]
    task = load_task(task_name)
    trainer = Trainer(config.trainer, config.algo or task.train.algo)
    require_trainer(trainer, task)
    walls = choose(config.sandbox)
    hidden = load_hidden(task)
    folder = (config.results or results_folder()).expanduser()
    with Screen(hidden.unit) as screen:
        if walls == NO_WALLS:
            screen.say(NO_WALLS_WARNING)
        scoring = Scoring(
            task,
            hidden.unit,
            judge_of(task, config.trainer),
            config,
            walls,
            random_bank(task, 0),
            Results(folder, task.name),
            screen,
        )
        result = judge_rewards(scoring, sources)
        for warning in result.warnings:
            screen.say(f"warning: {warning}")
        screen.table(score_table(result))
        for line in sentences(result):
            screen.say(line)
        screen.say(f"results: {scoring.results.path}")
    return result


def _name(file: Path) -> str:
    """The file as it was typed, told apart from a baseline."""
    return f"./{file}" if str(file) in BASELINES else str(file)
