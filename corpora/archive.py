"""The records of WARC and ARC files as `Document | Rejected`, one outcome each."""

from collections.abc import Iterator
from dataclasses import replace

from corpora.document import Document, DocumentKind, Rejected, SourceRef, identify
from corpora.errors import CorpusError
from corpora.frames import BrokenRecord, RecordCutter
from corpora.members import MemberStream
from corpora.reader import Progress
from corpora.revisits import ArchiveFile, Reference, Resolved, Revisits, read_revisit
from corpora.segments import Block, Joined, Segments, is_segment
from corpora.urls import host_of, identity_key, normalise_url
from corpora.warc_header import WarcHeader, parse_header
from corpora.warc_page import Page, Unfit, read_page

_Content = Page | Unfit | Reference | Joined | bytes | None
_Outcome = Document | Rejected | None
"""None stands for an outcome that nobody wants."""


class ArchiveReader:
    """Reads the files of one source, one after another, then resolves their revisits.

    Attributes:
        skip: outcomes still to be passed over, without decoding payloads.
    """

    def __init__(self, skip: int = 0, revisits: Revisits | None = None) -> None:
        self.skip = skip
        self._files: list[ArchiveFile] = []
        self._revisits = Revisits() if revisits is None else revisits
        self._segments = Segments()

    def read(
        self, file: ArchiveFile, progress: Progress | None, start: int | None = None
    ) -> Iterator[Document | Rejected]:
        """Every record of a file in its order, but for revisits, which `finish` yields.

        Args:
            file: to read.
            progress: as for every reader.
            start: where to begin: the offset of a record in the file as stored; None for the
                beginning of the file.

        Raises:
            CorpusError: the file cannot be read, or nothing in it looks like a record.
        """
        self._files.append(file)
        try:
            with file.open() as opened:
                stream = MemberStream(opened)
                is_entered = start is not None and stream.enter_at(start)
                cutter = RecordCutter(stream, in_member=is_entered)
                for outcome in self._outcomes(file.name, cutter):
                    if progress is not None:
                        progress(stream.file_offset)
                    yield from self.emit(outcome)
                    if self._revisits.is_full:
                        yield from self.finish()
        except OSError as error:
            raise CorpusError(f"{file.name}: cannot be read: {error.strerror or error}") from error

    def finish(self) -> Iterator[Document | Rejected]:
        """An outcome for each revisit read so far.

        Raises:
            CorpusError: a file cannot be read again.
        """
        try:
            for resolved in self._revisits.resolve(self._files):
                if isinstance(resolved, Resolved):
                    yield from self.emit(_document(resolved.page, resolved.source))
                else:
                    yield from self.emit(resolved)
        except OSError as error:
            raise CorpusError(f"cannot be read again: {error.strerror or error}") from error

    def emit(self, outcome: _Outcome) -> Iterator[Document | Rejected]:
        """An outcome, unless it is one of those to pass over."""
        if self.skip:
            self.skip -= 1
        elif outcome is not None:
            yield outcome

    def _outcomes(self, file: str, cutter: RecordCutter) -> Iterator[_Outcome]:
        held: list[_Outcome] = []  # until it is sure that this is an archive at all
        while True:
            try:
                block = cutter.open()
                if block is None:
                    break
            except BrokenRecord as broken:
                held.append(_broken(file, broken, ""))
            else:
                is_wanted = self.skip <= len(held)
                held += self._read_record(file, parse_header(block), cutter, is_wanted)
            if cutter.recognised:
                yield from held
                held.clear()
        if not cutter.recognised:
            found = [f"{each.reason}, {each.detail}" for each in held if isinstance(each, Rejected)]
            why = found[0] if found else "the file is empty"
            raise CorpusError(f"{file}: holds no WARC or ARC record: {why}")

    def _read_record(
        self, file: str, header: WarcHeader, cutter: RecordCutter, is_wanted: bool
    ) -> list[_Outcome]:
        """The outcome of a record; none yet for a revisit that waits."""
        try:
            content: _Content = self._read_content(header, cutter, is_wanted)
            # Only at its end is a record known to be whole, and how long it was.
            place = cutter.close()
        except BrokenRecord as broken:
            return [_broken(file, broken, normalise_url(header.target) or header.target)]
        if is_segment(header):
            joined = self._segments.add(header, content if isinstance(content, bytes) else None,
                                        place)  # fmt: skip
            content = joined
            if isinstance(joined, Joined):
                header, place = joined.header, joined.place
                content = read_page(header, Block(joined.block))
        self._revisits.note(header, len(self._files) - 1, place)
        source = SourceRef(file, place.offset, place.length, place.base, "", header.fetched_at)
        if isinstance(content, Reference):
            self._revisits.wait(source, content)
            return []
        if isinstance(content, Unfit):
            url = normalise_url(header.target) or header.target or None
            return [content.rejected(source, url)]
        if isinstance(content, Page):
            return [_document(content, replace(source, digest=content.digest))]
        return [None]

    def _read_content(self, header: WarcHeader, cutter: RecordCutter, is_wanted: bool) -> _Content:
        if is_segment(header):
            return self._segments.read(header, cutter)
        if header.record_type != "revisit":
            return read_page(header, cutter) if is_wanted else None
        url = normalise_url(header.target)
        if url is None:
            return Unfit("not a web address", header.target)
        try:
            return read_revisit(header, cutter, url)
        except Unfit as unfit:
            return unfit


def _document(page: Page, source: SourceRef) -> Document:
    return Document(
        document_id=identify(identity_key(page.url)),
        url=page.url,
        doi=None,
        host=host_of(page.url),
        title=None,
        kind=DocumentKind.WEB,
        source=source,
        blocks=page.blocks,
        payload=page.payload,
        notes=page.notes,
    )


def _broken(file: str, broken: BrokenRecord, url: str) -> Rejected:
    place = broken.place
    source = SourceRef(file, place.offset, place.length, place.base, "", None)
    return Rejected(source, broken.reason, broken.detail, url or None, damaged=True)
