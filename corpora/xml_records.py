"""Elements of one kind out of an XML file of any size or state; only user of lxml among readers.

A file is cut at the start and end tags of its records by `xml_scan`, and each record is parsed
alone: a broken one costs nothing but itself, and memory depends on the record, not on the file.
No document type is ever read, so that no entity expands and nothing outside is fetched.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.entities import html5
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from corpora.document import OffsetBase, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.members import BrokenStream, MemberStream
from corpora.reader import Progress
from corpora.xml_scan import Piece, Scanner, Trouble

MAX_RECORD_BYTES = 64 * 1024 * 1024
"""A longer record is rejected, so that memory stays bounded."""
MAX_MARKUP = 2_000_000
"""A record with more tags and attributes is rejected: each takes some 200 bytes once parsed."""

Element = Any  # lxml ships no types

_READ_BYTES = 64 * 1024
_ROOT_BYTES = 64 * 1024
_SKIPPED = re.compile(rb"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)(?=[\s/>])")
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.-]{1,40})["']""")
_CDATA_OR_ENTITY = re.compile(rb"<!\[CDATA\[.*?\]\]>|&([A-Za-z][\w.-]{0,31});", re.DOTALL)
_NAMESPACE_ERROR = "Namespace "
_BUILT_IN = frozenset((b"amp", b"lt", b"gt", b"quot", b"apos"))
_MARKS = (b"\xff\xfe", b"\xfe\xff")
_WIDE = ("utf-16", "utf16", "ucs", "iso-10646-ucs", "utf-32")


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """One element of a file.

    Attributes:
        source: its place; the digest is of exactly `data`.
        name: local name of the element.
        data: from the `<` of its start tag to the `>` of its end tag.
        prolog: what stands before the first record of the file, at most 64 KiB of it.
    """

    source: SourceRef
    name: str
    data: bytes
    prolog: bytes

    def stand_in(self, stem: str) -> str:
        """An id for a record that states none: the file's name, with its place in a collection."""
        return f"{stem}#{self.source.offset}" if find_root(self.prolog) else stem


@dataclass(frozen=True, slots=True)
class Root:
    """How an XML file begins.

    Attributes:
        name: local name of the first element.
        doctype: its document type declaration; may be empty.
        rest: the file from the first element on, as far as it was looked at.
    """

    name: str
    doctype: bytes
    rest: bytes


def find_root(start: bytes) -> Root | None:
    """The first element of an XML file; None where there is none."""
    data = _as_bytes_of_ascii(start)
    at, doctype = 0, b""
    while at < len(data):
        if match := _SKIPPED.match(data, at):
            at = match.end()
        elif match := _DOCTYPE.match(data, at):
            doctype, at = match[0], match.end()
        elif match := _ROOT.match(data, at):
            return Root(match[1].decode("latin-1"), doctype, data[at:])
        else:
            return None
    return None


def read_root(path: Path) -> Root | None:
    """The first element of a file; None where there is none or the file cannot be read."""
    try:
        with path.open("rb") as file:
            stream = MemberStream(file)
            start = stream.peek(_ROOT_BYTES) or (stream.next_member() and stream.peek(_ROOT_BYTES))
    except (OSError, BrokenStream):
        return None
    return find_root(start or b"")


def read_xml_records(
    path: Path, names: frozenset[str], progress: Progress | None = None, skip: int = 0
) -> Iterator[XmlRecord | Rejected]:
    """The elements called by one of `names`, none of which stands inside another.

    Args:
        path: the file, compressed or not.
        names: local names, whatever their prefix.
        progress: as for every reader.
        skip: how many records to leave out at the beginning.

    Yields:
        Each element with its place, or a `Rejected` for each that is cut off or too large.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    try:
        with path.open("rb") as file:
            yield from islice(_Records(path, file, names, progress).read(), skip, None)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error


def parse_record(record: XmlRecord) -> Element | Rejected:
    """The record as a tree of elements without namespaces, comments and instructions.

    Trees are at most 256 levels deep.
    """
    data = record.data
    if data.count(b"<") + data.count(b"=") > MAX_MARKUP:
        return Rejected(record.source, "record too large", f"over {MAX_MARKUP} tags and attributes")
    data = _CDATA_OR_ENTITY.sub(_known_entity, data)
    encoding = _encoding(record.prolog)
    try:
        root = _parse(data, encoding, recover=False)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        if not str(error).startswith(_NAMESPACE_ERROR):
            return Rejected(record.source, "broken xml", str(error)[:200], damaged=True)
        # Prefixes are declared by the elements around a record.
        root = _parse(data, encoding, recover=True)
    for element in root.iter(etree.Element):
        name: str = element.tag
        if not name[0].isalpha() or ":" in name:
            element.tag = re.split("[}:]", name)[-1] or "unnamed"
    return root


def parse_fragment(data: bytes) -> Element | None:
    """A small element of a file's beginning as a tree; None where it is broken."""
    source = SourceRef("", 0, None, OffsetBase.STREAM, "", None)
    root = parse_record(XmlRecord(source, "", data, b""))
    return None if isinstance(root, Rejected) else root


def walk(root: Element) -> Any:  # noqa: ANN401 - lxml ships no types
    """("start" or "end", element) of all below and with `root`; `skip_subtree` passes one over."""
    return etree.iterwalk(root, events=("start", "end"))


def attribute(element: Element, name: str) -> str | None:
    """An attribute by its local name; None without it."""
    value = element.get(name)
    if value is None:
        for key, found in element.attrib.items():
            if key.endswith((f"}}{name}", f":{name}")):
                return str(found)
    return None if value is None else str(value)


