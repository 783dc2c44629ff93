"""A passage as the index holds it, and what speaks for it in the file it came from."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from corpora.document import DocumentId, PassageId
from indexer.generation import Generation, GenerationId
from indexer.passage import passage_ids
from indexer.quote import Span
from indexer.records import StoredDocument
from indexer.shard import ShardReader


class Step(StrEnum):
    """What is checked, in order."""

    PASSAGE = "passage"
    FILE = "file"
    DIGEST = "digest"
    RECORD = "record"
    PAYLOAD = "payload"
    ADDRESS = "address"
    FETCHED = "fetched"
    EXTRACTOR = "extractor"
    TEXT = "text"


class Outcome(StrEnum):
    """What came of a check."""

    OK = "ok"
    DIFFERS = "differs"
    """It is missing or not as it was indexed: nothing is proven."""
    NOTED = "noted"
    """It is not as it was, which proves or disproves nothing by itself."""
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One of the steps of a proof.

    Attributes:
        step: what was checked.
        outcome: what came of it.
        detail: what was found, or why nothing was; for a person.
        indexed: what the index says; None where that is not one value.
        found: what the file says; the same.
    """

    step: Step
    outcome: Outcome
    detail: str
    indexed: str | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What the index holds of a passage.

    Attributes:
        document: that it is of.
        whole: text of the document.
        start, end: of the passage in it, code points.
        has_own_id: whether the passage's id follows from its document and text.
    """

    document: StoredDocument
    whole: str
    start: int
    end: int
    has_own_id: bool

    @property
    def text(self) -> str:
        """The passage."""
        return self.whole[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage and what speaks for it.

    Attributes:
        passage_id: as it was asked for.
        generation_id: where it was looked for.
        stored: what the index holds of it; None where it does not know the id.
        path: the file it was read from; None where that was not found.
        spans: where it stands in the text of the page or paper as extracted now, in code points;
            several where blocks between them were dropped as furniture of the site.
        checks: one for each step.
        is_record_only: whether the file as a whole was not looked at.
    """

    passage_id: PassageId
    generation_id: GenerationId
    stored: Stored | None
    path: Path | None
    spans: tuple[Span, ...]
    checks: tuple[Check, ...]
    is_record_only: bool

    @property
    def is_proven(self) -> bool:
        """Whether the passage stands in the file, and nothing speaks against it."""
        return bool(self.spans) and all(
            check.outcome is not Outcome.DIFFERS for check in self.checks
        )


def find_stored(index: Path, generation: Generation, passage_id: PassageId) -> Stored | str:
    """A passage of a generation, or why there is none."""
    for shard in generation.shards:
        reader = ShardReader.open(index, shard)
        row = reader.passages.find(passage_id)
        if row is not None:
            return _stored(reader, row, passage_id)
        if reader.documents.find(DocumentId(passage_id)) is not None:
            return "this is the id of a document; passages are cited, and have ids of their own"
    return f"{generation.generation_id} has no passage with this id"


def _stored(reader: ShardReader, row: int, passage_id: PassageId) -> Stored:
    passages = reader.passages
    document = int(passages.document[row])
    whole = reader.documents.text(document)
    rows = passages.of_document(document)
    spans = [(int(passages.start_char[each]), int(passages.end_char[each])) for each in rows]
    about = reader.documents.get(document)
    ids = passage_ids(about.document_id, [whole[start:end] for start, end in spans])
    start, end = spans[row - rows.start]
    return Stored(about, whole, start, end, ids[row - rows.start] == passage_id)
