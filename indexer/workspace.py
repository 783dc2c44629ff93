"""Publishing: everything is written in a private folder, then moved into place under a lock.

Shards and manifest are written and synced under staging names and renamed; only then does
CURRENT change. A kill at any instant leaves the old generation live and whole.
"""

import errno
import fcntl
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from corpora.errors import IndexFolderError, IndexLocked, NotAnIndex
from indexer.generation import CURRENT, GENERATIONS, MANIFEST, REJECTED, SHARDS
from indexer.manifest import NAME, Generation, GenerationId, ShardId

LOCK = ".auctor.lock"
_STAGING = ".staging"

# The disk says no while an index is written: the user's to mend, not a bug.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)


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
        folder = self.staging / SHARDS / shard_id
        folder.mkdir(parents=True)
        return shard_id, folder

    def publish(self, generation: Generation, rejected: Path | None) -> None:
        """Moves shards and manifest to their places, then switches CURRENT.

        Stopped anywhere before its last step, it leaves the old generation live and whole.

        Args:
            generation: its shards lie in the staging folder, or are there already.
            rejected: a file of rejected records to keep with it; None where there are none.
        """
        self._place_shards(generation)
        self._place_manifest(generation, rejected)
        self._switch(generation)

    def _place_shards(self, generation: Generation) -> None:
        shards = self.index / SHARDS
        shards.mkdir(exist_ok=True)
        for shard in generation.shards:
            staged = self.staging / SHARDS / shard.shard_id
            if staged.exists():
                _sync_tree(staged)
                staged.rename(shards / shard.shard_id)
        _sync_folder(shards)

    def _place_manifest(self, generation: Generation, rejected: Path | None) -> None:
        generations = self.index / GENERATIONS
        generations.mkdir(exist_ok=True)
        folder = self.staging / generation.generation_id
        folder.mkdir()
        (folder / MANIFEST).write_text(generation.to_json(), encoding="utf-8")
        if rejected is not None:
            rejected.rename(folder / REJECTED)
        _sync_tree(folder)
        folder.rename(generations / generation.generation_id)
        _sync_folder(generations)

    def _switch(self, generation: Generation) -> None:
        # The folders that hold the shards and manifests may be new themselves.
        _sync_folder(self.index)
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
        staging = index / f"{_STAGING}-{_new_name()}"
        try:
            _remove_leftovers(index)
            staging.mkdir()
            yield Workspace(index, staging)
        except OSError as error:
            if error.errno not in _DISK_ERRORS:
                raise
            raise IndexFolderError(
                f"{index} cannot be written ({error.strerror}); what it served before is unchanged"
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


def _remove_leftovers(index: Path) -> None:
    """What a killed builder left: staging folders, and shards that no manifest names."""
    for leftover in index.glob(f"{_STAGING}-*"):
        shutil.rmtree(leftover)
    named: set[str] = set()
    for folder in (index / GENERATIONS).glob("*"):
        try:
            manifest = Generation.from_json((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return  # it may need any of them
        named.update(shard.shard_id for shard in manifest.shards)
    for folder in (index / SHARDS).glob("*"):
        if folder.name not in named and NAME.fullmatch(folder.name):
            shutil.rmtree(folder)


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
