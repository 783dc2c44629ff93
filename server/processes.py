"""Several server processes behind one address: Python computes on one core a process.

Every process opens the index for itself and follows it; they share the listening socket, and the
kernel hands each connection to one of them. One that dies is replaced.
"""

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import NoReturn

from corpora.errors import AuctorError, ServerError
from server.metrics import forget_process, shared_numbers
from server.serve import Opening, serve

_START_S = 600.0
_STOP_S = 30.0
_SHORT_LIFE_S = 10.0
"""Who dies sooner after being ready will not be helped by a replacement."""
_TERMINATED = 128 + signal.SIGTERM

_log = logging.getLogger(__name__)


def serve_many(
    opening: Opening, listener: socket.socket, count: int, announce: Callable[[], None]
) -> NoReturn:
    """Answers from `count` processes until SIGINT or SIGTERM comes.

    Args:
        opening: what to serve.
        listener: bound and listening.
        count: processes.
        announce: called once all are ready.

    Raises:
        ServerError: a process could not start, with its own reason, or none stays alive.
        KeyboardInterrupt: SIGINT came.
        SystemExit: SIGTERM came.
    """
    signal.signal(signal.SIGTERM, _on_terminate)
    children: list[_Child] = []
    with shared_numbers():
        try:
            children += [_Child.start(opening, listener, count) for _ in range(count)]
            for child in children:
                child.wait_until_ready()
            announce()
            while True:
                wait([child.process.sentinel for child in children])
                for dead in [child for child in children if not child.process.is_alive()]:
                    children.remove(dead)
                    children.append(_replacement(dead, opening, listener, count))
        finally:
            _stop(children)


@dataclass(frozen=True, slots=True)
class _Child:
    """A process that serves.

    Attributes:
        process: started.
        word: where it says that it is ready (None) or why it cannot be (a line).
        since: when it was started, monotonic seconds.
    """

    process: SpawnProcess
    word: Connection
    since: float

    @classmethod
    def start(cls, opening: Opening, listener: socket.socket, count: int) -> "_Child":
        context = get_context("spawn")  # torch's threads do not survive a fork
        ours, its = context.Pipe(duplex=False)
        process = context.Process(
            target=_run, args=(opening, listener, count, its), name="auctor-serve", daemon=True
        )
        process.start()
        its.close()
        return cls(process, ours, time.monotonic())

    def wait_until_ready(self) -> None:
        problem: str | None
        try:
            problem = self.word.recv() if self.word.poll(_START_S) else "it took too long"
        except EOFError:
            self.process.join(_STOP_S)
            problem = f"it ended with exit status {self.process.exitcode}"
        if problem is not None:
            raise ServerError(f"a server process could not start: {problem}")


def _replacement(dead: _Child, opening: Opening, listener: socket.socket, count: int) -> _Child:
    """Another process in place of one that died.

    Raises:
        ServerError: it died so soon that another would, too, or the other could not start.
    """
    status = dead.process.exitcode
    if dead.process.pid is not None:
        forget_process(dead.process.pid)
    if time.monotonic() - dead.since < _SHORT_LIFE_S:
        raise ServerError(f"a server process ended at once with exit status {status}")
    _log.error("a server process ended with exit status %s; starting another", status)
    child = _Child.start(opening, listener, count)
    child.wait_until_ready()
    return child


def _stop(children: list[_Child]) -> None:
    """Lets the processes finish what is in flight."""
    for child in children:
        child.process.terminate()
    for child in children:
        child.process.join(_STOP_S)
        if child.process.is_alive():
            child.process.kill()


def _run(opening: Opening, listener: socket.socket, count: int, word: Connection) -> None:
    """What a process does."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    try:
        with listener:
            serve(opening, listener, count, lambda: word.send(None))
    except (AuctorError, OSError) as error:
        word.send(str(error))
    except KeyboardInterrupt:
        pass  # the parent says so


def _leave_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _on_terminate(_: int, __: FrameType | None) -> NoReturn:
    raise SystemExit(_TERMINATED)
