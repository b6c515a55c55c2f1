"""Generated and mutated replies: read, or refused in words; none breaks or slows us."""

import json
import os
import random
import resource
import runpy
import time
from pathlib import Path

import pytest

from designer.rewards.accept import Accepted, Refused, accept
from designer.rewards.bank import random_bank
from designer.rewards.sign import signed
from envs.make import load_task
from sandbox import NoReward, Reader

ROOT = Path(__file__).parents[2]
BANK = random_bank(load_task("hopper-run"), 0)
REPLAY = (ROOT / "runs" / "replays" / "hopper-run.jsonl").read_text().splitlines()
CORPUS = runpy.run_path(str(ROOT / "tests" / "sandbox" / "corpus.py"))["REWARDS"]
FUZZ_SECONDS = float(os.environ.get("FUZZ_SECONDS", "10"))
LONGEST_S = 3.0
MOST_GROWTH_MB = 100  # of this process, over all replies
PROBED = 15
LARGEST = 250_000  # characters of a mutated reply; a longer one is no new case
PIECES = [
    *(
        "```",
        "````\n",
        "~~~",
        "```python\n",
        "<code>",
        "</pre>",
        "[PYTHON]",
        "</think>",
    ),
    *("def reward(s, a, s_next):\n", "    return {}\n", "\x00", "lambda: 0", "\u202e"),
    *("{'x': ", "}" * 40, "(" * 120, "nan", "1e999", "while 1: ", "import os\n"),
    *(
        "s_next.x_velocity",
        "\ud800",
        "\udc00\ud83d",
        "\r\n",
        "\t",
        "#",
        '"""',
        "0x" * 30,
    ),
    *("class A: pass\n", "async def reward(s, a, s_next): ...\n", "yield", "9**9**9"),
    *("\x1b[2J", "\x1b]0;t\x07", "[/red]", "\u200b", "\u0430", "ﬁ", "٣", "θ", "\x85"),
    *("match s:\n case _:", "f'{a!r:{b}}'", "\\", "\f", "# -*- coding: rot13 -*-\n"),
    *("the previous version was:\n", "NOTE: x = 1\n", "<think>", '{"code": "'),
]
DEEP = [
    "(",
    "[",
    "{1:",
    "-",
    "not ",
    "a.",
    "x[",
    "f(",
    "lambda:",
    "if s:",
    "1+",
    "@a\n",
]


def known() -> list[str]:
    """Replies of a real model, and rewards as models write them."""
    entries = (json.loads(line) for line in REPLAY)
    texts = [entry["reply"] for entry in entries if isinstance(entry.get("reply"), str)]
    return [*texts, *(f"```python\n{source}\n```" for source in CORPUS.values())]


def deep(draw: random.Random) -> str:
    """Something that nests, or goes on and on."""
    times = int(10 ** draw.uniform(0.5, 4.0))
    match draw.randrange(4):
        case 0:
            return draw.choice(DEEP) * times
        case 1:
            blocks = draw.choice(
                ["try:\n{0} pass\n{0}finally:", "if s:", "for i in s:"]
            )
            pads = (" " * k for k in range(1, min(times, 99)))
            return "".join(f"{pad}{blocks.format(pad)}\n" for pad in pads)
        case 2:
            word = draw.choice(
                ["    elif a:\n        x = 1\n", "x = x\n", "v{0} = u{0}\n"]
            )
            return "".join(word.format(k) for k in range(times))
        case _:
            return draw.choice(PIECES) * times


def mutated(seed: int, texts: list[str]) -> str:
    """A known reply with some cuts, repeats, swaps, foreign pieces or random bytes."""
    draw = random.Random(seed)
    text = draw.choice(texts)
    for _ in range(draw.randrange(1, 6)):
        i, j = sorted(draw.randrange(len(text) + 1) for _ in range(2))
        match draw.randrange(8):
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
            case 5:
                k = text.rfind("\n", 0, i) + 1
                text = text[:k] + deep(draw) + text[k:]
            case 6:
                text = text.replace(*draw.sample(PIECES, 2))
            case _:
                lines = text.split("\n")
                draw.shuffle(lines)
                text = "\n".join(lines)
        text = text[:LARGEST] or draw.choice(PIECES)
    return text


def read(texts: list[str], seeds: range, seconds: float) -> tuple[int, int]:
    """Reads mutated replies for so long; how many, and how many of them hold code."""
    began, count, codes = time.monotonic(), 0, 0
    with Reader() as reader:
        for seed in seeds:
            if time.monotonic() - began > seconds:
                break
            text, since = mutated(seed, texts), time.monotonic()
            answer = reader.read(text, BANK.widths)
            assert time.monotonic() - since < LONGEST_S, seed
            words = [answer.reason] if isinstance(answer, NoReward) else answer.problems
            assert all(w.isprintable() and 0 < len(w) <= 600 for w in words), seed
            count, codes = count + 1, codes + (not isinstance(answer, NoReward))
    return count, codes


@pytest.mark.fuzz
def test_mutated_replies_are_read_or_refused_in_words_soon_and_in_little_memory():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count, codes = read(known(), range(10**9), FUZZ_SECONDS)
    assert count > 20 * FUZZ_SECONDS
    assert 0.1 < codes / count < 0.9  # the mutations reach both
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MOST_GROWTH_MB << 10


@pytest.mark.fuzz
def test_some_mutated_replies_go_through_the_probe_as_well():
    texts = known()
    for seed in range(PROBED):
        match accept(mutated(seed, texts), BANK):
            case Refused(problems):
                assert problems
                assert all(0 < len(problem.strip()) < 3000 for problem in problems)
            case Accepted() as accepted:
                assert isinstance(signed(accepted), Accepted | Refused)


@pytest.mark.slow
@pytest.mark.fuzz
def test_ten_thousand_mutated_replies_are_read_or_refused_in_words():
    count, _ = read(known(), range(10**6, 10**6 + 10_000), 3600.0)
    assert count == 10_000
