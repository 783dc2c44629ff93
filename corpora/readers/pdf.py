"""PDF files on their own.

One that is given by itself, rather than found on a crawled site, is taken for a paper: that is
what folders of PDF hold. What it says of itself is known once it is extracted.
"""

from collections.abc import Iterator
from pathlib import Path

from corpora.document import Document, Rejected
from corpora.media import Media
from corpora.reader import Head, Progress, Reader
from corpora.single_file import read_paper

_HEAD_BYTES = 1024  # where readers of PDF look for its signature
_OTHERS = (b"WARC/", b"filedesc:", b"PK\x03\x04", b"{", b"[", b"<")


def read_pdf_file(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The one document of the file.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    return read_paper(path, Media.PDF, progress)


def _recognise(head: Head) -> bool:
    return b"%PDF-" in head.start[:_HEAD_BYTES] and not head.start.startswith(_OTHERS)


READER = Reader("pdf", _recognise, read_pdf_file)
