"""What every reader is, so that they can stand in one registry."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpora.document import Document, Rejected

Progress = Callable[[int], None]
"""Called after each record with the bytes of the file used up so far (as stored on disk)."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a reader may look at to recognise a file.

    Attributes:
        name: file name, lowercase, without the ending of its compression (`.gz`, `.zst`, ...).
        start: first bytes, decompressed; all of them when the file is shorter.
        is_damaged: whether its compression breaks in there, so that the name has to help.
        members: names in a zip archive, as its directory has them; empty for any other file.
    """

    name: str
    start: bytes
    is_damaged: bool = False
    members: tuple[str, ...] = ()


class _Read(Protocol):
    def __call__(
        self, path: Path, progress: Progress | None = None
    ) -> Iterator[Document | Rejected]: ...


class _ReadFrom(Protocol):
    def __call__(
        self, path: Path, progress: Progress | None, skip: int
    ) -> Iterator[Document | Rejected]: ...


@dataclass(frozen=True, slots=True)
class Reader:
    """One kind of input.

    Attributes:
        kind: its name on the command line.
        recognise: whether a file is of this kind, mostly by what it holds.
        read: yields its records; raises `CorpusError` when the file cannot be read at all.
        read_from: the same without the first `skip` ones, cheaper than reading and dropping
            them; None where there is no such way.
    """

    kind: str
    recognise: Callable[[Head], bool]
    read: _Read
    read_from: _ReadFrom | None = None
