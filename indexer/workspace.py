"""Publishing: everything is written in a private folder, then moved into place under a lock.

Shards and manifest are written and synced under staging names and renamed; only then does
CURRENT change. A kill at any instant leaves the old generation live and whole.
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from corpora.errors import CorruptIndex, IndexFolderError, IndexLocked, NotAnIndex
from indexer.generation import (
    CURRENT,
    GENERATIONS,
    MANIFEST,
    SHARDS,
    TOMBSTONES,
    current_id,
)
from indexer.manifest import NAME, FileRecord, Generation, GenerationId, ShardId
from indexer.work import WorkFolder

LOCK = ".auctor.lock"
INDEX_ID = "INDEX"
WORK = "work"
_STAGING = ".staging"
_STAMP = "%Y%m%dT%H%M%S%f"
_INDEX_NAME = re.compile(rb"[0-9a-f]{32}\n?")

# The disk says no while an index is written: the user's to mend, not a bug.
_DISK_ERRORS = {
    errno.ENOSPC: "make room",
    errno.EDQUOT: "make room",
    errno.EFBIG: "use a file system that takes larger files",
    errno.EROFS: "mount it for writing",
    errno.EACCES: "give this user the right to write the whole folder",
    errno.EPERM: "give this user the right to write the whole folder",
    errno.EIO: "see to the disk",
    errno.ESTALE: "mount it again",
}
"""Error -> what to do about it, before the same command goes on where it was."""


STEPS = (
    "shards placed",
    "tombstones placed",
    "manifest staged",
    "manifest placed",
    "pointer written",
    "pointer switched",
)
"""What publishing does, in order; a hook is told after each."""

Hook = Callable[[str], None]


class Workspace:
    """A builder's private folders inside an index, under the index's lock.

    Attributes:
        index: the index folder.
        staging: the files of the generation to come; removed at the end in any case.
        work: what a killed build goes on from.
        index_id: 32 hex digits that name the index for ever.
    """

    def __init__(self, index: Path, staging: Path, hook: Hook) -> None:
        self.index = index
        self.staging = staging
        self.work = WorkFolder(index / WORK)
        self.index_id = index_id(index)
        self._hook = hook

    def describe_files(self) -> dict[str, FileRecord]:
        """Size and digest of the files in the staging folder."""
        return {path.name: FileRecord.of(path) for path in sorted(self.staging.iterdir())}

    def publish(self, generation: Generation, shards: Mapping[ShardId, Path]) -> None:
        """Moves shards and manifest to their places, then switches CURRENT.

        Stopped anywhere before its last step, it leaves the old generation live and whole.

        Args:
            generation: its files lie in the staging folder, its new tombstones in their places.
            shards: where those lie that are not in their places yet.
        """
        self._place_shards(generation, shards)
        self._sync_tombstones(generation)
        self._place_manifest(generation)
        self.switch(generation.generation_id)

    def switch(self, name: GenerationId) -> None:
        """Makes a generation that is in its place the live one."""
        # The folders that hold the shards and manifests may be new themselves.
        _sync_folder(self.index)
        pointer = self.index / f"{CURRENT}.tmp"
        pointer.write_text(name + "\n", encoding="utf-8")
        _sync_file(pointer)
        self._hook("pointer written")
        pointer.replace(self.index / CURRENT)
        _sync_folder(self.index)
        self._hook("pointer switched")

    def retire(self, name: GenerationId) -> None:
        """Takes a generation out of the index, in one step.

        Its files go with the leftovers: here or, where we are stopped, in the next run.
        """
        generations = self.index / GENERATIONS
        (generations / name).rename(self.index / f"{_STAGING}-{new_name()}")
        # Its shards must not go before it does: after a power cut it would be there without them.
        _sync_folder(generations)
        _sync_folder(self.index)

    def _place_shards(self, generation: Generation, shards: Mapping[ShardId, Path]) -> None:
        folder = self.index / SHARDS
        folder.mkdir(exist_ok=True)
        for shard in generation.shards:
            made = shards.get(shard.shard_id)
            if made is not None and made.exists():
                sync_tree(made)
                made.rename(folder / shard.shard_id)
        _sync_folder(folder)
        self._hook("shards placed")

    def _sync_tombstones(self, generation: Generation) -> None:
        for shard in generation.shards:
            if shard.tombstones and shard.tombstones.name == generation.generation_id:
                folder = self.index / SHARDS / shard.shard_id
                sync_tree(folder / TOMBSTONES)
                _sync_folder(folder)
        self._hook("tombstones placed")

    def _place_manifest(self, generation: Generation) -> None:
        generations = self.index / GENERATIONS
        generations.mkdir(exist_ok=True)
        (self.staging / MANIFEST).write_text(generation.to_json(), encoding="utf-8")
        sync_tree(self.staging)
        self._hook("manifest staged")
        self.staging.rename(generations / generation.generation_id)
        _sync_folder(generations)
        self._hook("manifest placed")


def new_generation_id(parent: GenerationId | None) -> GenerationId:
    """A fresh id that sorts by time, and behind its parent's also where the clock went back."""
    name = new_name()
    if parent is not None and name <= parent:
        stamp, _, _ = parent.partition("-")
        later = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) + timedelta(microseconds=1)
        name = f"{later:{_STAMP}}-{secrets.token_hex(3)}"
    return GenerationId(name)


