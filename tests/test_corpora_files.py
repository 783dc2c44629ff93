"""Files that are one document each, and that every kind of file has exactly one reader."""

import gzip
import hashlib
import io
import json
import os
import zipfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import single_file
from corpora.document import Document, DocumentKind, OffsetBase, Rejected, identify
from corpora.errors import CorpusError
from corpora.media import Media
from corpora.reader import Head
from corpora.readers.html import read_html_file
from corpora.readers.pdf import read_pdf_file
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import READERS, find_sources

PDF = b"%PDF-1.7\n%\xe2\xe3\nnot much\n%%EOF\n"


def archive(*names: str, mimetype: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        if mimetype:
            file.writestr("mimetype", mimetype)
        for name in names:
            file.writestr(name, "<x/>")
    return buffer.getvalue()


def web_archive() -> bytes:
    folder = Path(os.environ.get("TMPDIR", "/tmp"))
    path = folder / f"auctor-{os.getpid()}.warc"
    write_warc(path, [Exchange("https://e.org/", datetime(2024, 1, 1, tzinfo=UTC), PDF)])
    try:
        return path.read_bytes()
    finally:
        path.unlink()


ARXIV = {"id": "1", "abstract": "x", "categories": "cs.CL", "authors_parsed": []}
SAMPLES = [
    ("arxiv", json.dumps(ARXIV).encode()),
    ("arxiv", json.dumps([ARXIV, ARXIV], indent=2).encode()),
    ("beir", b'{"_id": "1", "title": "id", "text": "abstract"}\n'),
    ("html", b"\xef\xbb\xbf <!-- x --><!DOCTYPE html><title>paper_id</title>"),
    ("html", b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><p>x</p></html>'),
    ("office", archive("[Content_Types].xml", "word/document.xml")),
    ("office", archive("docProps/app.xml", "_rels/.rels", "xl/workbook.xml")),
    ("office", archive("content.xml", mimetype="application/vnd.oasis.opendocument.text")),
    ("office", archive("META-INF/container.xml", mimetype="application/epub+zip")),
    ("office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ("openalex", b'{"id": "https://openalex.org/W1", "title": "paper_id"}'),
    ("openalex", b'{"meta": {}, "results": [{"id": "https://openalex.org/W1"}]}'),
    ("pdf", PDF),
    ("pdf", b"\r\nmail header\r\n" + PDF),
    ("pes2o", b'{"added": "", "created": "", "id": "1", "source": "s2ag/train", "text": "T"}'),
    ("s2orc", b'{"paper_id": "1", "abstract": "x", "body_text": []}'),
    ("s2orc", b'{"paper_id": "1", "metadata": {}, "grobid_parse": {"abstract": []}}'),
    ("s2orc", b'{"corpusid": 7, "externalids": {}, "content": {"text": "x"}}'),
    ("s2orc", b'{"corpusid": 7, "title": "x", "body": {"text": "x"}, "bibliography": {}}'),
    ("unarxive", b'{"paper_id": "1", "_source_hash": "", "metadata": {}, "body_text": []}'),
    ("unarxive", b'{"paper_id": "1", "metadata": {"authors_parsed": []}, "sections": {}}'),
    ("warc", web_archive()),
]  # fmt: skip
OTHERS = [
    b"plain text", b"[1, 2]", b"{}", b'{"a": 1}', b"\x89PNG\r\n", archive("photo.jpg"),
    b'{"meta": {}, "results": [{"id": 1}]}', b'{"id": "https://openalex.org/A1"}', b"",
]  # fmt: skip


def readers_of(data: bytes, name: str = "file") -> list[str]:
    return [kind for kind, reader in READERS.items() if reader.recognise(Head(name, data))]


@pytest.mark.parametrize(("kind", "data"), SAMPLES)
def test_each_sample_has_exactly_one_reader(kind: str, data: bytes) -> None:
    for name in ("file", "file.json", "file.xml", "file.bin"):
        assert readers_of(data, name) == [kind]


def test_a_package_of_crawls_is_no_office_file_whatever_its_pages_are(tmp_path: Path) -> None:
    page = archive("[Content_Types].xml")
    path = tmp_path / "crawl.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("archive/data.warc", web_archive() + page)
    (source,) = find_sources([path]).found
    assert source.kind == "wacz"


@pytest.mark.parametrize("data", OTHERS)
def test_other_files_have_none(data: bytes) -> None:
    assert readers_of(data) == []


@given(st.sampled_from([data for _, data in SAMPLES]), st.integers(0, 400), st.binary(max_size=20))
def test_cut_or_changed_samples_have_at_most_one(data: bytes, at: int, junk: bytes) -> None:
    assert len(readers_of(data[:at] + junk)) <= 1
    assert len(readers_of(data[:at] + junk + data[at:])) <= 1


def test_a_file_waits_for_extraction_as_its_bytes(tmp_path: Path) -> None:
    for name, data in (("a.pdf", PDF), ("b.pdf.gz", gzip.compress(PDF))):
        path = tmp_path / name
        path.write_bytes(data)
        seen: list[int] = []
        (document,) = read_pdf_file(path, seen.append)
        assert isinstance(document, Document)
        assert document.payload is not None
        assert (document.payload.content, document.payload.media) == (PDF, Media.PDF)
        digest = f"sha256:{hashlib.sha256(PDF).hexdigest()}"
        assert document.document_id == identify(digest)
        source = document.source
        assert (source.offset, source.length, source.base) == (0, len(data), OffsetBase.FILE)
        assert source.digest == digest
        assert seen == [len(data)]
        assert document.kind is DocumentKind.PAPER
        assert document.paper is not None
        assert document.paper.paper_id == name[0]


def test_a_paper_named_by_its_id_is_that_paper(tmp_path: Path) -> None:
    for stem, key, url in (
        ("N18-3011", "paper:N18-3011", "https://aclanthology.org/N18-3011"),
        ("2020.acl-main.207", "paper:2020.acl-main.207", "https://aclanthology.org/2020.acl-main.207"),
        ("1706.03762v5", "paper:1706.03762", "https://arxiv.org/abs/1706.03762"),
    ):  # fmt: skip
        path = tmp_path / f"{stem}.pdf"
        path.write_bytes(PDF)
        (document,) = read_pdf_file(path)
        assert isinstance(document, Document)
        assert (document.document_id, document.url) == (identify(key), url)


def test_a_page_has_no_address_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"<html>x")
    (document,) = read_html_file(path)
    assert isinstance(document, Document)
    assert (document.url, document.host, document.kind) == (None, None, DocumentKind.WEB)
    assert document.paper is None


def test_unusable_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.pdf.gz"
    path.write_bytes(gzip.compress(os.urandom(5000))[:-99])
    (rejected,) = read_pdf_file(path)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.damaged) == ("record cut off", True)
    monkeypatch.setattr(single_file, "MAX_FILE_BYTES", 1000)
    path.write_bytes(gzip.compress(bytes(10**6)))
    (rejected,) = read_pdf_file(path)
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.damaged) == ("record too large", False)
    path.write_bytes(b"")
    with pytest.raises(CorpusError, match="is empty"):
        list(read_pdf_file(path))
    path.unlink()
    with pytest.raises(CorpusError, match="No such file"):
        list(read_pdf_file(path))


@pytest.mark.skipif("AUCTOR_DATA" not in os.environ, reason="AUCTOR_DATA names no folder")
def test_real_files_have_one_reader() -> None:
    root = Path(os.environ["AUCTOR_DATA"])
    found = find_sources([root / "papers", root / "extraction"]).found
    counts = Counter(source.kind for source in found)
    assert (counts["s2orc"], counts["arxiv"], counts["pdf"], counts["html"]) == (10, 1, 2, 181)
