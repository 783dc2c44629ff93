"""What a generation is: the content of its manifest, and back from JSON with every type checked."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, NewType, Union, cast, get_args, get_origin, get_type_hints

GenerationId = NewType("GenerationId", str)
ShardId = NewType("ShardId", str)

FORMAT_VERSION = 3

NAME = re.compile(r"[0-9A-Za-z-]{1,64}")
"""What a generation or a shard may be called."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file of a shard: its size in bytes and the hex SHA-256 of its content."""

    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileRecord":
        """Reads a file."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(path.stat().st_size, digest)


@dataclass(frozen=True, slots=True)
class Tombstones:
    """Documents of a shard that a generation no longer shows; see `indexer.tombstones`.

    Attributes:
        name: folder below the shard's `tombstones/`, the generation that wrote it.
        documents: dead documents.
        passages: their passages.
        tokens: terms of those, for BM25's mean length.
        files: name in the folder -> record.
    """

    name: GenerationId
    documents: int
    passages: int
    tokens: int
    files: Mapping[str, FileRecord]


@dataclass(frozen=True, slots=True)
class Removal:
    """A rule that takes documents out, of the shards that were there when it was made.

    Attributes:
        kind: "host" (with everything below it), "url" or "source".
        value: lowercase host, normalised URL, or file as it was given to the build.
        sequence: shards up to this one are meant; what is added later is not.
        collection: that a source was read into; None for all.
    """

    kind: str
    value: str
    sequence: int
    collection: str | None = None


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a generation: files that never change, and which of its documents are dead.

    Attributes:
        shard_id: name of its folder.
        sequence: later shards have higher numbers; of two copies of a page fetched at the same
            moment the later one counts.
        documents: rows of documents.arrow.
        passages: rows of passages.arrow.
        vectors: distinct vectors; equal passages share one.
        tokens: terms of all passages together, for BM25's mean length.
        dense: FAISS factory name of the candidate index.
        files: path inside the shard -> record.
        tombstones: its dead documents; None while all are live.
    """

    shard_id: ShardId
    sequence: int
    documents: int
    passages: int
    vectors: int
    tokens: int
    dense: str
    files: Mapping[str, FileRecord]
    tombstones: Tombstones | None

    @property
    def live_documents(self) -> int:
        """Documents that are shown."""
        return self.documents - (self.tombstones.documents if self.tombstones else 0)

    @property
    def live_passages(self) -> int:
        """Passages of the documents that are shown."""
        return self.passages - (self.tombstones.passages if self.tombstones else 0)


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
        typical_cosine: the model's typical top cosine, the anchor of the dense channel; 0 where
            it is not known.
        analyser, extractor, chunker: versions that made the passages.
        signature: version of the signatures that near copies are found by.
        shards: in order.
        read: records read from the sources.
        rejected: reason -> records left out.
        hosts: distinct hosts of live documents.
        sources: files that were read for it, in `sources.json`.
        removals: rules that took documents out.
        files: name in the generation's folder -> record.
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
    signature: str
    shards: tuple[Shard, ...]
    read: int
    rejected: Mapping[str, int]
    hosts: int
    sources: int
    removals: tuple[Removal, ...]
    files: Mapping[str, FileRecord]

    @property
    def documents(self) -> int:
        """Live documents of all shards."""
        return sum(shard.live_documents for shard in self.shards)

    @property
    def passages(self) -> int:
        """Live passages of all shards."""
        return sum(shard.live_passages for shard in self.shards)

    @property
    def sequence(self) -> int:
        """Of its latest shard; 0 without one."""
        return max((shard.sequence for shard in self.shards), default=0)

    def to_json(self) -> str:
        """The manifest."""
        return json.dumps(asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Generation":
        """Reads a manifest.

        Raises:
            ValueError: it is not one.
        """
        generation: Generation = _decode(cls, json.loads(text), "manifest")
        for shard in generation.shards:
            _check_name(shard.shard_id)
            if shard.tombstones is not None:
                _check_name(shard.tombstones.name)
        return generation


def _check_name(name: str) -> None:
    """Refuses what is no name of ours: it is used as a path.

    Raises:
        ValueError: it is not one.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name[:80]!r} is not the name of a generation or shard")


def _decode(kind: Any, value: Any, where: str) -> Any:  # noqa: ANN401 - any record
    """A JSON value as a record, every field of its declared type.

    Raises:
        ValueError: a field is missing, unknown or of another type.
    """
    kind = getattr(kind, "__supertype__", kind)  # a NewType is its base here
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind) and isinstance(value, dict):
        types = get_type_hints(kind)
        if types.keys() != value.keys():
            odd = ", ".join(sorted(types.keys() ^ value.keys()))
            raise ValueError(f"{where} has missing or unknown fields: {odd}")
        fields = {key: _decode(types[key], item, key) for key, item in value.items()}
        return cast(type, kind)(**fields)
    if origin is tuple and isinstance(value, list):
        return tuple(_decode(arguments[0], item, where) for item in value)
    if origin is Mapping and isinstance(value, dict):
        return {key: _decode(arguments[1], item, where) for key, item in value.items()}
    if origin in (Union, UnionType):
        return None if value is None else _decode(arguments[0], value, where)
    accepted = (float, int) if kind is float else kind
    if isinstance(accepted, type | tuple) and isinstance(value, accepted):
        if not isinstance(value, bool):
            return value
    raise ValueError(f"{where} is {type(value).__name__} where {kind} is expected")
