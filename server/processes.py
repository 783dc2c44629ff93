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
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import NoReturn

from corpora.errors import AuctorError, ServerError
from indexer.workers import safe_path
from server.metrics import forget_process, shared_numbers
from server.serve import ServeOptions, serve

_START_S = 600.0
_STOP_S = 30.0
_FIRST_DELAY_S = 1.0
_MOST_DELAY_S = 60.0
"""Between two starts of a replacement; each start that comes to nothing doubles it."""
_TERMINATED = 128 + signal.SIGTERM

_log = logging.getLogger(__name__)


def serve_many(
    options: ServeOptions, listener: socket.socket, count: int, announce: Callable[[], None]
) -> NoReturn:
    """Answers from `count` processes until SIGINT or SIGTERM comes.

    Args:
        options: what to serve.
        listener: bound and listening.
        count: processes.
        announce: called once all are ready.

    Raises:
        ServerError: a process could not start, with its own reason; later, that none is left.
        KeyboardInterrupt: SIGINT came.
        SystemExit: SIGTERM came.
    """
    signal.signal(signal.SIGTERM, _on_terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script may have it ignored
    children: list[_Child] = []
    with shared_numbers():
        try:
            for _ in range(count):
                children.append(_Child(options, listener, count))
                children[-1].start()
            for child in children:
                child.wait_until_ready()
            announce()
            _supervise(children, lambda: _Child(options, listener, count), count)
        finally:
            _stop(children)


def _supervise(children: list["_Child"], make: Callable[[], "_Child"], count: int) -> NoReturn:
    """Replaces processes that end, as long as one is left to answer meanwhile.

    A replacement may be impossible for a while (the index is being rebuilt, memory is short):
    those that live go on, and it is tried again and again.

    Raises:
        ServerError: none is left.
    """
    delay, next_start = _FIRST_DELAY_S, 0.0
    while True:
        is_whole = len(children) == count and all(child.is_ready for child in children)
        signs = [sign for child in children for sign in child.signs()]
        wait(signs, timeout=None if is_whole else _FIRST_DELAY_S)
        for child in list(children):
            if child.notice():
                delay = _FIRST_DELAY_S
            if not child.process.is_alive():
                children.remove(child)
                child.forget()
                _log.error("a server process ended: %s", child.problem)
        if not children:
            raise ServerError(f"no server process is left; the last one: {child.problem}")
        if len(children) < count and time.monotonic() >= next_start:
            children.append(make())
            children[-1].start()
            next_start = time.monotonic() + delay
            delay = min(2 * delay, _MOST_DELAY_S)


class _Child:
    """A process that serves.

    Attributes:
        process: not started yet.
        is_ready: whether it answers.
        problem: why it ended, as far as it is known.
    """

    def __init__(self, options: ServeOptions, listener: socket.socket, count: int) -> None:
        context = get_context("spawn")  # torch's threads do not survive a fork
        self._word, self._its_word = context.Pipe(duplex=False)
        self.process: SpawnProcess = context.Process(
            target=_run,
            args=(options, listener, count, self._its_word),
            name="auctor-serve",
            daemon=True,
        )
        self.is_ready = False
        self._problem: str | None = None

    def start(self) -> None:
        """Starts it."""
        with safe_path():
            self.process.start()
        self._its_word.close()

    @property
    def problem(self) -> str:
        return self._problem or f"exit status {self.process.exitcode}"

    def signs(self) -> list[Connection | int]:
        """What to wait on: its end, and its word while it starts."""
        if self.is_ready or self._problem is not None:
            return [self.process.sentinel]
        return [self.process.sentinel, self._word]

    def notice(self) -> bool:
        """Whether it has just become ready."""
        if self.is_ready or self._problem is not None or not self._word.poll():
            return False
        try:
            self._problem = self._word.recv()
        except EOFError:
            self.process.join(_STOP_S)
            self._problem = f"exit status {self.process.exitcode}"
        self.is_ready = self._problem is None
        return self.is_ready

    def wait_until_ready(self) -> None:
        """Waits for its first word.

        Raises:
            ServerError: it is not ready.
        """
        wait(self.signs(), _START_S)
        if not self.notice():
            raise ServerError(f"a server process could not start: {self.problem}")

    def forget(self) -> None:
        """Lets go of a process that has ended."""
        self._word.close()
        if self.process.pid is not None:
            forget_process(self.process.pid)


def _stop(children: list[_Child]) -> None:
    """Lets the processes finish what is in flight."""
    started = [child.process for child in children if child.process.pid is not None]
    for process in started:
        process.terminate()
    deadline = time.monotonic() + _STOP_S
    for process in started:
        process.join(max(0.0, deadline - time.monotonic()))
        if process.is_alive():
            process.kill()


def _run(options: ServeOptions, listener: socket.socket, count: int, word: Connection) -> None:
    """What a process does."""
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    # After the last answer uvicorn raises the signal again: to leave in order, not to be killed.
    signal.signal(signal.SIGTERM, _on_terminate)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with listener:
            serve(options, listener, count, lambda: word.send(None))
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
