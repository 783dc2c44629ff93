"""What users and disks do to a build: clear words, no traceback, and the old generation answers.

Permissions are the kernel's own: root gives up what lets it pass over them for the while.
"""

import ctypes
import errno
import gzip
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from corpora.document import Document, Rejected
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import Source
from corpora.sources import read as read_source
from indexer import intake
from indexer.embed import Embedder
from indexer.generation import current_id, open_current
from indexer.verify import verify
from server import cli
from server.search import Request, Searcher

Run = Callable[..., tuple[int, str]]

DAY = datetime(2024, 1, 1, tzinfo=UTC)
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("rest", ctypes.c_uint32 * 2))


@contextmanager
def permissions_bite() -> Iterator[None]:
    """Permission bits hold also for root: it gives up the two capabilities that pass over them."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # version 3, this thread
    state = (_Capabilities * 2)()
    assert libc.capget(header, state) == 0
    before = state[0].effective
    state[0].effective &= ~(1 << _CAP_DAC_OVERRIDE | 1 << _CAP_DAC_READ_SEARCH)
    assert libc.capset(header, state) == 0
    try:
        yield
    finally:
        state[0].effective = before
        assert libc.capset(header, state) == 0


@contextmanager
def without_rights(*paths: Path, mode: int = 0) -> Iterator[None]:
    """Files and folders that may not be touched (mode 0) or not be written (0o555)."""
    before = [path.stat().st_mode for path in paths]
    try:
        for path in paths:
            path.chmod(mode)
        with permissions_bite():
            yield
    finally:
        for path, each in zip(paths, before, strict=True):
            path.chmod(each)


class _Loaded:
    """Stands where a model would be loaded."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def __call__(self, _: object) -> Embedder:
        return self._embedder

    def for_index(self, *_: object) -> Embedder:
        return self._embedder


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], embedder: Embedder
) -> Run:
    """Runs the command line in process: its status, and what it wrote with lines joined."""
    monkeypatch.setattr("indexer.embed.Embedder", _Loaded(embedder))

    def run_(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["auctor", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        output = capsys.readouterr()
        assert "Traceback" not in output.err
        return int(left.value.code or 0), " ".join((output.out + output.err).split())

    return run_


def crawl(path: Path, *topics: str) -> Path:
    exchanges = []
    for topic in topics:
        text = f"This page is about {topic} and says so at some length, as pages of this kind do. "
        html = f"<title>{topic}</title><article><h1>{topic}</h1><p>{text * 5}</p></article>"
        exchanges.append(Exchange(f"https://{topic}.example/", DAY, html.encode()))
    write_warc(path, exchanges)
    return path


@pytest.fixture
def old(tmp_path: Path, run: Run) -> Path:
    """An index with one page about a glacier."""
    index = tmp_path / "index"
    code, _ = run("index", "build", crawl(tmp_path / "old.warc.gz", "glacier"), "--index", index)
    assert code == 0
    return index


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return crawl(tmp_path / "new.warc.gz", "kestrel", "senate")


@pytest.fixture(autouse=True)
def old_generation_answers(request: pytest.FixtureRequest, embedder: Embedder) -> Iterator[None]:
    """Whatever a test did, what was live before it still answers."""
    if "old" not in request.fixturenames:
        yield
        return
    index: Path = request.getfixturevalue("old")
    before = open_current(index)
    yield
    assert list(verify(index, before)) == []
    hits = Searcher.open(index, embedder).search(Request("glacier", 1)).hits
    assert [hit.document.url for hit in hits] == ["https://glacier.example/"]


UNCHANGED = "served before is unchanged"


@pytest.mark.parametrize(
    ("part", "command"), [(".", "build"), (".", "add"), ("shards", "add"), ("generations", "add")]
)
def test_a_target_that_may_not_be_written(
    old: Path, new: Path, run: Run, part: str, command: str
) -> None:
    with without_rights(old / part, mode=0o555):
        code, said = run("index", command, new, "--index", old)
    assert code == 1
    assert "cannot be written (Permission denied); give this user the right to write" in said
    assert UNCHANGED in said
    # Given the right, the same command goes on where it was.
    assert run("index", command, new, "--index", old)[0] == 0
    assert run("index", "rollback", "--index", old)[0] == 0


def test_a_read_only_index_can_be_read(old: Path, run: Run) -> None:
    folders = [path for path in old.rglob("*") if path.is_dir()]
    files = [path for path in old.rglob("*") if path.is_file()]
    with without_rights(old, *folders, mode=0o555), without_rights(*files, mode=0o444):
        for command in (("search", "glacier"), *(("index", each) for each in READING)):
            assert run(*command, "--index", old)[0] == 0


READING = ("info", "list", "history", "verify")


def test_a_ledger_that_may_not_be_written(old: Path, new: Path, run: Run) -> None:
    with without_rights(old / "ledger.sqlite", mode=0o444):
        code, said = run("index", "add", new, "--index", old)
    assert code == 1
    assert "ledger.sqlite cannot be used (attempt to write a readonly database)" in said
    assert "what the index serves is whole" in said


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (".", "cannot be read (Permission denied)"),
        ("CURRENT", "CURRENT cannot be read (Permission denied)"),
        ("generations/*/manifest.json", "may not be read by this user; give it the right"),
        ("shards/*/passages.arrow", "may not be read by this user; give it the right"),
        ("shards/*/lexical", "may not be read by this user; give it the right"),
        ("shards/*/dense/vectors.npy", "may not be read by this user; give it the right"),
    ],
)
def test_an_index_that_may_not_be_read(old: Path, new: Path, run: Run, part: str, why: str) -> None:
    (path,) = [old] if part == "." else old.glob(part)
    with without_rights(path):
        for command in (("search", "glacier"), ("index", "add", new)):
            code, said = run(*command, "--index", old)
            assert code == 1
            assert why in said
            assert "build the index again" not in said  # it is whole


