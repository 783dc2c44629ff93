"""The parts of an office file: a zip archive of XML, read within limits."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import unquote

from lxml import etree

from indexer.parsed import Unreadable

MAX_MEMBERS = 20_000
MAX_PART_BYTES = 16 * 1024 * 1024
"""A part that is read as a tree; larger ones of a spreadsheet are read row by row."""
MAX_ELEMENTS = 1_000_000
"""Elements of a part that is read as a tree, of a row, and between all rows."""
MAX_TOTAL_BYTES = 128 * 1024 * 1024
"""All parts together, decompressed."""

Element = Any
"""An lxml element; lxml has no types."""

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)
_NAME = re.compile(r"[^\W\d][\w.-]*")
# What another program may show in place of what this one cannot.
_DROPPED = ("Fallback",)


class Package:
    """An open office file.

    Raises:
        Unreadable: it is no zip archive, or one of too many members.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN as error:
            raise Unreadable("broken office file", str(error), damaged=True) from error
        members = self._archive.infolist()
        if len(members) > MAX_MEMBERS:
            raise Unreadable("office file too large", f"{len(members)} members")
        self._members = {_plain(member.filename): member for member in members}
        self._room = MAX_TOTAL_BYTES

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._members

    def bytes_of(self, name: str) -> bytes:
        """A part's bytes; empty where there is none.

        Raises:
            Unreadable: it is broken, encrypted or too large.
        """
        if name not in self:
            return b""
        with self.open(name) as file:
            content = file.read(MAX_PART_BYTES + 1)
        if len(content) > MAX_PART_BYTES:
            raise Unreadable("office file too large", f"{name} is over {MAX_PART_BYTES} bytes")
        return content

    def open(self, name: str) -> "_Limited":
        """A part to read forward.

        Raises:
            Unreadable: it is encrypted or missing; reading raises it for what is broken or large.
        """
        member = self._members.get(_plain(name))
        if member is None:
            raise Unreadable("broken office file", f"{name} is missing", damaged=True)
        if member.flag_bits & 1:
            raise Unreadable("encrypted", f"{name} takes a password")
        try:
            return _Limited(self, self._archive.open(member))
        except (*_BROKEN, RuntimeError) as error:
            raise Unreadable("broken office file", f"{name}: {error}", damaged=True) from error

    def take(self, size: int) -> None:
        """Counts decompressed bytes.

        Raises:
            Unreadable: they are too many.
        """
        self._room -= size
        if self._room < 0:
            raise Unreadable("office file too large", f"over {MAX_TOTAL_BYTES} bytes decompressed")

    def xml(self, name: str) -> Element | None:
        """A part's root, names without namespaces; None where it is missing or no XML."""
        root = parse_xml(self.bytes_of(name))
        if root is not None:
            if sum(1 for _ in root.iter()) > MAX_ELEMENTS:
                raise Unreadable("office file too large", f"{name}: over {MAX_ELEMENTS} elements")
            _simplify(root)
        return root

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a part of Microsoft's formats leads to: id -> (last word of its kind, part)."""
        folder, file = posixpath.split(_plain(name))
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        found: dict[str, tuple[str, str]] = {}
        for entry in root.iter("Relationship") if root is not None else ():
            kind = str(entry.get("Type") or "").rpartition("/")[2]
            if entry.get("TargetMode") != "External":
                found[str(entry.get("Id"))] = (kind, resolve(folder, str(entry.get("Target"))))
        return found


class _Limited:
    """A part that is read within the package's limits."""

    def __init__(self, package: Package, file: IO[bytes]) -> None:
        self._package = package
        self._file = file

    def __enter__(self) -> "_Limited":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        try:
            block = self._file.read(size)
        except (*_BROKEN, RuntimeError) as error:
            raise Unreadable("broken office file", str(error), damaged=True) from error
        self._package.take(len(block))
        return block


def parse_xml(content: bytes) -> Element | None:
    """The root of XML that may be hostile or a little broken; None where nothing is left."""
    if not content.strip():
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        recover=True, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def elements_of(file: _Limited, tag: str) -> Iterator[Element]:
    """The elements of this name in a part of any size, each forgotten after its turn.

    Raises:
        Unreadable: one of them is too large.
    """
    events = etree.iterparse(
        file, events=("start", "end"), resolve_entities=False, no_network=True,
        huge_tree=False, recover=True, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    open_count = inside = outside = 0
    try:
        for event, element in events:
            is_wanted = _local(element.tag) == tag
            if event == "start":
                open_count += is_wanted
                inside = 0 if is_wanted or not open_count else inside + 1
                outside += not open_count
                if inside > MAX_ELEMENTS or outside > MAX_ELEMENTS:
                    raise Unreadable("office file too large", f"over {MAX_ELEMENTS} elements")
                continue
            open_count -= is_wanted
            if open_count == 0:
                if is_wanted:
                    _simplify(element)
                    yield element
                _forget(element)
    except etree.XMLSyntaxError:
        return


def _forget(element: Element) -> None:
    """Frees an element and what stands before it; the parser still needs the element itself."""
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]


def resolve(folder: str, target: str) -> str:
    """A reference inside the package as the name of a part."""
    path = unquote(target.partition("#")[0])
    return _plain(path if path.startswith("/") else posixpath.join(folder, path))


def _plain(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/").lower()).lstrip("/")


def _simplify(root: Element) -> None:
    """Takes namespaces off: each vocabulary has several, and their names do not clash here."""
    dropped = []
    for element in root.iter(etree.Element):
        element.tag = _local(element.tag) or "unknown"
        if element.tag in _DROPPED:
            dropped.append(element)
        for name, value in element.attrib.items():
            key = _local(name)
            if key != name and key:
                key = f"rel-{key}" if "/relationships}" in name else key
                element.set(key, element.get(key, value))
    for element in dropped:
        parent = element.getparent()
        if parent is not None:
            element.tail = None
            parent.remove(element)


def _local(name: str) -> str:
    """A name without namespace and prefix; empty where the parser let pass what is no name."""
    local = name.rpartition("}")[2].rpartition(":")[2]
    return local if _NAME.fullmatch(local) else ""
