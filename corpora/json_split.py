"""Where the objects of a JSON array, or of objects one after another, begin and end.

The objects are not parsed: only strings and braces are looked at, so that a file of any size is
cut in the memory of its largest object, and a broken object does not hide the next.
"""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

_READ_BYTES = 256 * 1024
# A string ends at a line break at the latest: JSON has none in strings, and a quote too many or
# too few then costs one line instead of the rest of the file.
_IN_STRING = rb'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+(?P<end>["\n])?'
_TOKEN = re.compile(rb'"' + _IN_STRING + rb"|[{}]", re.DOTALL)
_REST_OF_STRING = re.compile(_IN_STRING, re.DOTALL)
_BETWEEN = re.compile(rb"[\s,\[\]\x1e]*")
_NO_OBJECT = re.compile(rb"[^,\n{\]]*")
_INDENT_BYTES = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the stream that is, or should be, one object.

    Attributes:
        offset: of its first byte, from where splitting began.
        length: bytes it takes.
        data: its bytes; of one over the limit only a beginning that is over the limit, too.
        next_line: how a line begins that begins another object like this one.
    """

    offset: int
    length: int
    data: bytes
    next_line: bytes


def split_objects(read: Callable[[int], bytes], limit: int) -> Iterator[Piece]:
    """The objects of a stream, and whatever else stands where an object should.

    Args:
        read: delivers at most so many bytes; none only at the end.
        limit: bytes of an object that are kept.
    """
    splitter = _Splitter(read, limit)
    while splitter.find_next():
        yield splitter.piece()


def split_broken(piece: Piece) -> list[Piece]:
    """A piece that is no JSON, cut where lines begin as if they began an object of their own."""
    cuts = [0]
    at = piece.data.find(piece.next_line)
    while at >= 0:
        cuts.append(at + len(piece.next_line) - 1)
        at = piece.data.find(piece.next_line, cuts[-1])
    parts = []
    for start, end in zip(cuts, [*cuts[1:], len(piece.data)], strict=True):
        part = io.BytesIO(piece.data[start:end])
        for found in split_objects(part.read, end - start):
            parts.append(replace(found, offset=piece.offset + start + found.offset))
    return parts


class _Splitter:
    def __init__(self, read: Callable[[int], bytes], limit: int) -> None:
        self._read = read
        self._limit = limit
        self._data = b""
        self._at = 0  # what is before it in `_data` is done with
        self._base = 0  # offset of the first byte of `_data`
        self._indent = b""

    def find_next(self) -> bool:
        """Go to the next object; False at the end of the stream."""
        before = b""
        while True:
            match = _BETWEEN.match(self._data, self._at)
            self._at = match.end() if match else self._at
            before = (before + (match[0] if match else b""))[-_INDENT_BYTES:]
            if self._at < len(self._data):
                self._indent = before.rpartition(b"\n")[2]
                return True
            if not self._more():
                return False

    def piece(self) -> Piece:
        """The object here."""
        start = self._base + self._at
        next_line = b"\n" + self._indent + b"{"
        if self._data[self._at : self._at + 1] == b"{":
            data = self._object(next_line)
        else:
            match = _NO_OBJECT.match(self._data, self._at)
            data = match[0] if match else b""
            self._at += len(data)
        return Piece(start, self._base + self._at - start, data, next_line)

    def _object(self, next_line: bytes) -> bytes:
        kept: list[bytes] = []
        size, depth, in_string = 0, 0, False
        while True:
            start = self._at
            depth, in_string = self._scan(depth, in_string)
            is_over = size > self._limit
            if is_over and (cut := self._data.find(next_line, start, self._at)) >= 0:
                self._at, depth = cut, 0
            if not is_over:
                kept.append(self._data[start : self._at])
            size += self._at - start
            if depth == 0 or not self._more():
                break
        # At the end of the stream a backslash may be left.
        rest = self._data[self._at :] if depth else b""
        self._at += len(rest)
        return b"".join(kept) + rest

    def _scan(self, depth: int, in_string: bool) -> tuple[int, bool]:
        """Passes what is there until the object ends; its depth there is 0."""
        if in_string:
            rest = _REST_OF_STRING.match(self._data, self._at)
            self._at = rest.end() if rest else self._at
            if rest and rest["end"] is None:
                return depth, True
        for token in _TOKEN.finditer(self._data, self._at):
            self._at = token.end()
            match token[0]:
                case b"{":
                    depth += 1
                case b"}":
                    depth -= 1
                    if depth == 0:
                        return 0, False
                case _ if token["end"] is None:
                    return depth, True
        self._at = len(self._data)
        return depth, False

    def _more(self) -> bool:
        block = self._read(_READ_BYTES)
        self._base += self._at
        self._data = self._data[self._at :] + block
        self._at = 0
        return bool(block)