def test_targets_that_cannot_be(old: Path, new: Path, run: Run, tmp_path: Path) -> None:
    code, said = run("index", "build", new, "--index", new)
    assert (code, "is a file, not a folder; give another --index" in said) == (1, True)
    code, said = run("index", "build", new, "--index", new / "below")
    assert (code, "cannot be written (Not a directory)" in said) == (1, True)
    code, said = run("index", "build", new, "--index", old.parent)
    assert (code, "holds files that are not an index" in said) == (1, True)
    with without_rights(tmp_path, mode=0o555):
        code, said = run("index", "build", new, "--index", tmp_path / "a" / "b")
    assert (code, "cannot be written (Permission denied)" in said) == (1, True)
    # A parent that is missing is made.
    assert run("index", "build", new, "--index", tmp_path / "a" / "b")[0] == 0


def test_sources_that_may_not_be_read(old: Path, new: Path, run: Run, tmp_path: Path) -> None:
    with without_rights(new):
        code, said = run("index", "add", new, "--index", old)
    assert (code, f"{new}: cannot be read: Permission denied" in said) == (1, True)
    folder = tmp_path / "crawls"
    (folder / "shut").mkdir(parents=True)
    crawl(folder / "open.warc.gz", "copper")
    crawl(folder / "shut" / "in.warc.gz", "violin")
    with without_rights(folder / "shut"):
        code, said = run("index", "add", folder, "--index", old)
    # What could be read is published, what could not is told by status and line.
    assert code == 3
    assert "kept 1 documents" in said
    assert f"{folder / 'shut'}: cannot be read: Permission denied" in said
    # Given the right, only what was missing is read.
    code, said = run("index", "add", folder, "--index", old)
    assert (code, "1 sources are in the index already" in said) == (0, True)


