"""Generations: what is published, how it gets there, and how it is found again.

    index/
      CURRENT                        name of the live generation
      generations/<id>/manifest.json what it holds
      generations/<id>/rejected.jsonl  every record that was left out, with file, offset, reason
      shards/<id>/                   immutable, shared between generations

A reader sees the old generation or the new one, never half of either: shards and manifest are
written and synced under staging names, renamed, and only then does CURRENT change.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NewType

from corpora.errors import CorruptIndex, IncompatibleIndex, IndexLocked, NotAnIndex

GenerationId = NewType("GenerationId", str)
ShardId = NewType("ShardId", str)

FORMAT_VERSION = 1

CURRENT = "CURRENT"
LOCK = ".lock"
_STAGING = ".staging"
_MANIFEST = "manifest.json"
_REJECTED = "rejected.jsonl"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file of a shard: its size in bytes and the hex SHA-256 of its content."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Shard:
    """An immutable part of a generation.

    Attributes:
        shard_id: name of its folder.
        documents: rows of documents.arrow.
        passages: rows of passages.arrow.
        vectors: distinct vectors; equal passages share one.
        tokens: terms of all passages together, for BM25's mean length.
        dense: FAISS factory name of the candidate index.
        files: path inside the shard -> record.
    """

    shard_id: ShardId
    documents: int
    passages: int
    vectors: int
    tokens: int
    dense: str
    files: Mapping[str, FileRecord]


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """What a query has to be embedded with to be compared with the vectors.

    Attributes:
        name: "all-MiniLM-L6-v2" for the embedded default, else as it was given.
        dimension: components of a vector.
        max_tokens: longest input, special tokens included.
        query_prompt: text put before a query; may be empty.
        passage_prompt: text put before a passage; may be empty.
    """

    name: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str


@dataclass(frozen=True, slots=True)
class Generation:
    """A published state of the index: the content of its manifest.

    Attributes:
        generation_id: sorts by time of publishing.
        parent: the generation it replaced; None for the first.
        created_at: ISO 8601, UTC.
        format_version: of the files.
        model: embedding model, and how texts were put to it.
        typical_cosine: the model's typical top cosine, the anchor of the dense channel.
        analyser, extractor, chunker: versions that made the passages.
        shards: in order.
        read: records read from the sources.
        rejected: reason -> records left out.
        hosts: distinct hosts.
        sources: distinct source files that documents came from.
    """

    generation_id: GenerationId
    parent: GenerationId | None
    created_at: str
    format_version: int
    model: ModelRecord
    typical_cosine: float
    analyser: str
    extractor: str
    chunker: str
    shards: tuple[Shard, ...]
    read: int
    rejected: Mapping[str, int]
    hosts: int
    sources: int

    @property
    def documents(self) -> int:
        """Documents of all shards."""
        return sum(shard.documents for shard in self.shards)

    @property
    def passages(self) -> int:
        """Passages of all shards."""
        return sum(shard.passages for shard in self.shards)

    def to_json(self) -> str:
        """The manifest."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Generation":
        """Reads a manifest.

        Raises:
            ValueError, TypeError, KeyError: it is not one.
        """
        raw: dict[str, Any] = json.loads(text)
        shards = tuple(
            Shard(
                **{
                    **shard,
                    "files": {
                        name: FileRecord(**record) for name, record in shard["files"].items()
                    },
                }
            )
            for shard in raw.pop("shards")
        )
        model = ModelRecord(**raw.pop("model"))
        return cls(**raw, model=model, shards=shards)


class Workspace:
    """A builder's private folder inside an index, under the index's lock.

    Attributes:
        index: the index folder.
        staging: where everything is written until `publish`.
    """

    def __init__(self, index: Path, staging: Path) -> None:
        self.index = index
        self.staging = staging

    def new_shard(self) -> tuple[ShardId, Path]:
        """A name and an empty folder for a shard."""
        shard_id = ShardId(_new_name())
        folder = self.staging / "shards" / shard_id
        folder.mkdir(parents=True)
        return shard_id, folder

    def publish(self, generation: Generation, rejected: Path | None) -> None:
        """Moves shards and manifest to their places, then switches CURRENT.

        Args:
            generation: its shards lie in the staging folder, or are there already.
            rejected: a file of rejected records to keep with it; None where there are none.
        """
        for name in ("shards", "generations"):
            (self.index / name).mkdir(exist_ok=True)
        for shard in generation.shards:
            staged = self.staging / "shards" / shard.shard_id
            if staged.exists():
                _sync_tree(staged)
                staged.rename(self.index / "shards" / shard.shard_id)
        _sync_folder(self.index / "shards")
        folder = self.staging / generation.generation_id
        folder.mkdir()
        (folder / _MANIFEST).write_text(generation.to_json(), encoding="utf-8")
        if rejected is not None:
            rejected.rename(folder / _REJECTED)
        _sync_tree(folder)
        folder.rename(self.index / "generations" / generation.generation_id)
        _sync_folder(self.index / "generations")
        pointer = self.index / f"{CURRENT}.tmp"
        pointer.write_text(generation.generation_id + "\n", encoding="utf-8")
        _sync_file(pointer)
        pointer.replace(self.index / CURRENT)
        _sync_folder(self.index)


