"""The models of a batch: its runs share each server's client and limits, and money."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from designer.llm import calls_at_once, open_client
from designer.llm.budget import Account
from designer.llm.messages import Client, Reply, Request, Say

# A person's and a recorded model's client belong to one run, or to one recording.
OWN_CLIENTS = ("manual", "replay:")

OpenModel = Callable[[str, Path, Say, int | None], Client]
"""Opens the client of a model for a run: its name, folder, notices, reply tokens."""


@dataclass(frozen=True)
class Models:
    """Where a run's models come from, and the account that their calls go to.

    calls: that a server gets at a time; None: as calls_at_once says.
    """

    open: OpenModel = lambda spec, run, say, tokens: open_client(
        spec, run, say, reply_tokens=tokens
    )
    account: Account = field(default_factory=Account)
    calls: int | None = None


def shared_models(calls: int | None, account: Account, say: Say) -> Models:
    """Models whose clients are shared by all runs that name the same one.

    So what one run learns of a server (how to ask it, when it is busy) holds for all,
    and no server gets more calls at a time than these; None: as calls_at_once says.
    """
    clients: dict[tuple[str, int | None], Client] = {}
    lock = threading.Lock()

    def open_shared(spec: str, run: Path, own_say: Say, tokens: int | None) -> Client:
        if spec.startswith(OWN_CLIENTS):
            return open_client(spec, run, own_say, reply_tokens=tokens)
        with lock:
            if (spec, tokens) not in clients:
                client = open_client(spec, run, say, reply_tokens=tokens)
                clients[spec, tokens] = at_most(client, calls or calls_at_once(spec))
            return clients[spec, tokens]

    return Models(open_shared, account, calls)


def at_most(client: Client, calls: int) -> Client:
    """The client, which so many threads can ask at a time; further ones wait."""
    places = threading.BoundedSemaphore(calls)

    def ask(request: Request) -> Reply:
        with places:
            return client(request)

    return ask