@contextmanager
def workspace(index: Path, hook: Hook = lambda _: None) -> Iterator[Workspace]:
    """Locks an index for building; creates the folder where there is none.

    What an earlier builder left half-published is removed; what it had done so far is kept.

    Args:
        index: the index folder.
        hook: told after each of the STEPS of publishing.

    Raises:
        NotAnIndex: the folder holds something else.
        IndexLocked: another process is building.
        IndexFolderError: it cannot be written, or the disk is full.
    """
    try:
        _refuse_foreign(index)
        index.mkdir(parents=True, exist_ok=True)
        lock = (index / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise NotAnIndex(f"{index} cannot be written ({error.strerror})") from error
    with lock:
        _acquire(lock, index)
        staging = index / f"{_STAGING}-{new_name()}"
        try:
            remove_leftovers(index)
            staging.mkdir()
            yield Workspace(index, staging, hook)
        except OSError as error:
            advice = _DISK_ERRORS.get(error.errno or 0)
            if advice is None:
                raise
            where = error.filename if isinstance(error.filename, str) else index
            raise IndexFolderError(
                f"{where} cannot be written ({error.strerror}); {advice}; what "
                f"{index} served before is unchanged"
            ) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _refuse_foreign(index: Path) -> None:
    if index.exists() and not index.is_dir():
        raise NotAnIndex(f"{index} is a file, not a folder; give another --index")
    names = {path.name for path in index.iterdir()} if index.is_dir() else set()
    if names and CURRENT not in names and LOCK not in names:
        raise NotAnIndex(
            f"{index} holds files that are not an index; give an empty or a new folder"
        )


def remove_leftovers(index: Path) -> None:
    """What a killed run left: staging folders, and what no manifest names or stands by.

    These are shards, tombstones and folders of generations. Nothing but staging folders is
    touched where a manifest cannot be read, or the live one is missing: it may need any of them.
    """
    for leftover in index.glob(f"{_STAGING}-*"):
        shutil.rmtree(leftover)
    found = _read_manifests(index)
    if found is None:
        return
    manifests, lost = found
    shards = [shard for manifest in manifests for shard in manifest.shards]
    named = {shard.shard_id for shard in shards}
    generations = {shard.tombstones.name for shard in shards if shard.tombstones}
    for folder in lost:
        shutil.rmtree(folder)
    for folder in (index / SHARDS).glob("*"):
        if folder.name not in named and NAME.fullmatch(folder.name):
            shutil.rmtree(folder)
    for folder in (index / SHARDS).glob(f"*/{TOMBSTONES}/*"):
        if folder.name not in generations:
            shutil.rmtree(folder)


def _read_manifests(index: Path) -> tuple[list[Generation], list[Path]] | None:
    """All manifests, and the folders that have lost theirs; None where one is not known."""
    manifests: list[Generation] = []
    lost: list[Path] = []
    for folder in (index / GENERATIONS).glob("*"):
        if not (folder.is_dir() and NAME.fullmatch(folder.name)):
            continue  # none of ours
        try:
            text = (folder / MANIFEST).read_text(encoding="utf-8")
            manifests.append(Generation.from_json(text))
        except FileNotFoundError:
            lost.append(folder)
        except (OSError, ValueError, RecursionError):
            return None
    if current_id(index) in {folder.name for folder in lost}:
        return None
    return manifests, lost


def _acquire(lock: IO[str], index: Path) -> None:
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


def index_id(index: Path) -> str:
    """What names an index for ever: 32 hex digits; made where there is none.

    Raises:
        CorruptIndex: the file holds something else.
    """
    path = index / INDEX_ID
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        name = secrets.token_hex(16)
        unfinished = index / f"{INDEX_ID}.tmp"
        unfinished.write_text(f"{name}\n", encoding="ascii")
        _sync_file(unfinished)
        unfinished.replace(path)
        _sync_folder(index)
        return name
    if not _INDEX_NAME.fullmatch(found):
        # A new one would hide all that the ledger knows of this index: not ours to decide.
        raise CorruptIndex(
            f"{path} does not hold the 32 hex digits that name this index in its ledger; bring "
            "that file back from a backup, or remove it: what was indexed stays, its history "
            "begins anew"
        )
    return found.decode("ascii").strip()


def new_name() -> str:
    """A fresh name that sorts by time."""
    return f"{datetime.now(UTC):{_STAMP}}-{secrets.token_hex(3)}"


def sync_tree(folder: Path) -> None:
    """Makes sure that a folder and all in it is on the disk."""
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
