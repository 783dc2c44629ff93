"""What a build is given: files, folders and globs, recognised by what they hold."""

import bz2
import gzip
import json
import lzma
import os
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import lz4.frame
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document
from corpora.errors import CorpusError
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import READERS, Source, Sources, find_sources, head_of, read

PAPER = json.dumps({"paper_id": "1", "abstract": "x", "body_text": []})
BEIR = json.dumps({"_id": "1", "title": "", "text": "x"}) + "\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one of each, named so that names do not help."""
    root = tmp_path / "in"
    (root / "b" / "qrels").mkdir(parents=True)
    (root / ".hidden").mkdir()
    web = Exchange("https://example.org/", datetime(2024, 1, 1, tzinfo=UTC), b"<html>x</html>")
    write_warc(root / "crawl.gz", [web])
    write_warc(root / "a.warc", [web])
    (root / "b" / "corpus.jsonl").write_text(BEIR, encoding="utf-8")
    (root / "b" / "queries.jsonl").write_text(BEIR, encoding="utf-8")
    (root / "b" / "qrels" / "test.tsv").write_text("1\t1\t1\n", encoding="utf-8")
    (root / "papers.gz").write_bytes(gzip.compress(PAPER.encode()))
    (root / "notes.txt").write_text("not for us", encoding="utf-8")
    (root / "empty.warc").touch()
    (root / ".hidden" / "x.json").write_text(PAPER, encoding="utf-8")
    (root / ".DS_Store").touch()
    return root


def names(sources: Sources, root: Path) -> list[tuple[str, str]]:
    return [(str(each.path.relative_to(root)), each.kind) for each in sources.found]


def test_a_folder_is_taken_with_all_below_it(folder: Path) -> None:
    sources = find_sources([folder])
    assert names(sources, folder) == [
        ("a.warc", "warc"),
        ("b/corpus.jsonl", "beir"),
        ("crawl.gz", "warc"),
        ("papers.gz", "s2orc"),
    ]
    assert [(Path(each.source.file).name, each.reason) for each in sources.unrecognised] == [
        ("empty.warc", "unrecognised file"),
        ("notes.txt", "unrecognised file"),
    ]
    assert [each.size_bytes for each in sources.found] == [
        each.path.stat().st_size for each in sources.found
    ]
    for source in sources.found:
        assert [type(each) for each in read(source)] == [Document]


def test_order_is_of_the_arguments_and_each_file_comes_once(folder: Path) -> None:
    crawl = folder / "crawl.gz"
    sources = find_sources([str(crawl), folder, folder / "b" / ".." / "crawl.gz"])
    assert [each.path.name for each in sources.found] == [
        "crawl.gz", "a.warc", "corpus.jsonl", "papers.gz",
    ]  # fmt: skip


def test_globs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(find_sources([f"{folder}/*.gz"]), folder) == [
        ("crawl.gz", "warc"), ("papers.gz", "s2orc"),
    ]  # fmt: skip
    assert names(find_sources([f"{folder}/**/*.jsonl"]), folder) == [
        ("b/corpus.jsonl", "beir"),
    ]  # fmt: skip
    monkeypatch.chdir(folder)
    assert [str(each.path) for each in find_sources(["*.warc", "b*"]).found] == [
        "a.warc", "b/corpus.jsonl",
    ]  # fmt: skip
    odd = folder / "[1].json"
    odd.write_text(PAPER, encoding="utf-8")
    assert [each.path for each in find_sources([odd]).found] == [odd]


def test_kind_can_be_forced(folder: Path) -> None:
    sources = find_sources([folder / "b" / "queries.jsonl"], kind="beir")
    assert [each.kind for each in sources.found] == ["beir"]
    assert not find_sources([folder], kind="warc").unrecognised


def test_progress_reaches_the_size(folder: Path) -> None:
    for source in find_sources([folder]).found:
        seen: list[int] = []
        list(read(source, seen.append))
        assert seen[-1] == source.size_bytes


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("absent.warc", r"absent\.warc: no such file or folder"),
        ("*.nothing", r"\*\.nothing: no file matches"),
        ("notes.txt", r"notes\.txt: is none of arxiv, beir, "),
        ("empty.warc", r"empty\.warc: the file is empty"),
        ("b/qrels", "b/qrels: holds none of arxiv, beir, "),
    ],
)
def test_what_is_not_there_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, argument: str, message: str
) -> None:
    monkeypatch.chdir(folder)
    (folder / "b" / "corpus.jsonl").unlink()
    with pytest.raises(CorpusError, match=message):
        find_sources([argument])


