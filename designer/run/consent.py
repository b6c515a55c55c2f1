"""The user's consent to what a run folder from elsewhere would do.

A run that the user started carries a seal, made with a secret that lies outside of all
run folders. A folder without a valid seal may not choose where a key is sent, remove
the walls, or have a task's code run, unless the user's command line repeats that.
"""

import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from designer.errors import ConfigError
from designer.options import Consent
from designer.run.manifest import Manifest
from designer.run.settings import dangers, flag
from envs.make import task_names

SECRET_BYTES = 32


def with_consent(
    run: Path, manifest: Manifest, consent: Consent, trains: bool = True
) -> Manifest:
    """The manifest with the user's choices; ConfigError for dangers without consent.

    trains: whether models are asked and rewards run; if not, only the task's code is.
    """
    config, risks = manifest.config, dict[str, str]()
    for key in ("model", "judge_model"):
        spec, own = getattr(consent, key), getattr(config, key)
        if spec and spec != own:
            raise ConfigError(f"{flag(key, spec)}: this run goes on with {own!r}")
    if not is_own(manifest):
        risks = dangers(vars(config)) if trains else {}
        if manifest.task not in task_names():
            risks["task"] = f"run the code of the task {manifest.task}"
    settings = {**vars(config), "task": manifest.task}
    refused = {key: risk for key, risk in risks.items() if not getattr(consent, key)}
    if refused:
        flags = " ".join(flag(key, settings[key]) for key in refused)
        raise ConfigError(
            f"{run} was not started by you on this machine, and it would "
            f"{' and '.join(refused.values())}; if you want that, add {flags}"
        )
    if consent.sandbox:
        config = replace(config, sandbox=consent.sandbox)
    task = manifest.task
    if consent.task:
        task = consent.task
        if task not in task_names():
            task = str(Path(task).expanduser().resolve())
    return replace(manifest, task=task, config=config)


def sealed(manifest: Manifest) -> Manifest:
    """The manifest with the user's seal; without one where no secret can be stored."""
    return replace(manifest, seal=_seal(manifest))


def is_own(manifest: Manifest) -> bool:
    """Whether this user made the manifest as it is, on this machine."""
    seal = _seal(manifest)
    return bool(seal) and hmac.compare_digest(seal, manifest.seal)


def _seal(manifest: Manifest) -> str:
    """Signature of all that decides whose code runs, behind which walls, for whom."""
    config = manifest.config
    facts = [
        manifest.task,
        config.model,
        config.judge_model,
        config.sandbox,
        sorted(manifest.task_files.items()),
    ]
    return signature(facts)


def signature(data: Any) -> str:
    """HMAC of JSON data with the user's secret; '' where no secret can be stored."""
    secret = _secret()
    text = json.dumps(data, sort_keys=True).encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest() if secret else ""


def can_sign() -> bool:
    """Whether signatures say anything: the user's secret could be stored."""
    return bool(_secret())


def _secret() -> bytes | None:
    """The user's secret, made at first use; None where it can't be stored."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    path = Path(home) / "reward-designer" / "secret"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            own = path.with_name(f"secret.{os.getpid()}")
            descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(SECRET_BYTES))
            # If two processes make a secret at once, the first one's stays.
            with suppress(FileExistsError):
                os.link(own, path)
            own.unlink()
        secret = path.read_bytes()
    except (OSError, RuntimeError):  # RuntimeError: a user without a home
        return None
    return secret if len(secret) == SECRET_BYTES else None
