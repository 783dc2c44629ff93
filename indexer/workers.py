"""Worker processes that may be killed: hostile input costs one record, never the build.

Each task has a time limit that the kernel enforces inside its worker (an interval timer whose
signal nobody handles), so that neither a stuck C library nor a pattern that holds the interpreter
can outlast it, and a worker whose parent died ends by itself.
"""

import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from types import ModuleType
from typing import Any, Generic, Self, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

TASK_SECONDS = 30.0
TASK_BYTES = 1536 * 1024 * 1024
"""Memory of a worker, the libraries it has loaded included."""

TASKS_AHEAD = 32

_PRELOADED = ("indexer.cut", "indexer.intake", "indexer.warm")
"""Imported once by the process that all workers are forked from."""

_context = multiprocessing.get_context("forkserver")
_starting = threading.Lock()
"""Two threads that put a module aside at once would put back each other's."""


@contextmanager
def safe_path() -> Iterator[None]:
    """Python processes that are started in here do not import from the current folder.

    They begin as `python -c ...`, which would take a "random.py" that lies there for the library's.
    """
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


@contextmanager
def _without_main() -> Iterator[None]:
    """Processes that are started in here do not run the program's main module once more.

    What workers do is in modules of its own, and a script that builds an index needs no guard.
    """
    with _starting:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that has no result.

    Attributes:
        reason: "timed out", "out of memory" or "crashed".
        detail: what exactly happened.
    """

    reason: str
    detail: str


@dataclass(slots=True)
class _Worker:
    process: ForkServerProcess
    pipe: Connection
    task: tuple[int, Any] | None = None


class Workers(Generic[Task, Result]):
    """A function of one argument, applied in other processes. Use it as a context manager.

    Results come in the order of the tasks, whichever worker is faster.
    """

    def __init__(
        self,
        function: Callable[[Task], Result],
        count: int,
        seconds: float = TASK_SECONDS,
        memory_bytes: int = TASK_BYTES,
        ahead: int = TASKS_AHEAD,
    ) -> None:
        """Starts nothing yet: workers start with the first tasks.

        Args:
            function: importable by name, and not from the main module; neither are the classes of
                arguments and results, which are pickled.
            count: processes.
            seconds: most wall time of a task.
            memory_bytes: most memory of a worker.
            ahead: tasks a worker that are out or done, while an earlier one is still worked on or
                its result is in use.
        """
        self._function = function
        self._count = count
        self._seconds = seconds
        self._memory = memory_bytes
        self._ahead = ahead
        self._workers: list[_Worker] = []
        _context.set_forkserver_preload([*_PRELOADED, function.__module__])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in list(self._workers):
            self._dismiss(worker)

    def map(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Failure]]:
        """Each task with its result, in order.

        Args:
            tasks: taken one after the other, not much faster than results come back.
        """
        try:
            yield from self._map(enumerate(tasks))
        finally:
            for worker in [each for each in self._workers if each.task is not None]:
                self._dismiss(worker)  # given up half-way: what it still does is of no use

    def pids(self) -> list[int]:
        """The processes that have been started."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def _map(self, source: Iterator[tuple[int, Task]]) -> Iterator[tuple[Task, Result | Failure]]:
        done: dict[int, tuple[Task, Result | Failure]] = {}
        due, exhausted = 0, False
        while True:
            while due in done:
                yield done.pop(due)
                due += 1
            for worker in self._idle():
                busy = sum(each.task is not None for each in self._workers)
                if exhausted or len(done) + busy >= self._ahead * self._count:
                    break
                following = next(source, None)
                exhausted = following is None
                if following is not None:
                    self._send(worker, following)
            working = [worker for worker in self._workers if worker.task is not None]
            if not working:
                return
            self._collect(working, done)

    def _idle(self) -> list[_Worker]:
        while len(self._workers) < self._count:
            self._workers.append(self._start())
        return [worker for worker in self._workers if worker.task is None]

    def _start(self) -> _Worker:
        ours, theirs = _context.Pipe()
        process = _context.Process(
            target=_work, args=(theirs, self._function, self._seconds, self._memory), daemon=True
        )
        with _without_main(), safe_path():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _send(self, worker: _Worker, task: tuple[int, Task]) -> None:
        # Only to a worker that waits for it: two that send at once would wait for each other.
        worker.task = task
        try:
            worker.pipe.send(task[1])
        except OSError:
            return  # it is dead: `_collect` finds that out, too

    def _collect(
        self, working: list[_Worker], done: dict[int, tuple[Task, Result | Failure]]
    ) -> None:
        """Takes what has come back; workers that died are buried, others start in their place."""
        ready = wait([worker.pipe for worker in working])
        for worker in working:
            if worker.pipe not in ready or worker.task is None:
                continue
            try:
                result = worker.pipe.recv()
            except (EOFError, OSError):
                result = self._bury(worker)
            number, task = worker.task
            worker.task = None
            done[number] = (task, result)

    def _dismiss(self, worker: _Worker) -> None:
        worker.process.kill()
        self._bury(worker)

    def _bury(self, worker: _Worker) -> Failure:
        worker.process.join()
        worker.pipe.close()
        self._workers.remove(worker)
        code = worker.process.exitcode or 0
        if code == -signal.SIGALRM:
            return Failure("timed out", f"not done after {self._seconds:g} seconds")
        if code == _OUT_OF_MEMORY:
            return Failure("out of memory", f"needs more than {self._memory >> 20} MiB")
        name = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return Failure("crashed", f"the worker ended with {name}")


_OUT_OF_MEMORY = 77


def _work(pipe: Connection, function: Callable[[Any], Any], seconds: float, memory: int) -> None:
    """A worker's life: a task, its result, the next."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # a worker is one core
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            result = function(task)
        except MemoryError:
            os._exit(_OUT_OF_MEMORY)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send(result)


def worker_count() -> int:
    """One a core that this process may run on."""
    return len(os.sched_getaffinity(0))
