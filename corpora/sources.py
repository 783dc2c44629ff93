"""What a build is given (files, folders, globs) as an ordered list of sources to read."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from corpora.compression import plain_name
from corpora.document import Document, OffsetBase, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.members import BrokenStream, MemberStream
from corpora.reader import Head, Progress, Reader
from corpora.readers import beir, find_readers
from corpora.zips import ZIP_START, list_entries

READERS: Mapping[str, Reader] = find_readers()
"""Every kind of input; a new one is a module in `corpora/readers` with a `READER`."""

_HEAD_BYTES = 256 * 1024
_SHOWN_FAILURES = 3
_BEING_WRITTEN = ".open"
"""What Heritrix and warcprox call a file until it is whole."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    Attributes:
        path: where it is, spelled as it was given.
        kind: key of `READERS`.
        size_bytes: its size when it was found; what `Progress` counts up to.
    """

    path: Path
    kind: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found: each file once.

    Attributes:
        found: in the order of the arguments, within a folder or glob by path.
        unrecognised: files inside folders and globs that no reader knows.
        failures: a line for every argument, folder or file that could not be used.
    """

    found: tuple[Source, ...]
    unrecognised: tuple[Rejected, ...] = ()
    failures: tuple[str, ...] = ()


def find_sources(arguments: Sequence[str | Path], kind: str | None = None) -> Sources:
    """Look at every argument: a file, a folder (taken with all below it) or a glob.

    Hidden files are passed over, and so are the queries and judgements beside a BEIR corpus,
    which belong to it. Files that are still being written are rejected unless they are named. An
    argument that cannot be used is a failure, and the others are kept.

    Args:
        arguments: as the user gave them.
        kind: a key of `READERS` to read every file as; None recognises each by what it holds.

    Raises:
        CorpusError: nothing at all was found to read, or `kind` is unknown.
    """
    if kind is not None and kind not in READERS:
        raise CorpusError(f"unknown kind {kind!r}; known are {', '.join(READERS)}")
    found: dict[Path, Source] = {}
    unrecognised: dict[Path, Rejected] = {}
    failures: list[str] = []
    for argument in map(str, arguments):
        files, is_single = _expand(argument, failures)
        recognised = 0
        for file in files:
            try:
                source = _source(file, kind) if is_single else _source_in_folder(file, kind)
            except CorpusError as error:
                failures.append(str(error))
                continue
            if isinstance(source, Source):
                recognised += 1
                found.setdefault(file.resolve(), source)
            elif is_single:
                failures.append(f"{file}: {source.detail}; name its kind if you know it")
            else:
                unrecognised.setdefault(file.resolve(), source)
        if files and not is_single and not recognised:
            failures.append(f"{argument}: {_describe_none(files)}")
    if not found:
        raise CorpusError("; ".join(failures[:_SHOWN_FAILURES]) or "no source was given")
    return Sources(tuple(found.values()), tuple(unrecognised.values()), tuple(failures))


def read(
    source: Source, progress: Progress | None = None, skip: int = 0
) -> Iterator[Document | Rejected]:
    """The records of a source, in its order.

    Args:
        source: as `find_sources` found it.
        progress: told how far it is, also while records are passed over.
        skip: records to pass over: those that an earlier run is done with.

    Raises:
        CorpusError: the file cannot be read or holds nothing of its kind.
    """
    reader = READERS[source.kind]
    if skip and reader.read_from is not None:
        return reader.read_from(source.path, progress, skip)
    return islice(reader.read(source.path, progress), skip, None)


def _expand(argument: str, failures: list[str]) -> tuple[list[Path], bool]:
    """The files an argument stands for, and whether it names a single one."""
    path = Path(argument)
    if path.is_dir():
        files = _files_below(path, failures)
        if not files:
            failures.append(f"{argument}: the folder is empty")
        return files, False
    if path.exists():
        return [path], True
    if not any(mark in argument for mark in "*?["):
        failures.append(f"{argument}: no such file or folder")
        return [], True
    matches = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    if not matches:
        failures.append(f"{argument}: no file matches")
    files = []
    for match in matches:
        files += _files_below(match, failures) if match.is_dir() else [match]
    return files, False


def _files_below(folder: Path, failures: list[str]) -> list[Path]:
    def note(error: OSError) -> None:
        failures.append(f"{error.filename}: cannot be read: {error.strerror}")

    files: list[Path] = []
    visited = {folder.resolve()}
    for parent, folders, names in os.walk(folder, onerror=note, followlinks=True):
        # Links to folders are followed, each real folder once: links may run in circles.
        real = {name: Path(parent, name).resolve() for name in sorted(folders)}
        folders[:] = [n for n in real if not n.startswith(".") and real[n] not in visited]
        visited.update(real[name] for name in folders)
        inside = [name for name in sorted(names) if not name.startswith(".")]
        files += [Path(parent, name) for name in inside if not _belongs_to_corpus(parent, name)]
    return sorted(files)


def _belongs_to_corpus(parent: str, name: str) -> bool:
    """Whether a file is the queries or judgements of a BEIR collection that stands there."""
    name = plain_name(name)
    if name == beir.QUERIES_NAME:
        return _has_corpus(Path(parent))
    in_qrels = Path(parent).name == beir.QRELS_FOLDER
    return in_qrels and name.endswith(".tsv") and _has_corpus(Path(parent).parent)


def _has_corpus(folder: Path) -> bool:
    return any((folder / f"{beir.CORPUS_NAME}{ending}").is_file() for ending in ("", ".gz"))


def _describe_none(files: Sequence[Path]) -> str:
    if all(file.suffix == _BEING_WRITTEN for file in files):
        return f"all it holds is still being written ({_BEING_WRITTEN}); name a file to read it"
    return f"holds none of {', '.join(READERS)}"


def _source_in_folder(path: Path, kind: str | None) -> Source | Rejected:
    """Not what is still being written: it is not whole, and will be there under another name."""
    if path.suffix != _BEING_WRITTEN:
        return _source(path, kind)
    return replace(
        _unrecognised(path, 0, "its writer has not renamed it yet; name it to read it as it is"),
        reason="file being written",
    )


def _source(path: Path, kind: str | None) -> Source | Rejected:
    try:
        if not path.is_file():
            return _unrecognised(path, 0, "not a regular file")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = head_of(path, file)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error
    if kind is not None:
        return Source(path, kind, size)
    for reader in READERS.values():
        if reader.recognise(head):
            return Source(path, reader.kind, size)
    if not head.start:
        return _unrecognised(path, size, "the file is empty")
    return _unrecognised(path, size, f"is none of {', '.join(READERS)}")


def head_of(path: Path, file: BinaryIO) -> Head:
    """What readers may look at to recognise an open file."""
    stream = MemberStream(file)
    name = plain_name(path.name)
    start = b""
    try:
        while len(start) < _HEAD_BYTES:
            block = stream.read(_HEAD_BYTES - len(start))
            start += block
            if not block and not stream.next_member():
                break
    except BrokenStream:
        return Head(name, start, is_damaged=True)
    if start.startswith(ZIP_START) and not stream.compressed:
        listing = list_entries(file)
        names = tuple(entry.name for entry in listing.entries)
        return Head(name, start, bool(listing.problem), names)
    return Head(name, start)


def _unrecognised(path: Path, size: int, detail: str) -> Rejected:
    source = SourceRef(str(path), 0, size, OffsetBase.FILE, "", None)
    return Rejected(source, "unrecognised file", detail)
