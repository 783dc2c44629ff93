"""What a build has done so far, on disk: a build that was killed goes on from here.

    work/
      <input>/<number>.unit     records that were read and extracted, a few hundred at a time
      <input>/complete          how many units that input has
      vectors/<key>.vectors     vectors of a batch of texts
      shards/<key>/             shards that are whole but not published yet
      shards/<key>/cuts/        passages of documents that no whole shard holds

A unit depends on its input alone, a batch of vectors on its texts and the model alone, so whatever
is found here is what the same build would make again. Every file is written under another name,
then renamed, and carries a digest: what a power cut left half-written is made again.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from corpora.document import Document, Rejected
from indexer.vectors import Quantised

IN_PART = "read in part"
"""A reason in the ledger of documents that are kept, not of rejected records."""

_MAGIC = b"AUCTOR2\n"
_DIGEST_BYTES = 16

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Unit:
    """Consecutive records of an input.

    Attributes:
        records: how many were read.
        documents: those that were extracted, in order.
        rejected: the others, in order.
    """

    records: int
    documents: tuple[Document, ...]
    rejected: tuple[Rejected, ...]

    def in_part(self) -> Iterator[Rejected]:
        """What was left out of documents that are kept, as the ledger tells it."""
        for document in self.documents:
            if document.notes:
                detail = "; ".join(document.notes)
                yield Rejected(document.source, IN_PART, detail, document.url, damaged=True)


@dataclass(frozen=True, slots=True)
class Complete:
    """An input that was read to its end.

    Attributes:
        units: how many it has.
        failure: why reading ended early; None where it did not.
    """

    units: int
    failure: str | None


class InputWork:
    """The units of one input."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder.

        Args:
            folder: of the input.
        """
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def resume(self) -> bool:
        """Whether there is something to go on from; a read that broke off is forgotten."""
        complete = self.complete()
        if complete is not None and complete.failure is not None:
            self.clear()  # its last unit is short: read again, it has to end where it should
        return self.path(0).exists()

    def complete(self) -> Complete | None:
        """What was noted at the end of the input; None where it was not reached."""
        return read_record(self._folder / "complete", Complete)

    def finish(self, complete: Complete) -> None:
        """Notes that the input was read to its end."""
        write_record(self._folder / "complete", complete)

    def write(self, number: int, unit: Unit) -> None:
        """Keeps a unit."""
        write_record(self.path(number), unit)

    def read(self, number: int) -> Unit | None:
        """A unit; None where it is not here or not whole."""
        return read_record(self.path(number), Unit)

    def whole(self) -> Iterator[Unit]:
        """The units from the first on, up to the first that is not here or not whole."""
        number = 0
        while (unit := self.read(number)) is not None:
            yield unit
            number += 1

    def clear(self) -> None:
        """Forgets the input."""
        shutil.rmtree(self._folder)
        self._folder.mkdir()

    def path(self, number: int) -> Path:
        """Where a unit lies."""
        return self._folder / f"{number:06}.unit"


class WorkFolder:
    """All that a build keeps until it is published."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder.

        Args:
            folder: inside the index.
        """
        self.folder = folder
        for name in ("vectors", "shards"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def input(self, key: str) -> InputWork:
        """The units of an input.

        Args:
            key: hex; names the input's content and all that its units depend on.
        """
        return InputWork(self.folder / "inputs" / key)

    def read_vectors(self, key: str, rows: int) -> Quantised | None:
        """A batch of vectors; None where it is not here or not whole."""
        path = self.folder / "vectors" / f"{key}.vectors"
        raw = _read_bytes(path)
        if raw is None or rows == 0 or len(raw) % rows:
            return None
        scales = np.frombuffer(raw[: 4 * rows], dtype=np.float32)
        codes = np.frombuffer(raw[4 * rows :], dtype=np.int8).reshape(rows, -1)
        return Quantised(codes, scales)

    def write_vectors(self, key: str, vectors: Quantised) -> None:
        """Keeps a batch of vectors."""
        path = self.folder / "vectors" / f"{key}.vectors"
        _write_bytes(path, vectors.scales.tobytes() + vectors.codes.tobytes())

    def shards(self, key: str) -> Path:
        """The folder for the finished shards of a plan."""
        return self.folder / "shards" / key

    def clear(self) -> None:
        """Removes everything: it has been published."""
        shutil.rmtree(self.folder)


def batch_key(fingerprint: str, texts: Sequence[str]) -> str:
    """What the vectors of a batch depend on, as hex.

    Args:
        fingerprint: of the model and how it computes.
        texts: in order: in bfloat16 a vector depends a little on its batch.
    """
    state = hashlib.blake2b(fingerprint.encode(), digest_size=_DIGEST_BYTES)
    for text in texts:
        encoded = text.encode()
        state.update(len(encoded).to_bytes(8, "little") + encoded)
    return state.hexdigest()


def write_record(path: Path, record: object) -> None:
    """Keeps a record of dataclasses and what msgpack knows."""
    _write_bytes(path, msgspec.msgpack.encode(record))


def read_record(path: Path, kind: type[Record]) -> Record | None:
    """A record that was kept; None where it is not here, not whole, or of another kind."""
    raw = _read_bytes(path)
    try:
        return None if raw is None else msgspec.msgpack.decode(raw, type=kind)
    except msgspec.MsgspecError:
        return None  # an older version of this program wrote it


def _write_bytes(path: Path, content: bytes) -> None:
    digest = hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    with unfinished.open("wb") as file:
        file.write(_MAGIC + digest)
        file.write(content)
    unfinished.replace(path)


def _read_bytes(path: Path) -> bytes | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    start = len(_MAGIC) + _DIGEST_BYTES
    content = raw[start:]
    digest = hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
    return content if raw[:start] == _MAGIC + digest else None
