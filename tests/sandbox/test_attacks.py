"""Hostile rewards against every combination of walls, and against none.

The static check is off. An attack fails when its goal does: canaries decide, and not
exceptions. The harmless ones must reach their goal when there are no walls, so that an
attack that rots is noticed.
"""

import importlib
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import RewardFault, Walls, available, check_source

HERE = Path(__file__).parent
GROUPS = (
    "clock", "disk", "escapes", "files", "keys", "memory", "network", "output",
    "processes", "signals", "smuggling", "tampering",
)  # fmt: skip
NO_WALLS = Walls()

# Sound Python within the contract's words; what they return ends them.
PASS_THE_CHECK = """
    clock: CPU time over the calls
    smuggling: not a number
    smuggling: division by zero
    smuggling: finite terms with an infinite sum
    smuggling: infinite in half precision
    smuggling: larger than a double
    smuggling: complex
    smuggling: objects
    smuggling: texts
    smuggling: records
    smuggling: term of nothing
    smuggling: one column too many
    smuggling: one row too many
    smuggling: one row too few
    smuggling: ragged
    smuggling: terms of terms
    smuggling: generator
    smuggling: 32 dimensions
    smuggling: total that is no number
    smuggling: infinite total
    smuggling: name in colour
    smuggling: name with a line break
    smuggling: name with a null
    smuggling: name written backwards
    smuggling: name that cannot be seen
    smuggling: name of half a letter
    smuggling: empty name
    smuggling: name of a million letters
    smuggling: name of 65 letters
    smuggling: 33 names
    smuggling: a million names
"""


def _load(name):
    sys.path.insert(0, str(HERE))
    try:
        return importlib.import_module(f"attacks.{name}")
    finally:
        sys.path.remove(str(HERE))


SCENE = _load("scene")
PARTS = [_load(group).ATTACKS.values() for group in GROUPS]
ATTACKS = {f"{a.group}: {a.name}": a for part in PARTS for a in part}
HARMLESS = {name: attack for name, attack in ATTACKS.items() if attack.harmless}


def _behind_walls():
    for rank, walls in enumerate(available()):
        for name, attack in ATTACKS.items():
            marks = [pytest.mark.slow] if rank or attack.slow else []
            yield pytest.param(walls, attack, marks=marks, id=f"{walls}: {name}")


def _controls():
    """The first of every group by default, for each costs a process."""
    seen = set()
    for name, attack in HARMLESS.items():
        marks = [pytest.mark.slow] if attack.group in seen else []
        seen.add(attack.group)
        yield pytest.param(attack, marks=marks, id=name)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    made = SCENE.Scene(tmp_path_factory.mktemp("scene"))
    yield made
    made.close()


@pytest.mark.parametrize(("walls", "attack"), [*_behind_walls()])
def test_an_attack_does_not_reach_its_goal(walls, attack, scene):
    scene.play(attack, walls)
    assert not attack.goal(scene), scene.fault
    assert not scene.harm
    assert not scene.dirt()
    if attack.kinds:
        assert isinstance(scene.fault, RewardFault)
        assert scene.fault.kind in attack.kinds, scene.fault.message


@pytest.mark.parametrize("attack", [*_controls()])
def test_without_walls_a_harmless_attack_reaches_its_goal(attack, scene):
    scene.play(attack, NO_WALLS)
    assert attack.goal(scene), scene.fault


def test_a_reply_can_be_forged_at_all(scene):
    source = ATTACKS["tampering: name in colour"]
    text = source.source.replace("6) + b'\\x1b[31mx'", "6) + b'forged'")
    scene.play(replace(source, source=text, calls=1), NO_WALLS)
    assert scene.terms == ("forged",)


def test_attacks_differ_and_most_have_a_positive_control():
    pairs = Counter((attack.source, attack.limits) for attack in ATTACKS.values())
    assert pairs.most_common(1)[0][1] == 1
    assert len(ATTACKS) == sum(map(len, PARTS)) > 350
    assert len(HARMLESS) > 140


def test_the_static_check_lets_pass_only_what_the_contract_stops():
    passed = {
        name
        for name, attack in ATTACKS.items()
        if not check_source(attack.source, SCENE.WIDTHS)
    }
    assert passed == {line.strip() for line in PASS_THE_CHECK.strip().splitlines()}
