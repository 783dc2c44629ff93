"""The searcher that answers now, replaced between requests when a generation is published.

A request takes `Live.searcher` once and keeps it to its end, so no answer mixes generations. The
files of an old generation are closed when the last request that holds it ends: nothing else
refers to it.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from corpora.errors import AuctorError
from indexer.generation import current_id
from server.search import Searcher

POLL_S = 0.25

_MOST_WAIT_S = 60.0
"""Between two attempts at a generation that cannot be opened."""

_log = logging.getLogger(__name__)


class Live:
    """Holds the newest generation that could be opened. Use it as a context manager to watch.

    Attributes:
        searcher: of the live generation; safe to read from any thread.
        swaps: generations taken over since the start.
        failures: times since the start that one could not be; going on failing counts once.
        failure: why the published generation could not be taken over; None when it could.
    """

    def __init__(
        self,
        index: Path,
        searcher: Searcher,
        reopen: Callable[[Searcher], Searcher],
        poll_s: float = POLL_S,
    ) -> None:
        """Watches nothing yet.

        Args:
            index: folder whose CURRENT is followed.
            searcher: of its live generation.
            reopen: opens the generation that is live then, given the searcher so far.
            poll_s: seconds between two looks.
        """
        self.index = index
        self.searcher = searcher
        self.swaps = 0
        self.failures = 0
        self.failure: str | None = None
        self._reopen = reopen
        self._poll_s = poll_s
        self._tried: str | None = searcher.snapshot.generation.generation_id
        self._next_try = self._wait_s = 0.0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Takes a new generation over, if there is one; what fails leaves the old one in place."""
        published = current_id(self.index)
        if published == self.searcher.snapshot.generation.generation_id:
            self.failure = None
            self._tried = published
            return
        if self._is_too_soon(published):
            return
        try:
            self.searcher = self._reopen(self.searcher)
        except Exception as error:  # noqa: BLE001 - whatever broke, the old generation answers on
            self._fail(error)
        else:
            self.swaps += 1
            self.failure = None
            self._wait_s = 0.0

    def _is_too_soon(self, published: str | None) -> bool:
        """Whether the same one failed a moment ago; counts this attempt if not.

        Opening costs as much as the index is large: what fails again is tried less and less.
        """
        now = time.monotonic()
        if published == self._tried and now < self._next_try:
            return True
        self._wait_s = min(_MOST_WAIT_S, 2 * self._wait_s) if published == self._tried else 0.0
        self._wait_s = max(self._wait_s, self._poll_s)
        self._tried, self._next_try = published, now + self._wait_s
        return False

    def _fail(self, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        if reason == self.failure:
            return
        self.failures += 1
        self.failure = reason
        # A traceback only where nobody expected the error.
        unexpected = None if isinstance(error, AuctorError | OSError) else error
        _log.warning("staying with the generation before: %s", reason, exc_info=unexpected)

    def __enter__(self) -> "Live":
        """Starts to watch."""
        self._thread = threading.Thread(target=self._watch, name="auctor-live", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stops watching."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self._poll_s):
            self.look()
