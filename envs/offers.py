"""The fields that a robot or an environment can offer, each with a unique name."""

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from envs.task import ALWAYS, EPISODE_NAMES


@dataclass(frozen=True)
class Offer:
    """A field that a task may have.

    kind: joint, body, site, geom, sensor, actuator, tendon, obs or info. group: what it
    tells of. optional: offered as a comment, to be taken out of it.
    """

    name: str
    kind: str
    sources: tuple[str, ...]
    unit: str
    doc: str
    group: str = "joints"
    optional: bool = False


def obs_offers(count: int) -> Iterator[Offer]:
    """Every entry of an observation; count: how many it has."""
    for k in range(count):
        doc = f"entry {k} of the observation; say what it is"
        yield Offer(f"obs_{k}", "obs", (f"obs[{k}]",), "1", doc, "the observation")


def info_offers(keys: Sequence[str]) -> Iterator[Offer]:
    """Keys of info; those that a source can't name are not offered."""
    for key in keys:
        if not re.search(r"[\[\]\n]", key):
            doc = f"{key} of the environment's info; give its unit"
            name = identifier(key, "info")
            yield Offer(name, "info", (f"info.{key}",), "1", doc, "info")


def distinct(offers: Sequence[Offer]) -> tuple[Offer, ...]:
    """The offers with unique names, made so by the kind in front or a number behind."""
    counts = Counter(offer.name for offer in offers)
    used_names = {*ALWAYS, *EPISODE_NAMES}
    renamed = []
    for offer in offers:
        name = offer.name
        if counts[name] > 1 or name in used_names:
            short, _, quantity = name.rpartition("_")
            name = (
                f"{short}_{offer.kind}_{quantity}" if short else f"{offer.kind}_{name}"
            )
        stem, k = name, 1
        while name in used_names or (name != offer.name and counts[name]):
            k += 1
            name = f"{stem}_{k}"
        used_names.add(name)
        renamed.append(replace(offer, name=name))
    return tuple(renamed)


def named_offer(
    kind: str, label: str, quantity: str, source: str, unit: str, doc: str, group: str
) -> Offer:
    """An offer whose name is made of the object's and of a quantity."""
    name = f"{identifier(label, kind)}_{quantity}"
    return Offer(name, kind, (source,), unit, doc, group)


def identifier(text: str, kind: str) -> str:
    """A name as an ASCII Python identifier; kind where no letter is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower() or kind
    if keyword.iskeyword(plain):
        plain += "_value"
    return f"n{plain}" if plain[0].isdigit() else plain