def test_empty_folders_unknown_kinds_and_no_regular_files(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="the folder is empty"):
        find_sources([tmp_path])
    with pytest.raises(CorpusError, match="unknown kind 'telex'; known are arxiv, beir, "):
        find_sources([tmp_path], kind="telex")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CorpusError, match="not a regular file"):
        find_sources([tmp_path / "pipe"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_folders_are_failures(folder: Path) -> None:
    for path in (folder / "a.warc", folder / "b"):
        path.chmod(0)
        sources = find_sources([folder])
        path.chmod(0o755)
        assert sources.found
        assert sources.failures == (f"{path}: cannot be read: Permission denied",)


def test_a_failure_does_not_cost_the_other_arguments(folder: Path) -> None:
    sources = find_sources([folder / "absent", folder / "a.warc", folder / "notes.txt"])
    assert names(sources, folder) == [("a.warc", "warc")]
    assert len(sources.failures) == 2


def test_an_archive_damaged_from_the_start_is_known_by_its_name(tmp_path: Path) -> None:
    broken = b"\x1f\x8b\x08" + b"\xff" * 64
    (tmp_path / "a.warc.gz").write_bytes(broken)
    (tmp_path / "a.json.gz").write_bytes(broken)
    sources = find_sources([tmp_path])
    assert names(sources, tmp_path) == [("a.warc.gz", "warc")]
    assert len(sources.unrecognised) == 1


def test_every_reader_is_registered_under_its_kind() -> None:
    assert list(READERS) == [reader.kind for reader in READERS.values()]


@given(
    data=st.binary(max_size=200), name=st.sampled_from(["a.warc", "a.gz", "a.json", "corpus.jsonl"])
)
def test_any_file_is_a_source_or_unrecognised(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    root = tmp_path_factory.mktemp("f")
    (root / name).write_bytes(data)
    (root / "sure.json").write_text(PAPER, encoding="utf-8")
    sources = find_sources([root])
    assert len(sources.found) + len(sources.unrecognised) == 2
    assert Source(root / "sure.json", "s2orc", len(PAPER)) in sources.found


# One kind for each file.

HTML = b"<!doctype html><html><body><p>x</p></body></html>"


def samples() -> dict[str, tuple[str, bytes]]:
    """A file of each kind that is told by its bytes: (kind, content) by name."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HTML
    warc = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (
        len(block), block,
    )  # fmt: skip
    arc = b"http://x.org/ 1.1.1.1 20240101000000 text/html %d\n%s\n" % (len(block), block)
    package, office = BytesIO(), BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("archive/a.warc", warc)
    with zipfile.ZipFile(office, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return {
        "warc": ("warc", warc),
        "arc": ("warc", arc),
        "wacz": ("wacz", package.getvalue()),
        "word": ("office", office.getvalue()),
        "page": ("html", HTML),
        "pdf": ("pdf", b"%PDF-1.7\n"),
        "beir": ("beir", BEIR.encode()),
        "s2orc": ("s2orc", PAPER.encode()),
    }


@given(
    sample=st.sampled_from(sorted(samples())),
    packers=st.lists(st.sampled_from([gzip.compress, bz2.compress, lzma.compress,
                                      zstd.compress, lz4.frame.compress]), max_size=1),
    name=st.sampled_from(["a", "a.bin", "A.WARC", "x.json.gz", "b.html", "c.wacz.bin"]),
)  # fmt: skip
def test_each_file_is_of_one_kind_whatever_its_name_and_compression(
    tmp_path_factory: pytest.TempPathFactory,
    sample: str,
    packers: list[Callable[[bytes], bytes]],
    name: str,
) -> None:
    kind, data = samples()[sample]
    if kind in ("wacz", "office", "pdf"):
        packers = []
    path = tmp_path_factory.mktemp("k") / name
    path.write_bytes(packers[0](data) if packers else data)
    assert kinds_of(path) == [kind]


def kinds_of(path: Path) -> list[str]:
    """Every reader that says the file is its own."""
    with path.open("rb") as file:
        head = head_of(path, file)
    return [reader.kind for reader in READERS.values() if reader.recognise(head)]


DATA = Path(os.environ.get("AUCTOR_DATA", "/nowhere"))
NO_INPUT = re.compile(
    r"README|LICENSE|queries\.jsonl|\.tsv$|ground-truth|pmids\.txt|paths\.gz|latex/"
)


@pytest.mark.skipif(not DATA.is_dir(), reason="AUCTOR_DATA names no folder with real samples")
def test_each_real_sample_is_of_exactly_one_kind() -> None:
    files = [path for path in sorted(DATA.rglob("*")) if path.is_file()]
    for path in files:
        is_input = not NO_INPUT.search(str(path.relative_to(DATA)))
        assert len(kinds_of(path)) == is_input, (path, kinds_of(path))


def test_skipping_works_for_every_reader(folder: Path) -> None:
    for source in find_sources([folder]).found:
        whole = list(read(source))
        assert list(read(source, skip=1)) == whole[1:]
        assert list(read(source, skip=0)) == whole
