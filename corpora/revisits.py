"""Revisit records: a crawler saw again what it had stored before, and stored only that.

Where the original stands in the same file or package, the revisit becomes a page: its own
address and date, the original's payload and place, so that a citation can be checked there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO, NamedTuple

from corpora.document import Capture, OffsetBase, Rejected, SourceRef
from corpora.frames import BrokenRecord, Place, RecordCutter
from corpora.members import BrokenStream, MemberStream
from corpora.urls import normalise_url
from corpora.warc_header import WarcHeader, parse_date, parse_header
from corpora.warc_page import Content, Page, Unfit, read_http_head, read_page, unfit_status

NOT_HERE = "revisit of a record that is not here"

_MAX_KEYS = 600_000
_MAX_WAITING = 50_000
_ORIGINAL_TYPES = ("response", "resource")
_IDENTICAL = "identical-payload-digest"
_NOT_MODIFIED = ("server-not-modified", "http-not-modified")


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A file of records, perhaps inside a package.

    Attributes:
        name: what `SourceRef.file` says.
        open: opens it, as often as it is called; seekable.
    """

    name: str
    open: Callable[[], BinaryIO]


class _Location(NamedTuple):
    """Where an original stands; sorted, they are met in one pass over each file."""

    file: int
    is_stream: bool
    offset: int
    algorithm: str
    digest: int


@dataclass(frozen=True, slots=True)
class Reference:
    """What a revisit record says of its original.

    Attributes:
        url: the revisit's own, normalised.
        keys: of the original, in the order of trust.
        algorithm: of the digest; empty when the payload may differ from it.
        digest: key of the payload's digest.
        detail: the original, for people.
        original: the original, for other files; None where only its digest or its id is known.
    """

    url: str
    keys: tuple[int, ...]
    algorithm: str
    digest: int
    detail: str
    original: Capture | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """A revisit with its original.

    Attributes:
        page: the original's payload under the revisit's address.
        source: the original's place, with the revisit's date.
    """

    page: Page
    source: SourceRef


