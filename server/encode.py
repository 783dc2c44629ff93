"""Query vectors: the queries that wait are encoded together, and the last ones are remembered.

One forward pass runs at a time, and whoever waits meanwhile shares the next one. On two cores a
batch of sixteen costs about four times one query. There is no thread of its own: the first to
come encodes for all who wait, then hands over to the first who came later.

Remembering is more than speed: in bfloat16 a vector depends slightly on its batch (1 - cosine is
about 2e-5), and a question asked again, with a filter say, must not move by that.
"""

import hashlib
import threading
from collections import OrderedDict, deque

import numpy as np
from numpy.typing import NDArray

from corpora.errors import ModelError
from indexer.embed import Embedder

Vector = NDArray[np.float32]

MAX_BATCH = 32
"""Most queries encoded together: larger ones make the first wait for the last."""

REMEMBERED = 8_192
"""Queries whose vectors are kept: about 15 MB at 384 dimensions."""


class QueryEncoder:
    """Encodes queries for many threads with one model.

    Attributes:
        embedder: the model.
    """

    def __init__(
        self, embedder: Embedder, max_batch: int = MAX_BATCH, remembered: int = REMEMBERED
    ) -> None:
        """Holds nothing yet.

        Args:
            embedder: the model.
            max_batch: most queries encoded together, at least 1.
            remembered: queries whose vectors are kept.
        """
        self.embedder = embedder
        self._max_batch = max_batch
        self._remembered = remembered
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()
        self._waiting: deque[_Ticket] = deque()
        self._is_encoding = False
        self._lock = threading.Lock()

    def encode(self, text: str) -> Vector:
        """The vector of a query: float32 [dimension], L2-normalised; not to be written to.

        Raises:
            ModelError: the model failed on the batch that the query was in.
        """
        ticket = _Ticket(text)
        with self._lock:
            known = self._vectors.get(ticket.key)
            if known is not None:
                self._vectors.move_to_end(ticket.key)
                return known
            self._waiting.append(ticket)
            leads = not self._is_encoding
            self._is_encoding = True
        if not leads:
            ticket.called.wait()
        # Called without an outcome: the one who led before hands over.
        if ticket.vector is None and ticket.error is None:
            self._lead()
        if ticket.error is not None:
            first_line = str(ticket.error).partition("\n")[0]
            raise ModelError(f"the question could not be encoded: {first_line}") from ticket.error
        assert ticket.vector is not None
        return ticket.vector

    def _lead(self) -> None:
        """Encodes the first of those who wait, the caller among them, and hands over."""
        with self._lock:
            size = min(self._max_batch, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(size)]
        texts = list({ticket.text: None for ticket in batch})
        vectors: dict[str, Vector] = {}
        error: BaseException | None = None
        try:
            found = self.embedder.encode_queries(texts)
            # Copies: a row would keep the whole batch in memory.
            vectors = {text: row.copy() for text, row in zip(texts, found, strict=True)}
        except BaseException as failure:
            error = failure
            if not isinstance(failure, Exception):  # an interrupt is not the others' to catch
                raise
        finally:
            self._hand_over(batch, vectors, error)

    def _hand_over(
        self, batch: "list[_Ticket]", vectors: dict[str, Vector], error: BaseException | None
    ) -> None:
        with self._lock:
            for ticket in batch:
                ticket.error = error
                if error is None:
                    # The first vector of a text stays, also where another thread came second.
                    ticket.vector = self._vectors.setdefault(ticket.key, vectors[ticket.text])
            while len(self._vectors) > self._remembered:
                self._vectors.popitem(last=False)
            successor = self._waiting[0] if self._waiting else None
            self._is_encoding = successor is not None
        if successor is not None:
            successor.called.set()
        for ticket in batch:
            ticket.called.set()


class _Ticket:
    """A query in the queue.

    Attributes:
        text: to be encoded.
        key: what its vector is remembered by.
        called: set when there is an outcome, or when it is this one's turn to encode.
        vector, error: the outcome.
    """

    __slots__ = ("called", "error", "key", "text", "vector")

    def __init__(self, text: str) -> None:
        self.text = text
        self.key = hashlib.blake2b(text.encode(), digest_size=16).digest()
        self.called = threading.Event()
        self.vector: Vector | None = None
        self.error: BaseException | None = None
