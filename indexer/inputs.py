"""Inputs: the files a generation was made of, and which of those that are given are new to it."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from corpora.errors import CorruptIndex
from corpora.sources import Source, Sources
from indexer.tables import storable

SOURCES = "sources.json"

Hashed = Callable[[int], None]
"""Told of the bytes read so far."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file that a generation was made of, and what became of its records.

    Attributes:
        file: as it was given to the build; what `SourceRef.file` begins with.
        path: absolute, links resolved.
        digest: "sha256:<hex>" of its bytes.
        size_bytes, mtime_ns: of the file when it was read.
        kind: its reader's.
        collection: that its documents carry.
        extractor, chunker: versions that read it; that of the rule for furniture is in the latter.
        sequence: of the shards that hold its documents; later builds have higher ones.
        read: records.
        kept: documents that were new or newer than what was there.
        rejected: reason -> records left out; read = kept + all of these.
        damaged: how many of those were broken, or documents that were read in part.
        linked: files of other inputs that hold the originals of its revisits.
        failure: why it could not be read to its end; None where it could.
    """

    file: str
    path: str
    digest: str
    size_bytes: int
    mtime_ns: int
    kind: str
    collection: str
    extractor: str
    chunker: str
    sequence: int = 0
    read: int = 0
    kept: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    damaged: int = 0
    failure: str | None = None
    linked: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What its units depend on, as hex."""
        parts = (self.file, self.digest, self.kind, self.extractor)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()

    @property
    def ledger_key(self) -> str:
        """What it goes by in the ledger, as hex: the same content in another collection differs."""
        parts = (self.key, self.collection, self.chunker)
        return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build has to do.

    Attributes:
        new: to be read, in order.
        kept: of the current generation, to stay as they are.
        dropped: of the current generation, to be taken out: they have changed or are not given.
        failures: a line for every file that could not be opened.
    """

    new: tuple[tuple[Source, Input], ...]
    kept: tuple[Input, ...]
    dropped: tuple[Input, ...]
    failures: tuple[str, ...]


def plan_inputs(
    sources: Sources,
    current: Sequence[Input],
    versions: tuple[str, str],
    collection: str,
    exact: bool,
    hashed: Hashed = lambda _: None,
) -> Plan:
    """Compares what is given with what is there, by content.

    Args:
        sources: what is given.
        current: inputs of the current generation.
        versions: of the extractor and the chunker: what others read is read again.
        collection: that the documents are to carry.
        exact: whether inputs that are not given are dropped; not where something that is given
            cannot be opened, which may be one of them.
        hashed: told of progress.
    """
    by_content = {(each.digest, each.collection): each for each in current}
    by_path = {each.path: each for each in current}
    by_file = {each.file: each.path for each in current}
    new: dict[tuple[str, str], tuple[Source, Input]] = {}
    kept: dict[tuple[str, str], Input] = {}
    unchanged: dict[tuple[str, str], tuple[Source, Input]] = {}
    changed: list[Input] = []
    failures = list(sources.failures)
    done = 0
    for source in sources.found:
        try:
            given = _look(source, by_path, versions, collection)
        except OSError as error:
            failures.append(f"{source.path}: cannot be read: {error.strerror or error}")
            continue
        done += source.size_bytes
        hashed(done)
        content = (given.digest, given.collection)
        known = by_content.get(content)
        if known is not None and known.kind == given.kind and _is_done(known, versions):
            kept[content] = known
            unchanged[content] = source, given
        else:
            new.setdefault(content, _apart(source, given, by_file))
            if known is not None:
                changed.append(known)
        earlier = by_path.get(given.path)
        if earlier is not None and earlier.digest != given.digest:
            changed.append(earlier)
    dropped = {(each.digest, each.collection): each for each in changed}
    if exact and not failures:
        dropped |= {content: each for content, each in by_content.items() if content not in kept}
    # What a file's revisits were resolved with is another now, or was removed: so are they.
    standing = {each.file for content, each in by_content.items() if content not in dropped}
    for content, (source, given) in unchanged.items():
        if content not in dropped and not standing.issuperset(kept[content].linked):
            dropped[content] = kept[content]
            new.setdefault(content, _apart(source, given, by_file))
    still = tuple(each for content, each in by_content.items() if content not in dropped)
    return Plan(tuple(new.values()), still, tuple(dropped.values()), tuple(failures))


def _apart(source: Source, given: Input, by_file: dict[str, str]) -> tuple[Source, Input]:
    """A file to be read, under its whole path where another folder has one of its name."""
    if by_file.get(given.file, given.path) != given.path:
        source = replace(source, path=source.path.resolve())
        given = replace(given, file=given.path)
    by_file.setdefault(given.file, given.path)
    return source, given


def _is_done(known: Input, versions: tuple[str, str]) -> bool:
    """Whether an input was read to its end, as it would be read now."""
    return known.failure is None and (known.extractor, known.chunker) == versions


def is_unchanged(path: Path, given: Input) -> bool:
    """Whether the file is still as it was when it was looked at."""
    try:
        state = path.stat()
    except OSError:
        return False
    return (state.st_size, state.st_mtime_ns) == (given.size_bytes, given.mtime_ns)


def write_inputs(path: Path, inputs: Iterable[Input]) -> None:
    """Writes the inputs of a generation."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(tuple(inputs)), indent=1))


def read_inputs(path: Path) -> tuple[Input, ...]:
    """Reads them back.

    Raises:
        CorruptIndex: the file is missing or broken.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Input, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise CorruptIndex(f"{path}: {error}; build the index again") from error


def _look(
    source: Source, by_path: Mapping[str, Input], versions: tuple[str, str], collection: str
) -> Input:
    """A source with its digest, which is taken from what is known where the file looks the same.

    Raises:
        OSError: it cannot be read.
    """
    path = storable(str(source.path.resolve()))
    state = source.path.stat()
    known = by_path.get(path)
    same = known is not None and (known.size_bytes, known.mtime_ns) == (
        state.st_size,
        state.st_mtime_ns,
    )
    digest = known.digest if known is not None and same else digest_of(source.path)
    return Input(
        file=storable(str(source.path)),
        path=path,
        digest=digest,
        size_bytes=state.st_size,
        mtime_ns=state.st_mtime_ns,
        kind=source.kind,
        collection=collection,
        extractor=versions[0],
        chunker=versions[1],
    )


def digest_of(path: Path) -> str:
    """The digest of a file's bytes, as `Input.digest` has it.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
