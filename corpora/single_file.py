"""Files that are one document each: read whole, to wait for extraction as bytes."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpora.document import (
    Document,
    DocumentKind,
    OffsetBase,
    PaperMetadata,
    Payload,
    Rejected,
    SourceRef,
    identify,
)
from corpora.errors import CorpusError
from corpora.json_records import plain_name
from corpora.media import Media
from corpora.members import BrokenStream, MemberStream
from corpora.paper_ids import find_paper_ids
from corpora.reader import Progress
from corpora.urls import host_of

MAX_FILE_BYTES = 64 * 1024 * 1024
"""A larger file, decompressed, is rejected unread."""


@dataclass(frozen=True, slots=True)
class _Bytes:
    content: bytes
    stored: int
    error: BrokenStream | None = None


def read_page(
    path: Path, media: Media, progress: Progress | None = None
) -> Iterator[Document | Rejected]:
    """The one document of a file that is no paper; known by its bytes, since it has no address.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    yield from _read(path, media, progress, None)


def read_paper(
    path: Path, media: Media, progress: Progress | None = None
) -> Iterator[Document | Rejected]:
    """The one paper of a file; known by the ACL or arXiv id that its name may be, else its bytes.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    stem = path.name[: len(plain_name(path.name))]
    stem = stem.rpartition(".")[0] or stem
    yield from _read(path, media, progress, stem)


def _read(
    path: Path, media: Media, progress: Progress | None, stem: str | None
) -> Iterator[Document | Rejected]:
    read = _bytes(path)
    digest = f"sha256:{hashlib.sha256(read.content).hexdigest()}"
    source = SourceRef(str(path), 0, read.stored, OffsetBase.FILE, digest, None)
    if progress is not None:
        progress(read.stored)
    if read.error is not None:
        reason = "record cut off" if read.error.cut_off else "broken compression"
        place = SourceRef(str(path), 0, None, OffsetBase.FILE, "", None)
        yield Rejected(place, reason, str(read.error), damaged=True)
    elif len(read.content) > MAX_FILE_BYTES:
        place = SourceRef(str(path), 0, read.stored, OffsetBase.FILE, "", None)
        yield Rejected(place, "record too large", f"over {MAX_FILE_BYTES} bytes")
    else:
        yield _document(source, Payload(read.content, media), stem)


def _document(source: SourceRef, payload: Payload, stem: str | None) -> Document:
    ids = find_paper_ids("", stem, {}) if stem else None
    named = ids if ids and ids.by_scheme else None
    url = named.url if named else None
    return Document(
        document_id=identify(named.key if named else source.digest),
        url=url,
        doi=None,
        host=host_of(url) if url else None,
        title=None,
        kind=DocumentKind.WEB if ids is None else DocumentKind.PAPER,
        source=source,
        payload=payload,
        paper=None
        if ids is None
        else PaperMetadata(
            paper_id=ids.paper_id,
            authors=(),
            venue=None,
            year=ids.acl_year,
            identifiers=tuple(sorted(ids.by_scheme.items())),
        ),
    )


def _bytes(path: Path) -> _Bytes:
    parts: list[bytes] = []
    size = 0
    try:
        stored = path.stat().st_size
        with path.open("rb") as file:
            stream = MemberStream(file)
            while size <= MAX_FILE_BYTES:
                part = stream.read(MAX_FILE_BYTES + 1 - size)
                parts.append(part)
                size += len(part)
                if not part and not stream.next_member():
                    break
    except BrokenStream as error:
        return _Bytes(b"", stored, error)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not size:
        raise CorpusError(f"{path}: is empty")
    return _Bytes(b"".join(parts), stored)
