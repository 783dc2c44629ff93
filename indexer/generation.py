"""Generations: what is published and how it is found again.

    index/
      CURRENT                        name of the live generation
      generations/<id>/manifest.json what it holds
      generations/<id>/sources.json  the files it was made of (`indexer.inputs`)
      generations/<id>/gone.json     pages that their servers said are gone
      shards/<id>/                   shared between generations; only tombstones are added

A reader sees the old generation or the new one, never half of either; `indexer.workspace`
publishes them.
"""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from corpora.errors import CorruptIndex, IncompatibleIndex, IndexFolderError, NotAnIndex
from indexer.manifest import (
    FORMAT_VERSION,
    NAME,
    FileRecord,
    Generation,
    GenerationId,
    ModelRecord,
    Shard,
    ShardId,
)

# The records are defined in `indexer.manifest` and imported from here.
__all__ = [
    "CURRENT",
    "FORMAT_VERSION",
    "FileRecord",
    "Generation",
    "GenerationId",
    "Hold",
    "ModelRecord",
    "Shard",
    "ShardId",
    "bytes_of_parts",
    "current_id",
    "describe_files",
    "generation_at",
    "hold_current",
    "list_generations",
    "open_current",
    "open_generation",
]

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
SHARDS = "shards"
TOMBSTONES = "tombstones"
"""Folder inside a shard; the only one that is written to after the shard."""
GENERATIONS = "generations"


def open_current(index: Path) -> Generation:
    """The live generation of an index.

    Raises:
        NotAnIndex: nothing has been published there.
        IncompatibleIndex: another format version wrote it.
        CorruptIndex: the manifest or a file of a shard is missing or has another size.
    """
    name = _read_pointer(index)
    if name is None:
        where = "no such folder" if not index.exists() else "it holds no published index"
        raise NotAnIndex(f"{index}: {where}; make one with: auctor index build")
    return open_generation(index, name)


def open_generation(index: Path, name: GenerationId) -> Generation:
    """A generation by its id.

    Raises:
        IncompatibleIndex, CorruptIndex: as `open_current`.
    """
    generation = _read_manifest(index, name)
    _check_files(index / GENERATIONS / name, generation.files)
    for shard in generation.shards:
        folder = index / SHARDS / shard.shard_id
        _check_files(folder, shard.files)
        if shard.tombstones is not None:
            tombstones = shard.tombstones
            _check_files(folder / TOMBSTONES / tombstones.name, tombstones.files)
    return generation


class Hold:
    """Keeps a generation from being collected as garbage, for as long as it is referred to."""

    def __init__(self, index: Path, name: GenerationId) -> None:
        """Takes hold.

        Raises:
            OSError: the generation is not there.
        """
        self._descriptor = -1
        manifest = index / GENERATIONS / name / MANIFEST
        self._descriptor = os.open(manifest, os.O_RDONLY)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        manifest.stat()  # not there where it was collected while we waited

    def __del__(self) -> None:
        """Lets go."""
        if self._descriptor >= 0:
            os.close(self._descriptor)


def hold_current(index: Path) -> tuple[Generation, Hold]:
    """The live generation, and what keeps it there.

    Raises:
        NotAnIndex, IncompatibleIndex, CorruptIndex: see `open_current`.
    """
    while True:
        generation = open_current(index)
        try:
            return generation, Hold(index, generation.generation_id)
        except OSError:
            if current_id(index) == generation.generation_id:
                raise


def generation_at(index: Path, moment: datetime) -> Generation:
    """The generation that was the latest at a moment, of those that are still there.

    Raises:
        NotAnIndex: there was none.
    """
    for _, found in list_generations(index):
        if isinstance(found, Generation):
            if datetime.fromisoformat(found.created_at) <= moment:
                return open_generation(index, found.generation_id)
    raise NotAnIndex(f"{index} has no generation from before {moment.isoformat()}")


def list_generations(index: Path) -> list[tuple[GenerationId, Generation | str]]:
    """Every generation on disk, newest first: its manifest, or why that cannot be read."""
    found: list[tuple[GenerationId, Generation | str]] = []
    for folder in sorted((index / GENERATIONS).glob("*"), reverse=True):
        if folder.is_dir() and NAME.fullmatch(folder.name):
            name = GenerationId(folder.name)
            try:
                found.append((name, _read_manifest(index, name)))
            except IndexFolderError as error:
                found.append((name, str(error)))
    return found


def current_id(index: Path) -> GenerationId | None:
    """The id of the live generation; None where there is none or its name cannot be read."""
    try:
        return _read_pointer(index)
    except IndexFolderError:
        return None


def describe_files(folder: Path) -> dict[str, FileRecord]:
    """Size and digest of every file below a folder."""
    records: dict[str, FileRecord] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            records[path.relative_to(folder).as_posix()] = FileRecord.of(path)
    return records


def bytes_of_parts(generation: Generation) -> dict[str, int]:
    """Bytes on disk by part (lexical, tokens, dense, documents, passages, signatures)."""
    parts: Counter[str] = Counter()
    for shard in generation.shards:
        for name, record in shard.files.items():
            parts[name.partition("/")[0].split(".")[0]] += record.size
    return dict(sorted(parts.items()))


def _read_pointer(index: Path) -> GenerationId | None:
    """The name in CURRENT; None without that file.

    Raises:
        NotAnIndex: it cannot be read.
        CorruptIndex: it holds something else.
    """
    pointer = index / CURRENT
    try:
        name = pointer.read_bytes().decode("utf-8", "replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise NotAnIndex(f"{pointer} cannot be read ({error.strerror})") from error
    if not NAME.fullmatch(name):
        raise CorruptIndex(f"{pointer} names no generation; build the index again")
    return GenerationId(name)


def _read_manifest(index: Path, name: GenerationId) -> Generation:
    path = index / GENERATIONS / name / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text)
        version = raw.get("format_version") if isinstance(raw, dict) else None
        if version is not None and version != FORMAT_VERSION:
            raise IncompatibleIndex(
                f"{index} has format version {version}, this program reads {FORMAT_VERSION}; "
                "build it again"
            )
        generation = Generation.from_json(text)
    except OSError as error:
        raise _unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise CorruptIndex(f"{path}: {error}; build the index again") from error
    if generation.generation_id != name:
        raise CorruptIndex(
            f"{path} is of generation {generation.generation_id!r}; build the index again"
        )
    return generation


def _check_files(folder: Path, files: Mapping[str, FileRecord]) -> None:
    for name, record in files.items():
        path = folder / name
        try:
            with path.open("rb") as file:  # to be seen is not enough: it has to be readable
                size = os.fstat(file.fileno()).st_size
        except OSError as error:
            raise _unreadable(path, error) from error
        if size != record.size:
            raise CorruptIndex(
                f"{path} has {size} bytes instead of {record.size}; build the index again"
            )


def _unreadable(path: Path, error: OSError) -> CorruptIndex:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return CorruptIndex(f"{path} is missing; build the index again")
    if isinstance(error, PermissionError):
        return CorruptIndex(
            f"{path} may not be read by this user; give it the right to read the whole folder"
        )
    return CorruptIndex(f"{path} cannot be read ({error.strerror}); see to the disk first")
