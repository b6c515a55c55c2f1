"""The methods of runs: all their settings but the task and the run's own seed."""

import hashlib
from collections.abc import Sequence
from typing import Any

from designer.config import RunConfig
from designer.run.files import read_bytes

# They say where and under whose name a run was made, and change no figure.
NO_METHOD = {"seed", "workers", "rater", "price", "max_calls", "max_tokens", "max_usd"}
NO_METHOD |= {"judge_price", "wall_s", "film", "reply_tokens", "deadline_s"}


def method_names(configs: Sequence[RunConfig]) -> list[str]:
    """A name for the method of each run: recipe and model, and what else differs."""
    keys = [
        key
        for key in RunConfig.__dataclass_fields__
        if key not in NO_METHOD and len({_shown(c, key) for c in configs}) > 1
    ]
    short = [key for key in ("recipe", "model") if key in keys]
    names = []
    for config in configs:
        same = [
            c for c in configs if all(_shown(c, k) == _shown(config, k) for k in short)
        ]
        extra = [k for k in keys if len({_shown(c, k) for c in same}) > 1]
        words = [_shown(config, key) for key in short]
        words += [f"{key} {_shown(config, key)}" for key in extra]
        names.append(", ".join(words) or config.recipe)
    return names


def differing_settings(configs: dict[str, RunConfig]) -> dict[str, dict[str, Any]]:
    """The settings that are not the same for all methods, by method."""
    keys = [
        key
        for key in RunConfig.__dataclass_fields__
        if key not in NO_METHOD
        and len({_shown(config, key) for config in configs.values()}) > 1
    ]
    return {
        name: {
            key: getattr(config, key) if key != "init" else _shown(config, key)
            for key in keys
        }
        for name, config in configs.items()
    }


def _shown(config: RunConfig, key: str) -> str:
    """A setting in words; rewards of --init by their number and what they hold."""
    if key != "init":
        return str(getattr(config, key))
    if not config.init:
        return "none"
    sources = b"\0".join(read_bytes(path) for path in config.init)
    return f"{len(config.init)} ({hashlib.sha256(sources).hexdigest()[:6]})"