def _parse(data: bytes, encoding: str, *, recover: bool) -> Element:
    parser = etree.XMLParser(
        encoding=encoding,
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    return etree.fromstring(data, parser)


def _known_entity(match: re.Match[bytes]) -> bytes:
    """Characters that HTML and the journals' document types name, as numbers; others as text."""
    name = match[1]
    if name is None or name in _BUILT_IN:
        return match[0]
    characters = html5.get(f"{name.decode('latin-1')};")
    if characters is None:
        return b"&amp;" + match[0][1:]
    return "".join(f"&#{ord(character)};" for character in characters).encode()


def _encoding(prolog: bytes) -> str:
    match = _ENCODING.search(prolog[:_ROOT_BYTES])
    stated = match[1].decode("latin-1").lower() if match else "utf-8"
    return "utf-8" if stated.startswith(_WIDE) else stated  # tags were found by single bytes


def _as_bytes_of_ascii(start: bytes) -> bytes:
    if start.startswith(_MARKS):
        return start.decode("utf-16", "ignore").encode("utf-8", "replace")
    return start.removeprefix(b"\xef\xbb\xbf")


class _Records:
    """One pass over a file."""

    def __init__(
        self, path: Path, file: BinaryIO, names: frozenset[str], progress: Progress | None
    ) -> None:
        self._path = path
        self._stream = MemberStream(file)
        self._scanner = Scanner(names, MAX_RECORD_BYTES)
        self._names = names
        self._progress = progress
        self._has_records = False

    def read(self) -> Iterator[XmlRecord | Rejected]:
        yield from self._read()
        if not self._has_records:
            yield Rejected(self._place(0, None), "no record", f"no {self._spelled_names()}")

    def _read(self) -> Iterator[XmlRecord | Rejected]:
        begun = False
        while True:
            try:
                block = self._stream.read(_READ_BYTES)
                if not block and not self._stream.next_member():
                    break
            except BrokenStream as error:
                yield from self._broken(error)
                begun = True
                if not self._stream.resync(self._stream.member_offset + 1, bool):
                    return
                continue
            if not begun and block.startswith(_MARKS):
                yield from self._read_wide(block)
                return
            begun = begun or bool(block.strip())
            yield from map(self._outcome, self._scanner.feed(block))
            if self._progress is not None:
                self._progress(self._stream.file_offset)
        if not begun:
            raise CorpusError(f"{self._path}: is empty")
        yield from map(self._outcome, self._scanner.close())

    def _read_wide(self, start: bytes) -> Iterator[XmlRecord | Rejected]:
        """A file in UTF-16, all of it at once: its tags cannot be found byte by byte."""
        data = bytearray(start)
        try:
            while len(data) <= MAX_RECORD_BYTES:
                block = self._stream.read(_READ_BYTES)
                if not block and not self._stream.next_member():
                    break
                data += block
        except BrokenStream as error:
            yield from self._broken(error)
        if len(data) > MAX_RECORD_BYTES:
            self._has_records = True
            detail = f"over {MAX_RECORD_BYTES} bytes of utf-16"
            yield Rejected(self._place(0, None), "record too large", detail)
            return
        text = data.decode("utf-16", "replace").encode("utf-8", "replace")
        at, wide_at = 0, len(_MARKS[0])
        for piece in (*self._scanner.feed(text), *self._scanner.close()):
            wide_at += _wide_length(text[at : piece.offset])
            end = wide_at + _wide_length(text[piece.offset : piece.offset + piece.length])
            place = self._place(wide_at, end - wide_at, bytes(data[wide_at:end]))
            yield self._outcome(piece, place)
            at, wide_at = piece.offset + piece.length, end

    def _broken(self, error: BrokenStream) -> Iterator[XmlRecord | Rejected]:
        """What waits in the scanner is cut off; where nothing does, the gap is told anyway."""
        pieces = list(self._scanner.close())
        yield from map(self._outcome, pieces)
        self._has_records = True
        if not any(piece.trouble is Trouble.CUT_OFF for piece in pieces):
            reason = "record cut off" if error.cut_off else "broken compression"
            place = self._place(self._scanner.position, None)
            yield Rejected(place, reason, str(error), damaged=True)

    def _outcome(self, piece: Piece, place: SourceRef | None = None) -> XmlRecord | Rejected:
        self._has_records = True
        if piece.trouble is None:
            place = place or self._place(piece.offset, piece.length, piece.data)
            return XmlRecord(place, piece.name, piece.data, self._scanner.prolog)
        length = None if piece.trouble is Trouble.CUT_OFF else piece.length
        place = replace(place, digest="") if place else self._place(piece.offset, length)
        is_damaged = piece.trouble is not Trouble.TOO_LARGE
        return Rejected(place, piece.trouble.value, f"<{piece.name}>", damaged=is_damaged)

    def _place(self, offset: int, length: int | None, data: bytes | None = None) -> SourceRef:
        base = OffsetBase.STREAM if self._stream.compressed else OffsetBase.FILE
        digest = "" if data is None else f"sha256:{hashlib.sha256(data).hexdigest()}"
        return SourceRef(str(self._path), offset, length, base, digest, None)

    def _spelled_names(self) -> str:
        return ", ".join(f"<{name}>" for name in sorted(self._names))


def _wide_length(utf8: bytes) -> int:
    return len(utf8.decode("utf-8", "replace").encode("utf-16-le"))
