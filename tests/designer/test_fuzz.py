"""Generated and mutated replies: accepted, or refused in words; none breaks us."""

import json
import random
import runpy
from pathlib import Path

import pytest

from designer.propose.accept import Accepted, Refused, accept
from designer.propose.sign import signed
from designer.search.bank import random_bank
from envs.task import load_task

ROOT = Path(__file__).parents[2]
BANK = random_bank(load_task("hopper-run"), 0)
REPLAY = (ROOT / "runs" / "replays" / "hopper-run.jsonl").read_text().splitlines()
CORPUS = runpy.run_path(str(ROOT / "tests" / "sandbox" / "corpus.py"))["REWARDS"]
MANY, FEW = 500, 50
PIECES = (
    *("```", "```python\n", "def reward(s, a, s_next):\n", "    return {}\n", "\x00"),
    *(
        "lambda: 0",
        "\u202e",
        "{'x': ",
        "}" * 40,
        "(" * 120,
        "nan",
        "1e999",
        "while 1: ",
    ),
    *(
        "import os\n",
        "s_next.x_velocity",
        "\ud800",
        "\r\n",
        "\t",
        "#",
        '"""',
        "0x" * 30,
    ),
    *("class A: pass\n", "async def reward(s, a, s_next): ...\n", "yield", "9**9**9"),
)


def known():
    """Replies of a real model, and rewards as models write them."""
    entries = (json.loads(line) for line in REPLAY)
    texts = [entry["reply"] for entry in entries if isinstance(entry.get("reply"), str)]
    return [*texts, *(f"```python\n{source}\n```" for source in CORPUS.values())]


def mutated(seed, texts):
    """A known reply with some cuts, repeats, swaps, foreign pieces or random bytes."""
    draw = random.Random(seed)
    text = draw.choice(texts)
    for _ in range(draw.randrange(1, 6)):
        i, j = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        match draw.randrange(6):
            case 0:
                text = text[:i] + text[j:]
            case 1:
                text = text[:j] + text[i:j] + text[j:]
            case 2:
                text = text[:i] + draw.choice(PIECES) + text[i:]
            case 3:
                text = text[:i] + draw.choice(texts)[: j - i] + text[j:]
            case 4:
                noise = draw.randbytes(draw.randrange(40)).decode("latin-1")
                text = text[:i] + noise + text[i:]
            case _:
                lines = text.split("\n")
                draw.shuffle(lines)
                text = "\n".join(lines)
        text = text or draw.choice(PIECES)
    return text


def judge(seeds):
    texts = known()
    assert len(texts) > 30
    kinds = {Accepted: 0, Refused: 0}
    for seed in seeds:
        found = accept(mutated(seed, texts), BANK)
        kinds[type(found)] += 1
        if isinstance(found, Refused):
            assert found.problems
            for problem in found.problems:
                assert problem.strip()
                assert len(problem) < 3000
        else:
            assert isinstance(signed(found), Accepted | Refused)
    return kinds


def test_fifty_mutated_replies_are_accepted_or_refused_in_words():
    assert sum(judge(range(FEW)).values()) == FEW


@pytest.mark.slow
def test_five_hundred_mutated_replies_are_accepted_or_refused_in_words():
    kinds = judge(range(MANY))
    assert min(kinds.values()) > 20, kinds  # the mutations reach both
