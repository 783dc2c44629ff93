"""JSON files, one object or one a line, gzip or plain, with the place of each object."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from corpora.document import OffsetBase, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.members import BrokenStream, MemberStream
from corpora.reader import Progress

MAX_RECORD_BYTES = 64 * 1024 * 1024
"""A longer line or file is rejected, so that memory stays bounded."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

JsonRecord = tuple[SourceRef, dict[str, object]]


def read_json_records(
    path: Path, progress: Progress | None = None
) -> Iterator[JsonRecord | Rejected]:
    """The objects of a file: the file itself, or each of its lines.

    A file is read by lines when its first line is an object of its own or its name says `.jsonl`.

    Yields:
        An object with its place and digest, or a `Rejected` for each that is none.

    Raises:
        CorpusError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            stream = MemberStream(file)
            for record in _records(path, stream):
                if progress is not None:
                    progress(stream.file_offset)
                yield record
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error


def is_named_lines(name: str) -> bool:
    """Whether a file name promises one object a line."""
    return name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson"))


def _records(path: Path, stream: MemberStream) -> Iterator[JsonRecord | Rejected]:
    by_lines: bool | None = True if is_named_lines(path.name) else None
    begun = False
    while by_lines is not False:
        start = stream.stream_offset
        try:
            data = _read_line(stream)
            if by_lines is None and data.strip():
                by_lines = _is_object_line(data)
                if not by_lines:
                    data += _read_rest(stream, MAX_RECORD_BYTES + 1 - len(data))
        except BrokenStream as error:
            reason = "record cut off" if error.cut_off else "broken gzip"
            source = _source(path, stream, start, None)
            yield Rejected(source, reason, str(error), damaged=True)
            return
        if not data:
            break
        if data.strip():
            begun = True
            yield _record(_source(path, stream, start, data), data)
    if not begun:
        raise CorpusError(f"{path}: is empty")


def _read_line(stream: MemberStream) -> bytes:
    """The next line; of one over the limit only a beginning that is over the limit, too."""
    parts: list[bytes] = []
    size = 0
    while True:
        part = stream.readline(MAX_RECORD_BYTES)
        if size <= MAX_RECORD_BYTES:
            parts.append(part)
        size += len(part)
        if part.endswith(b"\n") or (not part and not stream.next_member()):
            return b"".join(parts)


def _read_rest(stream: MemberStream, limit: int) -> bytes:
    parts: list[bytes] = []
    while limit > 0:
        part = stream.read(limit)
        parts.append(part)
        limit -= len(part)
        if not part and not stream.next_member():
            break
    return b"".join(parts)


def _is_object_line(line: bytes) -> bool:
    line = line.removeprefix(_BYTE_ORDER_MARK).strip()
    return line.startswith(b"{") and line.endswith(b"}")


def _record(source: SourceRef, data: bytes) -> JsonRecord | Rejected:
    if len(data) > MAX_RECORD_BYTES:
        return Rejected(source, "record too large", f"over {MAX_RECORD_BYTES} bytes")
    try:
        value = json.loads(data.removeprefix(_BYTE_ORDER_MARK))
    except (ValueError, RecursionError) as error:
        return Rejected(source, "broken json", str(error), damaged=True)
    if not isinstance(value, dict):
        return Rejected(source, "not a json object", type(value).__name__, damaged=True)
    return source, value


def _source(path: Path, stream: MemberStream, start: int, data: bytes | None) -> SourceRef:
    base = OffsetBase.STREAM if stream.compressed else OffsetBase.FILE
    if data is None:
        return SourceRef(str(path), start, None, base, "", None)
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return SourceRef(str(path), start, stream.stream_offset - start, base, digest, None)
