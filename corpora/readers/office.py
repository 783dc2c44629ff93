"""Office files on their own: Word, PowerPoint, Excel, OpenDocument, EPUB."""

import re
from collections.abc import Iterator
from pathlib import Path

from corpora.containers import is_archive_name
from corpora.document import Document, Rejected
from corpora.media import Media
from corpora.reader import Head, Progress, Reader
from corpora.single_file import read_page

_ZIP = b"PK\x03\x04"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names in local file headers: of the parts that every file of the kind has.
_MEMBER = re.compile(
    rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|_rels/\.rels|word/|xl/|ppt/|content\.xml|"
    rb"META-INF/container\.xml|"
    rb"mimetypeapplication/(?:vnd\.oasis\.opendocument|vnd\.sun\.xml|epub\+zip))",
    re.DOTALL,
)


def read_office_file(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The one document of the file.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    return read_page(path, Media.OFFICE, progress)


def _recognise(head: Head) -> bool:
    if head.start.startswith(_OLD):
        return True  # so that it is said to be too old, rather than unknown
    if not head.start.startswith(_ZIP) or any(map(is_archive_name, head.members)):
        return False  # a package of crawls, an office file in one of which may stand in sight
    return _MEMBER.search(head.start) is not None


READER = Reader("office", _recognise, read_office_file)
