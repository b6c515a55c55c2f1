"""The few-shot library: expert rewards for other goals, chosen by similarity.

Each example is a file in the folder ``examples``, read as text and never imported. Its
docstring names the goal, the task whose fields it reads (``fields of:``) and the tasks
whose solution it would reveal (``stands for:``, optional); then comes the reward.

Not covered: goals in other words. Similarity counts shared words, not meanings.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from envs.task import Task

_FOLDER = Path(__file__).with_name("examples")
_FIELD = re.compile(r"\b(?:s|s_next|state)\.([a-z]\w*)")
_GOAL_WEIGHT = 3  # A goal has fewer words than a robot has fields.
_STOP_WORDS = "and for from its not off onto over possible the then there while with"


@dataclass(frozen=True)
class Example:
    """An expert reward for one goal; source: the whole function with its helpers.

    fields: names of the fields it reads. stands_for: names of the tasks whose authors
    must never see it.
    """

    name: str
    goal: str
    source: str
    fields: frozenset[str]
    stands_for: frozenset[str]


@cache
def library() -> tuple[Example, ...]:
    """All examples, in the order of their names."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.py")))


def nearest_examples(task: Task, count: int) -> tuple[Example, ...]:
    """The examples most similar to the task in goal and fields, best first.

    Examples that stand for the task itself are left out; equals are sorted by name.
    """
    fields = (field.name for field in task.fields if not field.hidden)
    task_words = _words(task.goal, fields)
    example_words = {
        example: _words(example.goal, example.fields) for example in library()
    }
    holders = Counter(word for words in example_words.values() for word in words)
    rarity = {word: math.log(len(example_words) / n) for word, n in holders.items()}

    def similarity(example: Example) -> float:
        """Cosine of the tf-idf vectors, times the task's own length."""
        words = example_words[example]
        shared = sum(task_words[w] * n * rarity[w] ** 2 for w, n in words.items())
        length = math.sqrt(sum((n * rarity[w]) ** 2 for w, n in words.items()))
        # Rounded so that equal examples are not ordered by rounding errors.
        return round(shared / length, 9)

    candidates = [
        example for example in example_words if task.name not in example.stands_for
    ]
    return tuple(sorted(candidates, key=lambda e: (-similarity(e), e.name))[:count])


def _read(path: Path) -> Example:
    text = path.read_text(encoding="utf-8")
    header, _, source = text.partition("import numpy as np\n")
    goal = header.removeprefix('"""').partition("\n")[0]
    stands_for = re.search(r"^stands for: (.+)$", header, re.MULTILINE)
    return Example(
        name=path.stem,
        goal=goal,
        source=source.strip(),
        fields=frozenset(_FIELD.findall(source)),
        stands_for=frozenset(re.split(r", *", stands_for[1]) if stands_for else ()),
    )


def _words(goal: str, fields: Iterable[str]) -> Counter[str]:
    """How often each word occurs; words of the goal count three times."""
    counts = Counter(_split(" ".join(sorted(fields))))
    for word in _split(goal):
        counts[word] += _GOAL_WEIGHT
    return counts


def _split(text: str) -> list[str]:
    """Words of three letters or more but for stop words, without a plural's s."""
    words, stop_words = re.findall(r"[a-z]{3,}", text.lower()), _STOP_WORDS.split()
    return [word.removesuffix("s") for word in words if word not in stop_words]