class Revisits:
    """The originals and revisits of a file or package: only where they stand, and not too many."""

    def __init__(self) -> None:
        self._originals: dict[int, _Location] = {}
        self._waiting: list[tuple[SourceRef, Reference]] = []

    @property
    def is_full(self) -> bool:
        """Whether so many wait that they should be resolved before more are read."""
        return len(self._waiting) >= _MAX_WAITING

    def note(self, header: WarcHeader, file: int, place: Place) -> None:
        """Remember a record that later or earlier revisits may mean."""
        if header.record_type not in _ORIGINAL_TYPES or not header.fields:
            return
        algorithm, digest = _digest_key(header)
        is_stream = place.base is OffsetBase.STREAM
        location = _Location(file, is_stream, place.offset, algorithm, digest)
        target, date = header.target, header.get("warc-date")
        originals = self._originals
        originals[_key("id", header.get("warc-record-id"))] = location
        originals[_key("capture", target, date)] = location
        originals[_key("target", target)] = location
        if digest:
            originals.setdefault(digest, location)
        if len(originals) > _MAX_KEYS:
            self._originals = dict(islice(originals.items(), _MAX_KEYS // 2, None))

    def wait(self, source: SourceRef, reference: Reference) -> None:
        """Keep a revisit until `resolve`: its original may come behind it."""
        self._waiting.append((source, reference))

    def resolve(self, files: Sequence[ArchiveFile]) -> Iterator[Resolved | Rejected]:
        """An outcome for each revisit that waits.

        Those without an original come first, in file order, then the others in the order of
        their originals.

        Args:
            files: those read so far, numbered as `note` was told.
        """
        waiting, self._waiting = self._waiting, []
        found: list[tuple[_Location, SourceRef, Reference]] = []
        for source, reference in waiting:
            location = self._find(reference)
            if location is None:
                yield Rejected(
                    source,
                    NOT_HERE,
                    reference.detail,
                    reference.url,
                    original=reference.original,
                )
            else:
                found.append((location, source, reference))
        found.sort(key=lambda each: each[0])
        originals = _Originals(files)
        try:
            for location, source, reference in found:
                yield originals.resolve(location, source, reference)
        finally:
            originals.close()

    def _find(self, reference: Reference) -> _Location | None:
        for key in reference.keys:
            location = self._originals.get(key)
            if location is None:
                continue
            # Writers may change their algorithm; such digests cannot be compared.
            if location.algorithm != reference.algorithm or location.digest == reference.digest:
                return location
        return None


def read_revisit(header: WarcHeader, content: Content, url: str) -> Reference:
    """What a revisit record refers to.

    Args:
        header: the record's.
        content: the record's, at its beginning.
        url: the record's address, normalised.

    Raises:
        Unfit: its own HTTP head says that it is no page.
    """
    try:
        head, _ = read_http_head(content)
    except Unfit:
        head = None  # these records need not hold any
    unfit = unfit_status(head) if head and head.status not in ("206", "304") else None
    if unfit is not None:
        raise unfit
    profile = header.get("warc-profile").lower()
    algorithm, digest = _digest_key(header)
    target, date = header.get("warc-refers-to-target-uri"), header.get("warc-refers-to-date")
    target = target.strip("<>") or header.target
    is_unmodified = any(name in profile for name in _NOT_MODIFIED)
    keys = (
        _key("id", header.get("warc-refers-to")),
        _key("capture", target, date) if date else 0,
        digest,
        _key("target", target) if is_unmodified else 0,
    )
    detail = " ".join(filter(None, (target, date, header.get("warc-payload-digest"))))[:200]
    if _IDENTICAL not in profile:
        algorithm = ""
    original = _capture(target, date, is_unmodified)
    return Reference(url, tuple(filter(None, keys)), algorithm, digest, detail, original)


def _capture(target: str, date: str, is_unmodified: bool) -> Capture | None:
    """The original where its address and date say which record it is."""
    url, fetched_at = normalise_url(target), parse_date(date)
    if url is None or (fetched_at is None and (date or not is_unmodified)):
        return None
    return Capture(url, fetched_at)


def _key(kind: str, *parts: str) -> int:
    """A number for a way to name an original; 0 where the name is empty."""
    return hash((kind, *parts)) if any(parts) else 0


def _digest_key(header: WarcHeader) -> tuple[str, int]:
    """How the payload's digest is written and a number for it; "" and 0 without one.

    Only digests of one algorithm and one spelling are ever compared.
    """
    algorithm, _, value = header.get("warc-payload-digest").lower().partition(":")
    return (f"{algorithm}/{len(value)}", hash((algorithm, value))) if value else ("", 0)


class _Originals:
    """Reads records again, forward where the file cannot be entered in the middle."""

    def __init__(self, files: Sequence[ArchiveFile]) -> None:
        self._files = files
        self._file: BinaryIO | None = None
        self._number = -1
        self._stream: MemberStream | None = None
        self._is_forward = False  # nothing was passed over since the start of the stream
        self._last: tuple[_Location, tuple[Page | Unfit, SourceRef]] | None = None

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    def resolve(
        self, location: _Location, source: SourceRef, reference: Reference
    ) -> Resolved | Rejected:
        if self._last is None or self._last[0] != location:
            try:
                self._last = location, self._read(location)
            except (BrokenRecord, BrokenStream) as error:
                detail = f"{reference.detail}: it is broken: {error}"
                return Rejected(source, NOT_HERE, detail, reference.url, damaged=True)
        page, place = self._last[1]
        if isinstance(page, Unfit):
            return page.rejected(source, reference.url)
        place = replace(place, digest=page.digest, fetched_at=source.fetched_at)
        return Resolved(replace(page, url=reference.url), place)

    def _read(self, location: _Location) -> tuple[Page | Unfit, SourceRef]:
        cutter = self._cutter_at(location)
        block = cutter.open()
        if block is None:
            raise BrokenStream("the file has become shorter", cut_off=True)
        page = read_page(parse_header(block), cutter)
        place = cutter.close()
        name = self._files[location.file].name
        return page, SourceRef(name, place.offset, place.length, place.base, "", None)

    def _cutter_at(self, location: _Location) -> RecordCutter:
        stream = self._stream
        is_behind = stream is not None and stream.stream_offset > location.offset
        if self._number != location.file or (
            location.is_stream and (is_behind or not self._is_forward)
        ):
            self.close()
            self._file = self._files[location.file].open()
            stream = MemberStream(self._file)
            self._stream, self._number, self._is_forward = stream, location.file, True
        assert stream is not None, "opened above or before"
        if not location.is_stream:
            self._is_forward = False
            return RecordCutter(stream, in_member=stream.enter_at(location.offset))
        while stream.stream_offset < location.offset:
            missing = location.offset - stream.stream_offset
            if not stream.skip(missing) and not stream.next_member():
                raise BrokenStream("the file has become shorter", cut_off=True)
        return RecordCutter(stream, in_member=stream.stream_offset > 0)
