"""Documents to passages with what is known of them before they are embedded, ahead of the model.

Worker processes cut the next units while the model computes the vectors of this one: it never
waits for work that needs no model.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpora.document import Document
from indexer.language import identify_passages
from indexer.passage import ChunkLimits, Passage, chunk
from indexer.token_counter import TokenCounter
from indexer.vectors import text_key
from indexer.workers import Failure, Workers

FEW_DOCUMENTS = 64
"""No more than these are cut where they are: processes cost more to start."""

_UNIT_SECONDS = 600.0
_UNITS_AHEAD = 1
"""Units a worker that are cut or being cut, all of them in memory."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages of a document.

    Attributes:
        passages: in reading order.
        languages: ISO 639-1 code of each; None when unknown.
        keys: of each embedded text (`indexer.vectors.text_key`).
    """

    passages: list[Passage]
    languages: list[str | None]
    keys: list[bytes]


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts the documents of a unit; may be sent to another process.

    Attributes:
        limits: of passages.
        count_tokens: of the model.
    """

    limits: ChunkLimits
    count_tokens: TokenCounter

    def __call__(self, documents: Sequence[Document]) -> list[Cut]:
        """The passages of each."""
        return [self._cut(document) for document in documents]

    def _cut(self, document: Document) -> Cut:
        passages = chunk(document, self.limits, self.count_tokens)
        return Cut(
            passages,
            identify_passages([each.text for each in passages], document.language),
            [text_key(each.indexed_text) for each in passages],
        )


def cut_ahead(
    units: Iterable[Sequence[Document]], total: int, cutter: Cutter, workers: int
) -> Iterator[list[Cut]]:
    """The passages of the documents of each unit, in order.

    Args:
        units: taken a little ahead of what comes out.
        total: documents in all.
        cutter: that cuts.
        workers: processes.
    """
    if total <= FEW_DOCUMENTS:
        yield from map(cutter, units)
        return
    with Workers(cutter, workers, _UNIT_SECONDS, ahead=_UNITS_AHEAD) as pool:
        # Links are most of a page, and no part of a passage.
        lean = ([replace(document, links=()) for document in unit] for unit in units)
        for unit, cut in pool.map(lean):
            # Whatever happened to the worker, the unit itself was read and counted.
            yield cutter(unit) if isinstance(cut, Failure) else cut
