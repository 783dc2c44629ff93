"""HTML files on their own; their address is what they claim as canonical, if anything."""

from collections.abc import Iterator
from pathlib import Path

from corpora.document import Document, Rejected
from corpora.media import Media, media_of
from corpora.reader import Head, Progress, Reader
from corpora.single_file import read_page


def read_html_file(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The one document of the file.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    return read_page(path, Media.HTML, progress)


def _recognise(head: Head) -> bool:
    return media_of("", head.start) is Media.HTML


READER = Reader("html", _recognise, read_html_file)
