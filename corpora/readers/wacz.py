"""WACZ packages, and any zip archive with WARC files in it, as `Document | Rejected`."""

from collections.abc import Callable, Iterator
from pathlib import Path

from corpora.archive import ArchiveReader
from corpora.containers import find_members, is_archive_name
from corpora.document import Document, OffsetBase, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.reader import Head, Progress, Reader
from corpora.zips import ZIP_START


def read_wacz(
    path: Path, progress: Progress | None = None, skip: int = 0
) -> Iterator[Document | Rejected]:
    """Every record of every archive in a package, and in the packages inside it.

    Revisits come last: their originals may stand in any archive of the package.

    Args:
        path: the package.
        progress: as for every reader.
        skip: so many outcomes are left out, the first ones.

    Raises:
        CorpusError: the file cannot be read, or holds no archive that can be.
    """
    reader = ArchiveReader(skip)
    problems: list[str] = []
    read = 0
    try:
        for member in find_members(path):
            if isinstance(member, Rejected):
                problems.append(f"{member.reason}: {member.detail}")
                yield from reader.emit(member)
                continue
            told = _within(progress, member.start, member.size) if progress else None
            try:
                yield from reader.read(member.file, told)
                read += 1
            except CorpusError as error:
                problems.append(str(error))
                place = SourceRef(member.file.name, 0, None, OffsetBase.FILE, "", None)
                reason = "unreadable archive member"
                yield from reader.emit(Rejected(place, reason, str(error)[:200], damaged=True))
        if not read:
            raise CorpusError(f"{path}: {problems[0] if problems else 'holds no WARC file'}")
        yield from reader.finish()
        if progress is not None:
            progress(path.stat().st_size)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error


def _within(progress: Progress, start: int, size: int) -> Callable[[int], None]:
    """Progress of the package from that of a member."""
    return lambda used: progress(start + min(used, size))


def _recognise(head: Head) -> bool:
    if not head.start.startswith(ZIP_START):
        return False
    return any(map(is_archive_name, head.members)) or head.name.endswith(".wacz")


READER = Reader("wacz", _recognise, read_wacz, read_wacz)
