"""A record read again by its place, to hold a citation against the bytes it came from."""

import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from os import SEEK_END

from corpora.archive import ArchiveReader
from corpora.containers import Member, find_members, open_source
from corpora.document import Document, OffsetBase, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.revisits import ArchiveFile, Reference, Revisits
from corpora.sources import Source, read

ARCHIVES = frozenset({"warc", "wacz"})
"""Kinds whose records can be read from the middle of a file, and may be meant by revisits."""


def read_again(source: Source, place: SourceRef) -> Iterator[Document | Rejected]:
    """What stands at a place, as the build read it.

    A record of an archive whose place counts bytes of the file is gone to at once; every other
    file is read by its reader from the beginning up to the record. Where the caller asks for
    more than the record itself, the pages follow that revisits made of it: they have its place,
    but an address and a date of their own. For them the whole file is read.

    Args:
        source: the file on disk, wherever that lies now.
        place: in it; its `file` is as the reader names it, that is `source.path`, or that and
            the name of a member.

    Raises:
        CorpusError: the file cannot be read, or the member is not in it.
    """
    is_archive = source.kind in ARCHIVES
    if is_archive and place.base is OffsetBase.FILE:
        yield from chain(_record_at(place), _revisits_of(source, place))
        return
    found = False
    for outcome in read(source):
        if _stands_at(outcome, place):
            found = True
            yield outcome
        elif found and not is_archive:
            return  # what shares a place stands together


def _stands_at(outcome: Document | Rejected, place: SourceRef) -> bool:
    found = outcome.source
    return (found.file, found.offset, found.base) == (place.file, place.offset, place.base)


def _record_at(place: SourceRef) -> Iterator[Document | Rejected]:
    """The record of an archive; of one in segments also what is said of its first one."""
    file = ArchiveFile(place.file, lambda: open_source(place.file))
    end = place.offset + (place.length or 1)
    reader = ArchiveReader()
    with file.open() as opened:
        if place.offset >= opened.seek(0, SEEK_END):
            return  # the file has become shorter
    for outcome in reader.read(file, None, place.offset):
        if _stands_at(outcome, place):
            yield outcome
        if outcome.source.offset + (outcome.source.length or 0) >= end:
            return


def _revisits_of(source: Source, place: SourceRef) -> Iterator[Document | Rejected]:
    """The pages that revisits of the right date make of the record at a place."""
    found = revisits_of_moment(source, place.fetched_at)
    yield from (outcome for outcome in found if _stands_at(outcome, place))


def revisits_of_moment(
    source: Source, fetched_at: datetime | None
) -> Iterator[Document | Rejected]:
    """What the revisits of an archive that were fetched at one moment come to.

    The whole file is read, but no payload is decoded that is none of theirs.

    Raises:
        CorpusError: the file cannot be read.
    """
    reader = ArchiveReader(sys.maxsize, _RevisitsOf(fetched_at))
    for file in _archive_files(source):
        try:
            for _ in reader.read(file, None):
                pass
        except CorpusError:
            continue  # an unreadable member of a package: the build went on behind it, too
    reader.skip = 0
    yield from reader.finish()


def _archive_files(source: Source) -> Iterator[ArchiveFile]:
    if source.kind == "warc":
        path = source.path
        yield ArchiveFile(str(path), lambda: path.open("rb"))
        return
    for member in find_members(source.path):
        if isinstance(member, Member):
            yield member.file


class _RevisitsOf(Revisits):
    """Keeps only revisits of one moment: few, however many the archive holds."""

    def __init__(self, fetched_at: datetime | None) -> None:
        super().__init__()
        self._fetched_at = fetched_at

    def wait(self, source: SourceRef, reference: Reference) -> None:
        """Keeps a revisit, if it is one of those."""
        if source.fetched_at == self._fetched_at:
            super().wait(source, reference)
