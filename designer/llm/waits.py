"""How long a server asks to wait, wherever it says so: in headers or in words."""

import math
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

SECONDS_PER_UNIT = {
    "ms": 0.001,
    "milli": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
}
UNIT = (
    r"(?P<unit>ms|milli(?=sec)|s(?=ec|\b|\d)|m(?=in|\b|\d)|h(?=ou?r|\b|\d)|d(?=ay|\b))"
)
STEP = re.compile(rf"(?P<number>\d+(?:\.\d+)?)\s*{UNIT}[a-z]*[\s,]*(?:and\s+)?", re.I)
# "Please try again in 20s", "Retry in 1m2.5s", '"retryDelay": "34s"', "wait 3 seconds".
WAIT = re.compile(
    r"(?:try(?:ing)? again|retry(?:ing)?|retry[ _-]?(?:after|delay|in)|wait|resets?)"
    r"(?P<key>[^\d.]{0,40})(?P<wait>\d[\w.,: ]{0,40})",
    re.I,
)
NUMBER = re.compile(r"\d+(?:\.\d+)?")
OLDEST_EPOCH_S, OLDEST_EPOCH_MS = 1e9, 1e12
# A reset header says when a limit is whole again, and room is there long before.
MAX_RESET_WAIT_S = 60.0


def wait_asked_s(headers: Mapping[str, str], words: str) -> float | None:
    """Seconds to wait before asking again; None where the server says nothing of it."""
    headers = {name.lower(): value for name, value in headers.items()}
    wait_ms = seconds_of(headers.get("retry-after-ms", ""))
    if wait_ms is not None:
        return wait_ms / 1000
    for wait_s in (seconds_of(headers.get("retry-after", "")), _in_words(words)):
        if wait_s is not None:
            return wait_s
    return _until_reset(headers)


def seconds_of(text: str) -> float | None:
    """Seconds of '20', '20s', '1m30s', '350ms', an epoch, a date; None for others."""
    text = text.strip()
    try:
        wait_s = float(text)
        if wait_s >= OLDEST_EPOCH_MS:
            wait_s /= 1000
        if wait_s >= OLDEST_EPOCH_S:
            wait_s -= time.time()
    except ValueError:
        steps = list(STEP.finditer(text))
        if steps and "".join(step[0] for step in steps) == text:
            wait_s = _sum_s(steps)
        else:
            moment = _moment(text)
            if moment is None:
                return None
            wait_s = moment.timestamp() - time.time()
    return max(0.0, wait_s) if math.isfinite(wait_s) else None


def _sum_s(steps: list[re.Match[str]]) -> float:
    return sum(float(s["number"]) * SECONDS_PER_UNIT[s["unit"].lower()] for s in steps)


def _moment(text: str) -> datetime | None:
    """A date as HTTP or ISO 8601 write it; without a zone it is UTC."""
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(text)
        except (ValueError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _in_words(words: str) -> float | None:
    for match in WAIT.finditer(words):
        steps = []
        step = STEP.match(match["wait"])
        while step:
            steps.append(step)
            step = STEP.match(match["wait"], step.end())
        if steps:
            return _sum_s(steps)
        number = NUMBER.match(match["wait"])
        # A number alone is a count ("retry 3 times") unless it is named as a wait.
        if number and re.search(r"after|delay", match[0], re.I):
            is_ms = re.search(r"ms\W*$|milli", match["key"], re.I)
            return float(number[0]) / (1000 if is_ms else 1)
    return None


def _until_reset(headers: Mapping[str, str]) -> float | None:
    """The wait for the limits that are used up, of all limits if that isn't told."""
    resets = {
        name: wait_s
        for name, value in headers.items()
        if "ratelimit" in name and "reset" in name
        if (wait_s := seconds_of(value)) is not None
    }
    remaining = {
        name: headers.get(name.replace("reset", "remaining")) for name in resets
    }
    used_up = [
        s for name, s in resets.items() if (remaining[name] or "").strip() == "0"
    ]
    waits = used_up or list(resets.values())
    return min(max(waits), MAX_RESET_WAIT_S) if waits else None
