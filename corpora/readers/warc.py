"""WARC, WET and ARC files as `Document | Rejected`."""

import re
from collections.abc import Iterator
from pathlib import Path

from corpora.archive import ArchiveReader
from corpora.document import Document, Rejected
from corpora.frames import starts_record
from corpora.reader import Head, Progress, Reader
from corpora.revisits import ArchiveFile
from corpora.warc_writer import Exchange as Exchange
from corpora.warc_writer import write_warc as write_warc

_NAME = re.compile(r"\.(?:warc|wet|wat|arc)$")


def read_warc(
    path: Path, progress: Progress | None = None, skip: int = 0
) -> Iterator[Document | Rejected]:
    """Every record of a WARC, WET or ARC file in bounded memory.

    Records come in file order, but for revisits: their originals may stand behind them, so they
    come last.

    Args:
        path: plain or compressed, as a whole or record by record.
        progress: as for every reader.
        skip: so many outcomes are left out, the first ones, without decoding their payloads.

    Yields:
        A document for each page that was fetched whole; a `Rejected` for each other record and
        for each stretch of bytes that is no record.

    Raises:
        CorpusError: the file cannot be read, or nothing in it looks like a record.
    """
    reader = ArchiveReader(skip)
    yield from reader.read(ArchiveFile(str(path), lambda: path.open("rb")), progress)
    yield from reader.finish()


def _recognise(head: Head) -> bool:
    if head.is_damaged and _NAME.search(head.name):
        return True
    return starts_record(head.start.lstrip(b"\r\n"))


READER = Reader("warc", _recognise, read_warc, read_warc)
