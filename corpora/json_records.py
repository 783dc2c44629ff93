"""JSON files with the place of each object: one object, one a line, or an array of any size."""

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from corpora.document import OffsetBase, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.json_split import Piece, split_broken, split_objects
from corpora.members import BrokenStream, MemberStream
from corpora.reader import Progress

MAX_RECORD_BYTES = 64 * 1024 * 1024
"""A longer object is rejected, so that memory stays bounded."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_COMPRESSED = re.compile(r"\.(?:gz|zst|zstd|bz2|xz|lz4)$")
_PEEK_BYTES = 4096
_UNFINISHED = (b"{", b"[", b",", b":")

JsonRecord = tuple[SourceRef, dict[str, object]]


def read_json_records(
    path: Path, progress: Progress | None = None, inside: str | None = None
) -> Iterator[JsonRecord | Rejected]:
    """The objects of a file: an array's, one a line, or one after another.

    Args:
        path: plain or compressed.
        progress: as for every reader.
        inside: an object that holds a list under this key is a page of records: the list's
            objects are yielded in its place.

    Yields:
        An object with its place and digest, or a `Rejected` for each that is none.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    try:
        with path.open("rb") as file:
            stream = MemberStream(file)
            for record in _Records(path, stream).read(inside):
                if progress is not None:
                    progress(stream.file_offset)
                yield record
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error


def is_named_lines(name: str) -> bool:
    """Whether a file name promises one object a line."""
    return plain_name(name).endswith((".jsonl", ".ndjson"))


def plain_name(name: str) -> str:
    """A file name, lowercase, without the ending of its compression."""
    return _COMPRESSED.sub("", name.lower())


class _Records:
    """The records of one file, read forward."""

    def __init__(self, path: Path, stream: MemberStream) -> None:
        self._path = path
        self._stream = stream
        self._begun = False
        self._at = 0  # where the record being read starts
        self._is_by_lines = False
        self._is_resumed = False  # behind a break nobody knows how much is missing

    def read(self, inside: str | None) -> Iterator[JsonRecord | Rejected]:
        pieces = self._pieces()
        while True:
            try:
                for source, data in pieces:
                    self._begun = True
                    yield from _opened(_record(source, data), data, inside)
                break
            except BrokenStream as error:
                is_cut = error.cut_off
                reason = "record cut off" if is_cut else f"broken {self._stream.compression}"
                yield Rejected(self._source(self._at, None, b""), reason, str(error), damaged=True)
                self._begun = True
                # Files written in many members go on behind a broken one, line by line.
                after = self._stream.member_offset + 1
                if is_cut or not self._is_by_lines or not self._stream.resync(after, _is_text):
                    break
                self._is_resumed = True
                pieces = self._lines(self._line())
        if not self._begun:
            raise CorpusError(f"{self._path}: is empty")

    def _pieces(self) -> Iterator[tuple[SourceRef, bytes]]:
        """The bytes of each record with their place."""
        if self._is_array():
            yield from self._split(b"")
            return
        line = self._line()
        while line and not line.removeprefix(_BYTE_ORDER_MARK).strip():
            line = self._line()
        if line and self._is_unfinished(line):
            yield from self._split(line)
            return
        self._is_by_lines = True
        yield from self._lines(line)

    def _lines(self, line: bytes) -> Iterator[tuple[SourceRef, bytes]]:
        while line:
            if line.strip():
                yield self._source(self._at, len(line), line), line
            line = self._line()

    def _is_array(self) -> bool:
        while self._stream.next_member():
            if start := self._stream.peek(_PEEK_BYTES):
                return start.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith(b"[")
        return False

    def _is_unfinished(self, line: bytes) -> bool:
        """Whether a first line only begins an object, as in files made to be looked at."""
        is_short = len(line) <= MAX_RECORD_BYTES and not is_named_lines(self._path.name)
        return is_short and line.rstrip().endswith(_UNFINISHED)

    def _split(self, line: bytes) -> Iterator[tuple[SourceRef, bytes]]:
        start = self._stream.stream_offset - len(line)
        begin = io.BytesIO(line.removeprefix(_BYTE_ORDER_MARK))
        start += len(line) - len(begin.getvalue())
        if not line and self._stream.peek(3) == _BYTE_ORDER_MARK:
            start += len(self._stream.read(3))
        found = False
        for piece in split_objects(_chained(begin, self._read), MAX_RECORD_BYTES):
            found = True
            for part in [piece] if _is_sound(piece) else split_broken(piece):
                self._at = start + part.offset
                yield self._source(self._at, part.length, part.data), part.data
            self._at = start + piece.offset + piece.length
        if not found:
            yield self._source(start, self._stream.stream_offset - start, b"[]"), b"[]"

    def _read(self, size: int) -> bytes:
        while not (block := self._stream.read(size)):
            if not self._stream.next_member():
                break
        return block

    def _line(self) -> bytes:
        """The next line; of one over the limit only a beginning that is over the limit, too."""
        self._at = self._stream.stream_offset
        parts: list[bytes] = []
        size = 0
        while True:
            part = self._stream.readline(MAX_RECORD_BYTES)
            if size <= MAX_RECORD_BYTES:
                parts.append(part)
            size += len(part)
            if part.endswith(b"\n") or (not part and not self._stream.next_member()):
                return b"".join(parts)

    def _source(self, offset: int, length: int | None, data: bytes) -> SourceRef:
        base = OffsetBase.STREAM if self._stream.compressed else OffsetBase.FILE
        digest = "" if length is None else f"sha256:{hashlib.sha256(data).hexdigest()}"
        length = None if self._is_resumed else length
        return SourceRef(str(self._path), offset, length, base, digest, None)


def _chained(begin: io.BytesIO, then: Callable[[int], bytes]) -> Callable[[int], bytes]:
    return lambda size: begin.read(size) or then(size)


def _is_text(start: bytes) -> bool:
    return bool(start) and b"\x00" not in start


def _is_sound(piece: Piece) -> bool:
    """Whether a piece parses, or at least holds no line that would begin another object."""
    if piece.data.find(piece.next_line) < 0:
        return True
    try:
        json.loads(piece.data)
    except (ValueError, RecursionError):
        return False
    return True


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


def _opened(
    record: JsonRecord | Rejected, data: bytes, inside: str | None
) -> Iterator[JsonRecord | Rejected]:
    """The record, or the records in it where it is a page of them."""
    if inside and not isinstance(record, Rejected) and isinstance(record[1].get(inside), list):
        yield from _records_inside(*record, data, inside)
    else:
        yield record


def _records_inside(
    source: SourceRef, value: dict[str, object], data: bytes, key: str
) -> Iterator[JsonRecord | Rejected]:
    """The objects of a page, each with its own place in it where that can be found."""
    members = value[key]
    assert isinstance(members, list)
    begin = re.search(rb'"%b"\s*:\s*\[' % re.escape(key.encode()), data)
    rest = io.BytesIO(data[begin.end() :]) if begin else io.BytesIO()
    pieces = list(islice(split_objects(rest.read, MAX_RECORD_BYTES), len(members)))
    for at, member in enumerate(members):
        if not isinstance(member, dict):
            yield Rejected(source, "not a json object", type(member).__name__, damaged=True)
            continue
        place = source
        if begin and at < len(pieces) and _record(source, pieces[at].data) == (source, member):
            offset = source.offset + begin.end() + pieces[at].offset
            digest = f"sha256:{hashlib.sha256(pieces[at].data).hexdigest()}"
            place = SourceRef(source.file, offset, pieces[at].length, source.base, digest, None)
        yield place, member
