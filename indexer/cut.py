"""Documents to passages with what is known of them before they are embedded, ahead of the model.

Worker processes cut the next units while the model computes the vectors of this one: it never
waits for work that needs no model. A document that they cannot cut within the limits of time and
memory is cut plainly, so that it costs its headings and sentences, never itself nor the build.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from corpora.document import Document
from indexer.language import identify_passages
from indexer.passage import ChunkLimits, Passage, chunk, chunk_plainly
from indexer.token_counter import TokenCounter
from indexer.vectors import text_key
from indexer.workers import TASK_SECONDS, Failure, Workers

FEW_DOCUMENTS = 64
SHORT_CHARS = 50_000
"""No more documents than these, each no longer, are cut where they are: processes cost more to
start."""

_UNIT_SECONDS = 240.0
"""More than any unit takes whose documents are not hostile; else they are cut one by one."""
_UNITS_AHEAD = 1
"""Units a worker that are cut or being cut, all of them in memory."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The passages of a document.

    Attributes:
        passages: in reading order.
        languages: ISO 639-1 code of each; None when unknown.
        keys: of each embedded text (`indexer.vectors.text_key`).
        failure: why it was cut plainly; None where it was not.
    """

    passages: list[Passage]
    languages: list[str | None]
    keys: list[bytes]
    failure: str | None = None


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

    def cut_plainly(self, document: Document, failure: Failure) -> Cut:
        """The passages of a document that no worker could cut, in the language of the whole."""
        passages = chunk_plainly(document, self.limits, self.count_tokens)
        reason = f"{failure.reason}: {failure.detail}"
        return _cut_of(passages, [document.language] * len(passages), reason)

    def _cut(self, document: Document) -> Cut:
        passages = chunk(document, self.limits, self.count_tokens)
        texts = [each.text for each in passages]
        return _cut_of(passages, identify_passages(texts, document.language))


def _cut_of(
    passages: list[Passage], languages: list[str | None], failure: str | None = None
) -> Cut:
    return Cut(passages, languages, [text_key(each.indexed_text) for each in passages], failure)


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
    # Links are most of a page, and no part of a passage.
    lean = ([replace(document, links=()) for document in unit] for unit in units)
    if total <= FEW_DOCUMENTS:
        for unit in lean:
            yield cutter(unit) if _is_short(unit) else _one_by_one(unit, cutter, workers)
        return
    with Workers(cutter, workers, _UNIT_SECONDS, ahead=_UNITS_AHEAD) as pool:
        for task, cut in pool.map(lean):
            yield _one_by_one(task, cutter, workers) if isinstance(cut, Failure) else cut


def _is_short(unit: Sequence[Document]) -> bool:
    """Whether cutting it takes little time and memory, whatever is in it."""
    return all(
        sum(len(block.text) for block in document.blocks) <= SHORT_CHARS for document in unit
    )


def _one_by_one(unit: Sequence[Document], cutter: Cutter, workers: int) -> list[Cut]:
    """The passages of each document, cut with the limits of extraction; plainly where none are."""
    with Workers(cutter, min(workers, len(unit)), TASK_SECONDS) as pool:
        return [
            cutter.cut_plainly(document, cut) if isinstance(cut, Failure) else cut[0]
            for (document,), cut in pool.map([document] for document in unit)
        ]
