"""A passage held against the bytes it came from: file, record, payload, text.

file       found by its name                        indexer.originals
digest     of the whole file, against `sources.json`
record     read again at its place                  corpora.reread
payload, address, fetched   against the index
text       extracted again, the passage found in it  indexer.quote
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from corpora.document import Document, OffsetBase, PassageId, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.reread import read_again
from corpora.sources import Source, find_sources
from indexer.citation import Check, Citation, Outcome, Step, Stored, find_stored
from indexer.extract import EXTRACTOR_VERSION
from indexer.generation import GENERATIONS, Hold, generation_at, hold_current
from indexer.inputs import SOURCES, Input, digest_of, read_inputs
from indexer.intake import Extractors, prepare
from indexer.originals import Lost, find_original, find_revisit
from indexer.quote import Difference, Span, find_quote
from indexer.records import StoredDocument
from indexer.workers import Failure

_MEMBER = "!/"


def cite(
    index: Path,
    passage_id: PassageId,
    folder: Path,
    as_of: datetime | None = None,
    *,
    record_only: bool = False,
) -> Citation:
    """Holds a passage against its source.

    Args:
        index: the index folder.
        passage_id: 32 hexadecimal digits.
        folder: where the sources lie, in it or below; or the file itself.
        as_of: the generation that was the latest then; None for the live one.
        record_only: whether the digest of the whole file is left out, which takes as long as
            reading it.

    Raises:
        IndexFolderError: the index cannot be read.
    """
    if as_of is None:
        generation, hold = hold_current(index)
    else:
        generation = generation_at(index, as_of)
        hold = Hold(index, generation.generation_id)
    inputs = read_inputs(index / GENERATIONS / generation.generation_id / SOURCES)
    proof = _Proof(folder, record_only, inputs)
    stored = find_stored(index, generation, passage_id)
    if isinstance(stored, str):
        proof.note(Step.PASSAGE, Outcome.DIFFERS, stored)
    else:
        proof.check(stored, _input_of(stored.document, inputs))
    del hold
    return Citation(
        passage_id=passage_id,
        generation_id=generation.generation_id,
        stored=None if isinstance(stored, str) else stored,
        path=proof.path,
        spans=proof.spans,
        checks=proof.all(),
        is_record_only=record_only,
    )


def _input_of(document: StoredDocument, inputs: tuple[Input, ...]) -> Input | None:
    """The input that a document was read from, of the same collection where there are several."""
    file = document.source.file
    found = [
        each for each in inputs if file == each.file or file.startswith(f"{each.file}{_MEMBER}")
    ]
    found.sort(key=lambda each: (each.collection == document.collection, len(each.file)))
    return found[-1] if found else None


@dataclass(slots=True)
class _Proof:
    """The checks of one passage, one after the other, up to the first that leads nowhere.

    Attributes:
        path: the file, once it is found.
        spans: where the passage stands, once it is found.
    """

    folder: Path
    record_only: bool
    inputs: tuple[Input, ...]
    path: Path | None = None
    spans: tuple[Span, ...] = ()
    _checks: dict[Step, Check] = field(default_factory=dict)
    _digest_of: Callable[[Path], str] = field(default_factory=lambda: cache(digest_of))

    def note(
        self,
        step: Step,
        outcome: Outcome,
        detail: str,
        indexed: str | None = None,
        found: str | None = None,
    ) -> None:
        """Notes what came of a step."""
        self._checks[step] = Check(step, outcome, detail, indexed, found)

    def all(self) -> tuple[Check, ...]:
        """A check for each step."""
        left = "not reached"
        return tuple(self._checks.get(step, Check(step, Outcome.SKIPPED, left)) for step in Step)

    def check(self, stored: Stored, known: Input | None) -> None:
        """Goes through all steps, as far as the file can be read."""
        try:
            self._check(stored, known)
        except CorpusError as error:
            self._stop(str(error))
        except OSError as error:
            where = error.filename or self.path or self.folder
            self._stop(f"{where}: cannot be read: {error.strerror or error}")

    def _stop(self, why: str) -> None:
        """Notes that the first step that was not reached leads nowhere."""
        step = next(step for step in Step if step not in self._checks)
        self.note(step, Outcome.DIFFERS, why)

    def _check(self, stored: Stored, known: Input | None) -> None:
        detail = f"characters {stored.start} to {stored.end} of its document as indexed"
        if stored.has_own_id:
            self.note(Step.PASSAGE, Outcome.OK, detail)
        else:
            why = f"{detail}, whose text does not have this id: the index is broken, verify it"
            self.note(Step.PASSAGE, Outcome.DIFFERS, why)
        file = stored.document.source.file
        outer = known.file if known is not None else file.partition(_MEMBER)[0]
        path = find_original(
            self.folder, outer, known, None if self.record_only else self._digest_of
        )
        if isinstance(path, Lost):
            self.note(Step.FILE, Outcome.DIFFERS, path.reason, file)
            return
        self.path = path
        self.note(Step.FILE, Outcome.OK, str(path), file)
        self._check_digest(path, known)
        document = self._check_record(stored, path, known, file.removeprefix(outer))
        if document is not None:
            self._check_text(stored, document, known)

    def _check_digest(self, path: Path, known: Input | None) -> None:
        if self.record_only:
            self.note(Step.DIGEST, Outcome.SKIPPED, "the file as a whole was not looked at")
        elif known is None:
            why = "the index does not list this file, so that it cannot be compared"
            self.note(Step.DIGEST, Outcome.DIFFERS, why, found=self._digest_of(path))
        else:
            self._compare(Step.DIGEST, known.digest, self._digest_of(path), "the file has changed")

    def _check_record(
        self, stored: Stored, path: Path, known: Input | None, member: str
    ) -> Document | None:
        """The document that stands where the index says, extracted; None where there is none."""
        place = replace(stored.document.source, file=f"{path}{member}")
        source = find_sources([path], known.kind if known is not None else None).found[0]
        found = _best(stored.document, source, place)
        if found is None:
            why = "no record of a page or paper begins there"
            self.note(Step.RECORD, Outcome.DIFFERS, why, _place(place))
            return None
        if isinstance(found, Rejected):
            why = f"what stands there is left out: {found.reason}"
            self.note(
                Step.RECORD,
                Outcome.DIFFERS,
                f"{why} ({found.detail})" if found.detail else why,
                _place(place),
                _place(found.source),
            )
            return None
        raw, document = found
        self._compare(Step.RECORD, _place(place), _place(raw.source), "it ends elsewhere")
        self._compare(Step.PAYLOAD, place.digest, raw.source.digest, "the payload has changed")
        if isinstance(document, Rejected):
            detail = f" ({document.detail})" if document.detail else ""
            self.note(Step.TEXT, Outcome.DIFFERS, f"it has no text now: {document.reason}{detail}")
            return None
        self._check_capture(stored.document, document, known)
        return document

    def _check_capture(
        self, indexed: StoredDocument, document: Document, known: Input | None
    ) -> None:
        """Compares address and date, which may be those of a revisit in another file."""
        then, now = (_moment(each.source.fetched_at) for each in (indexed, document))
        url, there = indexed.url or "none", document.url or "none"
        if (then, url) != (now, there) and indexed.source.digest == document.source.digest:
            others = (each for each in self.inputs if each != known)
            revisit = find_revisit(self.folder, others, document, indexed)
            if revisit is not None:
                by = f"by the revisit at {_place(revisit)} of {revisit.file}"
                self.note(Step.ADDRESS, Outcome.OK, f"{url}, {by}", url, url)
                self.note(Step.FETCHED, Outcome.OK, f"{then}, {by}", then, then)
                return
        self._compare(Step.ADDRESS, url, there, "the record has another address")
        self._compare(Step.FETCHED, then, now, "the record has another date")

    def _check_text(self, stored: Stored, document: Document, known: Input | None) -> None:
        extractor = known.extractor if known is not None else "unknown"
        if extractor == EXTRACTOR_VERSION:
            self.note(Step.EXTRACTOR, Outcome.OK, extractor, extractor, extractor)
        else:
            why = (
                f"the index was made by {extractor}, this is {EXTRACTOR_VERSION}: texts may differ"
            )
            self.note(Step.EXTRACTOR, Outcome.NOTED, why, extractor, EXTRACTOR_VERSION)
        quote = find_quote(stored.whole, stored.start, stored.end, document)
        if isinstance(quote, Difference):
            why = (
                f"from character {quote.at} of the passage on: {quote.expected!r} is indexed, "
                f"{quote.found!r} is there, around character {quote.found_at}"
            )
            self.note(Step.TEXT, Outcome.DIFFERS, why, quote.expected, quote.found)
            return
        self.spans = quote.spans
        spans = " and ".join(f"{start} to {end}" for start, end in quote.spans)
        gaps = ", without what was dropped as furniture between" if len(quote.spans) > 1 else ""
        more = "" if quote.is_whole else "; the document differs elsewhere"
        detail = f"characters {spans} of {len(document.text)} as extracted now{gaps}{more}"
        self.note(Step.TEXT, Outcome.OK, detail)

    def _compare(self, step: Step, indexed: str, found: str, why: str) -> None:
        if indexed == found:
            self.note(step, Outcome.OK, found, indexed, found)
        else:
            detail = f"{why}: {indexed} is indexed, {found} is there"
            self.note(step, Outcome.DIFFERS, detail, indexed, found)


_Found = tuple[Document, Document | Rejected]
"""A document as it was read, and what extraction made of it."""


def _best(wanted: StoredDocument, source: Source, place: SourceRef) -> _Found | Rejected | None:
    """Of what stands at a place, the page or paper that is wanted, or else what is most like it.

    Raises:
        CorpusError: the file cannot be read.
    """
    like: _Found | None = None
    first: _Found | Rejected | None = None
    with Extractors(prepare, 1) as extractors:
        for outcome in read_again(source, place):
            if isinstance(outcome, Rejected):
                first = first or outcome
                continue
            document = _extracted(outcome, extractors)
            if outcome.source.digest != place.digest or isinstance(document, Rejected):
                return outcome, document
            if outcome.source.fetched_at == place.fetched_at:
                if document.document_id == wanted.document_id:
                    return outcome, document
                if document.url == wanted.url and like is None:
                    like = outcome, document  # ids of collections hang on their folder's name
            if first is None or isinstance(first, Rejected):
                first = outcome, document
    return like or first


def _extracted(document: Document, extractors: Extractors) -> Document | Rejected:
    """What the build makes of a document, in a process that may be killed."""
    ((_, result),) = extractors.map([document])
    if isinstance(result, Failure):
        reason = f"extraction {result.reason}"
        return Rejected(document.source, reason, result.detail, document.url)
    assert result is not None, "only for a mark between units"
    return result


def _place(source: SourceRef) -> str:
    """A place for a person."""
    of = "" if source.base is OffsetBase.FILE else " of the decompressed stream"
    if source.length is None:
        return f"byte {source.offset}{of}"
    return f"bytes {source.offset} to {source.offset + source.length}{of}"


def _moment(moment: datetime | None) -> str:
    return "not stated" if moment is None else moment.isoformat()