def new_generation_id() -> GenerationId:
    """A fresh id that sorts by time."""
    return GenerationId(_new_name())


@contextmanager
def workspace(index: Path) -> Iterator[Workspace]:
    """Locks an index for building; creates the folder where there is none.

    What an earlier builder left half-done is removed; what this one leaves is removed too.

    Raises:
        NotAnIndex: the folder holds something else.
        IndexLocked: another process is building.
    """
    if index.exists() and not index.is_dir():
        raise NotAnIndex(f"{index} is a file, not a folder; give another --index")
    if index.is_dir() and not _may_hold_index(index):
        raise NotAnIndex(
            f"{index} holds files that are not an index; give an empty or a new folder"
        )
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = (index / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise NotAnIndex(f"{index} cannot be written ({error.strerror})") from error
    with lock:
        _acquire(lock, index)
        for leftover in index.glob(f"{_STAGING}-*"):
            shutil.rmtree(leftover)
        staging = index / f"{_STAGING}-{_new_name()}"
        staging.mkdir()
        try:
            yield Workspace(index, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def open_current(index: Path) -> Generation:
    """The live generation of an index.

    Raises:
        NotAnIndex: nothing has been published there.
        IncompatibleIndex: another format version wrote it.
        CorruptIndex: the manifest or a file of a shard is missing or has another size.
    """
    pointer = index / CURRENT
    try:
        name = pointer.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        where = "no such folder" if not index.exists() else "it holds no published index"
        raise NotAnIndex(f"{index}: {where}; make one with: auctor index build") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NotAnIndex(f"{index}: {error}") from error
    generation = _read_manifest(index, name)
    for shard in generation.shards:
        _check_files(index / "shards" / shard.shard_id, shard)
    return generation


def read_rejected(index: Path, generation: Generation) -> Iterator[dict[str, Any]]:
    """The records that were left out of a generation: file, offset, reason, detail, url."""
    path = index / "generations" / generation.generation_id / _REJECTED
    if path.exists():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def describe_files(folder: Path) -> dict[str, FileRecord]:
    """Size and digest of every file below a folder."""
    records: dict[str, FileRecord] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            records[path.relative_to(folder).as_posix()] = FileRecord(path.stat().st_size, digest)
    return records


def bytes_of_parts(generation: Generation) -> dict[str, int]:
    """Bytes on disk by part (lexical, tokens, dense, documents, passages)."""
    parts: Counter[str] = Counter()
    for shard in generation.shards:
        for name, record in shard.files.items():
            parts[name.partition("/")[0].removesuffix(".arrow")] += record.size
    return dict(sorted(parts.items()))


def _read_manifest(index: Path, name: str) -> Generation:
    path = index / "generations" / name / _MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
        version = json.loads(text).get("format_version")
        if version != FORMAT_VERSION:
            raise IncompatibleIndex(
                f"{index} has format version {version}, this program reads {FORMAT_VERSION}; "
                "build it again"
            )
        return Generation.from_json(text)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise CorruptIndex(f"{path}: {error}; build the index again") from error


def _check_files(folder: Path, shard: Shard) -> None:
    for name, record in shard.files.items():
        path = folder / name
        try:
            size = path.stat().st_size
        except OSError as error:
            raise CorruptIndex(f"{path} is missing; build the index again") from error
        if size != record.size:
            raise CorruptIndex(
                f"{path} has {size} bytes instead of {record.size}; build the index again"
            )


def _may_hold_index(index: Path) -> bool:
    names = {path.name for path in index.iterdir()}
    return not names or CURRENT in names or LOCK in names


def _acquire(lock: Any, index: Path) -> None:  # noqa: ANN401 - an open text file
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        holder = lock.read().strip() or "another process"
        raise IndexLocked(f"{index} is being built by {holder}; wait or stop it") from None
    lock.seek(0)
    lock.truncate()
    lock.write(f"process {os.getpid()} on {socket.gethostname()}")
    lock.flush()


def _new_name() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"


def _sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_dir():
            _sync_folder(path)
        else:
            _sync_file(path)
    _sync_folder(folder)


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
