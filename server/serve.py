"""One server process: an index opened for good, and HTTP over it until a signal comes."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import uvicorn

from authority.prior import PriorTable
from authority.registry import load_registry
from authority.resolve import Resolver
from corpora.errors import IncompatibleIndex, QueryError
from indexer.embed import Embedder, limit_threads, model_name
from server.api import create_app
from server.encode import QueryEncoder
from server.limits import BoundedHeads
from server.live import Live
from server.search import Searcher
from server.snapshot import Snapshot
from server.trust import Trust

GRACE_S = 20
"""Seconds that answers in flight may take after the signal to stop."""


def usable_cores() -> int:
    """Cores that this process may run on, which a container may restrict."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What is opened, and how.

    Attributes:
        index: its folder.
        model: sentence-transformers name or folder; None takes the index's own.
        device: "cpu", "cuda", "mps"; None picks the best one the machine has.
        dtype: None takes what the hardware computes in.
        registry: a CSV file laid over the built-in registry; None for none.
        as_of: the generation that was the latest then; None for the live one.
    """

    index: Path
    model: str | None = None
    device: str | None = None
    dtype: str | None = None
    registry: Path | None = None
    as_of: datetime | None = None


def open_searcher(options: ServeOptions) -> Searcher:
    """Opens an index with its own model, or refuses another one that was asked for.

    Raises:
        IndexFolderError: nothing can be served from there.
        ModelError: the model cannot be loaded.
        AuthorityError: the registry is malformed.
    """
    snapshot = Snapshot.open(options.index, as_of=options.as_of)
    record = snapshot.generation.model
    if options.model is not None and model_name(options.model) != record.name:
        raise IncompatibleIndex(
            f"{options.index} was built with the model {record.name!r}, not {options.model!r}; "
            "leave --model out, or build the index again"
        )
    resolver = Resolver(load_registry([options.registry] if options.registry else ()))
    embedder = Embedder.for_index(record, options.device, options.dtype)
    trust = Trust(snapshot.shards, PriorTable(resolver))
    return Searcher(snapshot, QueryEncoder(embedder), trust)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        QueryError: the address cannot be listened on.
    """
    if not host:
        raise QueryError("--host", "is empty; 0.0.0.0 or :: listens on every address")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise QueryError("--host/--port", f"{host}:{port}: {error.strerror or error}") from error
    # Inherited by every connection. Without it an answer waits 40 ms for the client's kernel to
    # acknowledge its head before the body goes out.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(
    options: ServeOptions, listener: socket.socket, processes: int, ready: Callable[[], None]
) -> None:
    """Answers until SIGINT or SIGTERM comes, then finishes what is in flight.

    Args:
        options: what to serve.
        listener: from `listen`.
        processes: how many share this machine's cores.
        ready: called when the index is open.

    Raises:
        AuctorError: see `open_searcher`.
    """
    threads = max(1, usable_cores() // processes)
    limit_threads(threads)
    # Only `live` may hold the searcher: another name for it would keep its files open for good.
    live = Live(options.index, open_searcher(options), lambda before: before.reopen(options.index))
    live.searcher.encoder.embedder.accelerate_queries(threads)
    # The app object, no import string: a stray server.py in the current folder stays unread.
    with live:
        config = uvicorn.Config(
            create_app(live),
            http=BoundedHeads,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_S,
        )
        server = uvicorn.Server(config)
        ready()
        server.run(sockets=[listener])
