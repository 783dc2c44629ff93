"""The file that a document was read from, wherever it lies now, and others that speak of it."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from corpora.canonical import choose_address
from corpora.document import Document, Rejected, SourceRef, identify
from corpora.errors import CorpusError
from corpora.reread import ARCHIVES, revisits_of_moment
from corpora.sources import Source
from corpora.urls import identity_key
from indexer.inputs import Input
from indexer.records import StoredDocument
from indexer.tables import storable

DigestOf = Callable[[Path], str]
"""The digest of a file, as `Input.digest` is written."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Lost:
    """Why a file is not found.

    Attributes:
        reason: for a person.
    """

    reason: str


def find_original(
    folder: Path, file: str, known: Input | None, digest_of: DigestOf | None
) -> Path | Lost:
    """Finds a file that a build read.

    By its whole name, or else anywhere below the folder by its last part, or else by its content.
    Of several, the one with the right content is taken, or else the one whose path is most like
    the name.

    Args:
        folder: to look in; may be the file itself.
        file: its name as it was given to the build.
        known: what the index says of it; None where that is nothing.
        digest_of: tells files of one name and size apart; None where none may be read for that.

    Raises:
        OSError: a file cannot be read.
    """
    if folder.is_file():
        return folder
    direct = folder / _relative(file)
    if direct.is_file() and (known is None or direct.stat().st_size == known.size_bytes):
        return direct
    name = PurePath(file).name
    found = list(_named(folder, name))
    if known is not None:
        found = [path for path in found if path.stat().st_size == known.size_bytes] or found
    if len(found) > 1 and known is not None and digest_of is not None:
        # Files that are all alike will do as well as one.
        found = [path for path in found if digest_of(path) == known.digest][:1] or found
    if len(found) > 1:
        longest = max(_alike(path, file) for path in found)
        found = [path for path in found if _alike(path, file) == longest]
    if not found and known is not None and digest_of is not None:
        found = [path for path in _sized(folder, known) if digest_of(path) == known.digest][:1]
    if len(found) == 1:
        return found[0]
    return Lost(_describe(folder, name, found))


def find_revisit(
    folder: Path, inputs: Iterable[Input], original: Document, wanted: StoredDocument
) -> SourceRef | None:
    """The revisit in another archive that gave a page the address and date that it is indexed with.

    Args:
        folder: where the archives lie, in it or below.
        inputs: those that may hold it.
        original: the record that was revisited, extracted.
        wanted: the page as it is indexed.

    Returns:
        Its place; None where none of the archives that are there has it.

    Raises:
        OSError: a file cannot be read.
    """
    for each in inputs:
        path = find_original(folder, each.file, each, None)
        if each.kind not in ARCHIVES or isinstance(path, Lost):
            continue
        source = Source(path, each.kind, each.size_bytes)
        try:
            for found in revisits_of_moment(source, wanted.source.fetched_at):
                if isinstance(found, Rejected) and _made(found, original, wanted):
                    return found.source
        except CorpusError:
            continue  # no archive any more: what is wanted is not in it
    return None


def _made(revisit: Rejected, original: Document, wanted: StoredDocument) -> bool:
    """Whether a page is what a revisit made of a record, as `indexer.revisits` does it."""
    if revisit.original is None or revisit.url is None:
        return False
    moment = original.source.fetched_at
    return (
        identify(identity_key(revisit.original.url)) == original.document_id
        and revisit.original.fetched_at in (None, moment)
        and choose_address(revisit.url, original.canonical_url) == wanted.url
    )


def _relative(file: str) -> PurePath:
    """A name without what leads out of a folder."""
    path = PurePath(file)
    parts = [part for part in path.parts if part not in (path.anchor, "..")]
    return PurePath(*parts)


def _named(folder: Path, name: str) -> Iterator[Path]:
    """Files of a name in a folder and below it."""
    return (path for path in _files(folder) if storable(path.name) == name)


def _sized(folder: Path, known: Input) -> Iterator[Path]:
    """Files that may have the content of an input."""
    return (path for path in _files(folder) if path.stat().st_size == known.size_bytes)


def _files(folder: Path) -> Iterator[Path]:
    """The files in a folder and below it, in a fixed order; links are followed once."""
    visited = {folder.resolve()}
    for parent, folders, names in os.walk(folder, followlinks=True):
        real = {each: Path(parent, each).resolve() for each in sorted(folders)}
        folders[:] = [each for each in real if real[each] not in visited]
        visited.update(real[each] for each in folders)
        for each in sorted(names):
            if Path(parent, each).is_file():
                yield Path(parent, each)


def _alike(path: Path, file: str) -> int:
    """How many parts of their ends a path and a name have in common."""
    both = zip(reversed(path.parts), reversed(PurePath(file).parts), strict=False)
    count = 0
    for one, other in both:
        if storable(one) != other:
            break
        count += 1
    return count


def _describe(folder: Path, name: str, found: Sequence[Path]) -> str:
    if not found:
        return f"there is no {name} in {folder}, nor below it"
    shown = ", ".join(map(str, found[:_SHOWN]))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"there are {len(found)} files {name} in {folder}, none of them as indexed: {shown}{more}; name one"
