"""Files inside files: the archives of a WACZ, and how to come back to one by its name.

A file in a package is named "crawl.wacz!/archive/data.warc.gz"; offsets in it count its own
bytes. Packages may hold packages.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from corpora.document import OffsetBase, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.revisits import ArchiveFile
from corpora.zips import Entry, Listing, list_entries, open_entry

SEPARATOR = "!/"

_MAX_DEPTH = 4
_ARCHIVE_NAME = re.compile(r"\.(?:warc|arc|wet|wat)(?:\.(?:gz|zst|lz4|bz2|xz|open))?$", re.I)
_PACKAGE_NAME = re.compile(r"\.wacz$", re.I)

_Open = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Member:
    """An archive inside a package.

    Attributes:
        file: its name and how to open it.
        start: offset in the outermost package at which it (or the package around it) starts.
        size: bytes it takes there.
    """

    file: ArchiveFile
    start: int
    size: int


def is_archive_name(name: str) -> bool:
    """Whether an entry of a zip archive is named as records or as a package of them."""
    return bool(_ARCHIVE_NAME.search(name) or _PACKAGE_NAME.search(name))


def find_members(path: Path) -> Iterator[Member | Rejected]:
    """Every archive in a package and in the packages inside it, in their order.

    Yields:
        A member for each archive, and a `Rejected` for each that cannot be opened and for each
        package whose directory is broken.

    Raises:
        OSError: the file cannot be read.
    """
    waiting: list[tuple[str, _Open, int, Member | None]] = [
        (str(path), lambda: path.open("rb"), 0, None)
    ]
    while waiting:
        name, opener, depth, around = waiting.pop()
        with opener() as file:
            listing = list_entries(file)
        if listing.problem:
            place = SourceRef(name, 0, None, OffsetBase.FILE, "", None)
            yield Rejected(place, "broken zip", listing.problem, damaged=True)
        inner = []
        for found in _members(name, opener, listing, around):
            if isinstance(found, Rejected) or not _PACKAGE_NAME.search(found.file.name):
                yield found
            elif depth + 1 < _MAX_DEPTH:
                inner.append((found.file.name, found.file.open, depth + 1, found))
            else:
                yield _unreadable(found.file.name, "too many packages in one another")
        waiting += reversed(inner)


def open_source(file: str) -> BinaryIO:
    """Open what a `SourceRef.file` names, also inside a package, as a seekable stream.

    Raises:
        CorpusError: there is no such file or member, or it cannot be read.
    """
    try:
        outer, names = _split(file)
        opener: _Open = lambda: outer.open("rb")  # noqa: E731 - one of several, see below
        while names:
            opener, names = _enter(opener, names)
        return opener()
    except OSError as error:
        raise CorpusError(f"{file}: cannot be read: {error.strerror or error}") from error


def _split(file: str) -> tuple[Path, str]:
    """The file on disk, and the rest of the name."""
    if Path(file).is_file():
        return Path(file), ""
    at = file.find(SEPARATOR)
    while at >= 0:
        if Path(file[:at]).is_file():
            return Path(file[:at]), file[at + len(SEPARATOR) :]
        at = file.find(SEPARATOR, at + 1)
    return Path(file), ""  # opening it says what is wrong


def _enter(opener: _Open, names: str) -> tuple[_Open, str]:
    """The entry that names begin with, and the names inside it."""
    with opener() as package:
        entries = list_entries(package).entries
    for entry in entries:
        if names == entry.name:
            return _entry_opener(opener, entry), ""
    for entry in entries:
        if names.startswith(entry.name + SEPARATOR):
            return _package_opener(opener, entry), names[len(entry.name) + len(SEPARATOR) :]
    raise CorpusError(f"{names}: no such entry in the package")


def _members(
    name: str, opener: _Open, listing: Listing, around: Member | None
) -> Iterator[Member | Rejected]:
    seen: set[str] = set()
    for entry in listing.entries:
        if not is_archive_name(entry.name):
            continue
        full_name = f"{name}{SEPARATOR}{entry.name}"
        problem = "another entry has its name" if entry.name in seen else entry.problem
        seen.add(entry.name)
        if problem:
            yield _unreadable(full_name, problem)
            continue
        is_package = _PACKAGE_NAME.search(entry.name) is not None
        open_it = (_package_opener if is_package else _entry_opener)(opener, entry)
        file = ArchiveFile(full_name, open_it)
        start, size = (around.start, around.size) if around else (entry.offset, entry.size)
        yield Member(file, start, size)


def _unreadable(name: str, detail: str) -> Rejected:
    place = SourceRef(name, 0, None, OffsetBase.FILE, "", None)
    return Rejected(place, "unreadable archive member", detail, damaged=True)


def _entry_opener(opener: _Open, entry: Entry) -> _Open:
    return lambda: open_entry(opener(), entry)


def _package_opener(opener: _Open, entry: Entry) -> _Open:
    """As `_entry_opener`, but cheap to go about in: a zip is read from its end."""
    if entry.is_stored:
        return _entry_opener(opener, entry)

    def unpack() -> BinaryIO:
        unpacked = tempfile.TemporaryFile()
        with open_entry(opener(), entry) as file:
            shutil.copyfileobj(file, unpacked, 1024 * 1024)
        unpacked.seek(0)
        return unpacked

    return unpack
