"""The few-shot library: expert rewards for other goals, found by likeness.

Each is a file in the folder ``examples``, read as text and never imported: a docstring
with the goal, the task whose fields it reads (``fields of:``) and the tasks that it
would give away (``stands for:``, may be left out), then the reward.

Not covered: a goal in other words. Likeness counts shared words, not meanings.
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
_GOAL_WEIGHT = 3  # a goal has fewer words than a robot has fields
_FILLERS = "and for from its not off onto over possible the then there while with"


@dataclass(frozen=True)
class Example:
    """An expert reward for one goal; source is the whole function with its helpers.

    fields: what it reads. stands_for: names of the tasks that must never see it.
    """

    name: str
    goal: str
    source: str
    fields: frozenset[str]
    stands_for: frozenset[str]


@cache
def library() -> tuple[Example, ...]:
    """Every example, by name."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.py")))


def nearest(task: Task, count: int) -> tuple[Example, ...]:
    """The examples most like the task in goal and fields, never the task's own.

    Best first; by name where they are equally near.
    """
    fields = (field.name for field in task.fields if not field.hidden)
    wanted = _words(task.goal, fields)
    known = {example: _words(example.goal, example.fields) for example in library()}
    holders = Counter(word for words in known.values() for word in words)
    rarity = {word: math.log(len(known) / n) for word, n in holders.items()}

    def likeness(example: Example) -> float:
        """Cosine of the tf-idf vectors; the task's own length is the same for all."""
        words = known[example]
        shared = sum(wanted[w] * n * rarity[w] ** 2 for w, n in words.items())
        length = math.sqrt(sum((n * rarity[w]) ** 2 for w, n in words.items()))
        return round(shared / length, 9)  # so that equals are equal

    others = [example for example in known if task.name not in example.stands_for]
    return tuple(sorted(others, key=lambda e: (-likeness(e), e.name))[:count])


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
    """How often each word occurs; those of the goal weigh more."""
    counts = Counter(_split(" ".join(sorted(fields))))
    for word in _split(goal):
        counts[word] += _GOAL_WEIGHT
    return counts


def _split(text: str) -> list[str]:
    """Words of three letters or more that say something, without a plural's s."""
    words, fillers = re.findall(r"[a-z]{3,}", text.lower()), _FILLERS.split()
    return [word.removesuffix("s") for word in words if word not in fillers]