def test_a_build_takes_nothing_out_for_want_of_rights(
    old: Path, new: Path, run: Run, tmp_path: Path
) -> None:
    old_source = tmp_path / "old.warc.gz"
    with without_rights(old_source):
        code, said = run("index", "build", old_source, new, "--index", old)
    assert (code, f"{old_source}: cannot be read: Permission denied" in said) == (3, True)
    # The glacier is still there: asserted after each test.


Change = Callable[[Path], None]


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0" * 100)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def vanish(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("change", "alone"), [(grow, True), (cut, True), (vanish, True), (cut, False)]
)
def test_a_source_that_changes_while_it_is_read(
    old: Path,
    new: Path,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    alone: bool,
) -> None:
    def read(source: Source, *rest: object) -> Iterator[Document | Rejected]:
        items = read_source(source, *rest)  # type: ignore[arg-type]
        for number, item in enumerate(items):
            if source.path == new and number == 0:
                change(new)
            yield item

    monkeypatch.setattr(intake, "read", read)
    live = current_id(old)
    others = [] if alone else [crawl(tmp_path / "other.warc.gz", "copper")]
    code, said = run("index", "add", new, *others, "--index", old)
    assert code == 3
    assert (current_id(old) == live) is alone
    assert f"{new}: changed while it was read; build again" in said
    monkeypatch.setattr(intake, "read", read_source)
    if change is not vanish:
        whole = crawl(new, "kestrel", "senate")
        code, said = run("index", "add", whole, *others, "--index", old)
        assert (code, "kept 2 documents" in said) == (0, True)


def test_a_gzip_that_ends_in_the_middle(old: Path, new: Path, run: Run) -> None:
    size = new.stat().st_size
    os.truncate(new, size - 30)  # the second record is cut
    code, said = run("index", "add", new, "--index", old)
    assert code == 3
    assert "read 2 records, kept 1 documents" in said
    assert f"could not be read: {new}: record cut off at byte" in said
    # Whole again, it takes the place of what was read of it.
    crawl(new, "kestrel", "senate")
    code, said = run("index", "add", new, "--index", old)
    assert (code, "kept 2 documents" in said) == (0, True)


def test_a_gzip_of_the_whole_file_that_ends_in_the_middle(
    old: Path, new: Path, run: Run, tmp_path: Path
) -> None:
    packed = tmp_path / "whole.warc.gz"
    packed.write_bytes(gzip.compress(gzip.decompress(new.read_bytes()))[:-40])
    code, said = run("index", "add", packed, "--index", old)
    assert code == 3
    assert "kept 1 documents" in said
    assert f"could not be read: {packed}: record cut off at byte" in said


def test_a_file_that_is_still_being_written(old: Path, new: Path, run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "crawls"
    folder.mkdir()
    writing = folder / "crawl.warc.gz.open"
    new.rename(writing)
    os.truncate(writing, writing.stat().st_size - 30)
    code, said = run("index", "add", folder, "--index", old)
    assert (code, "all it holds is still being written (.open)" in said) == (1, True)
    crawl(folder / "done.warc.gz", "copper")
    code, said = run("index", "add", folder, "--index", old)
    assert code == 0
    assert "1 file being written" in said
    assert run("index", "add", writing, "--index", old)[0] == 3  # named, it is read as it is
    crawl(folder / "crawl.warc.gz", "kestrel", "senate")
    writing.unlink()
    code, said = run("index", "add", folder, "--index", old)
    assert (code, "kept 2 documents" in said) == (0, True)


# What only real faulty hardware or a full quota would do is simulated where Python asks the system.
@pytest.mark.parametrize(
    ("call", "number", "advice"),
    [
        ("fsync", errno.ENOSPC, "make room"),
        ("fsync", errno.EIO, "see to the disk"),
        ("rename", errno.EROFS, "mount it for writing"),
    ],
)
def test_a_disk_that_fails(
    old: Path,
    new: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    number: int,
    advice: str,
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        code, said = run("index", "add", new, "--index", old)
    assert code == 1
    assert f"cannot be written ({os.strerror(number)}); {advice}" in said
    assert UNCHANGED in said
