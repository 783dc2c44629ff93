"""`auctor extract`: what anyone sees of what the indexer sees."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from corpora.document import Document
from corpora.warc_writer import Exchange, write_warc
from server.cli_extract import as_text, as_value, extract_command

APP = typer.Typer()
APP.command()(extract_command)

PAGE = """<!DOCTYPE html><html lang="en"><head><title>Ice | Site</title>
<link rel="canonical" href="/ice"><meta name="author" content="Ann Writer">
<meta property="article:published_time" content="2020-03-04"></head><body>
<nav><a href="/">Home</a></nav><main><h1>Ice</h1>
<p>Water freezes at zero degrees, as <a href="/smith">Smith has shown</a> in his work on ice.</p>
<h2>Data</h2><table><tr><th>Phase</th><th>T</th></tr><tr><td>solid</td><td>0</td></tr></table>
<pre>def f():
    return 1</pre></main></body></html>"""

JATS = """<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS 1.0//EN" "x.dtd">
<article><front><article-meta><article-id pub-id-type="doi">10.1/x</article-id>
<title-group><article-title>On Ice</article-title></title-group></article-meta></front>
<body><sec><title>Results</title><p>Ice melts at zero degrees in all of our experiments.</p></sec>
</body></article>"""


def run(*arguments: str, stdin: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(APP, list(arguments), input=stdin)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def page(tmp_path: Path) -> str:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return str(path)


def test_a_page_as_json(page: str) -> None:
    code, out, err = run(page, "--url", "https://Example.org/a?utm_source=x", "--json")
    assert (code, err) == (0, "")
    value = json.loads(out)
    assert list(value) == [
        "title", "language", "published", "text", "blocks", "authors", "canonical_url", "notes", "links",
    ]  # fmt: skip
    assert (value["title"], value["language"], value["published"]) == ("Ice", "en", "2020-03-04")
    assert value["authors"] == ["Ann Writer"]
    assert value["canonical_url"] == "https://example.org/ice"
    assert value["text"] == "\n\n".join(block["text"] for block in value["blocks"])
    assert value["blocks"][-1] == {
        "kind": "code", "text": "def f():\n    return 1", "heading_path": ["Ice", "Data"],
    }  # fmt: skip
    assert value["links"][-1] == {
        "url": "https://example.org/smith",
        "anchor": "Smith has shown",
        "nofollow": False,
        "rel": [],
        "region": "content",
        "context": "Water freezes at zero degrees, as Smith has shown in his work on ice.",
    }


def test_a_page_as_text(page: str) -> None:
    code, out, _ = run(page)
    assert code == 0
    assert out.startswith("# Ice\n\nWater freezes")
    assert "\n\n## Data\n\nPhase: solid | T: 0\n\n    def f():\n        return 1\n" in out
    assert "Home" not in out


def test_standard_input() -> None:
    code, out, _ = run("-", "--json", stdin=PAGE.encode("utf-16"))
    assert code == 0
    assert json.loads(out)["title"] == "Ice"


def test_a_paper(tmp_path: Path) -> None:
    path = tmp_path / "paper.nxml"
    path.write_text(JATS, encoding="utf-8")
    code, out, _ = run(str(path), "--json")
    assert code == 0
    value = json.loads(out)
    assert value["title"] == "On Ice"
    assert value["blocks"][-1]["heading_path"] == ["Results"]


@pytest.mark.parametrize("name", ["notes", "page.txt", "[1]*.html"])
def test_any_name_and_plain_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Some words that nobody marked up.\n\nAnd a second paragraph.", "utf-8")
    code, out, _ = run(str(path))
    assert code == 0
    assert out == "Some words that nobody marked up.\n\nAnd a second paragraph.\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\x03" * 100, "is none of"),
        (b"<html><body></body></html>", "no text"),
        (b"%PDF-1.4 broken", "pdf"),
        (b"WARC/1.0\r\nbroken", ""),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    code, out, err = run(str(path), "--json")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert err.startswith("error: ")
    assert words in err


def test_no_such_file_and_no_such_address(tmp_path: Path, page: str) -> None:
    missing = str(tmp_path / "missing.html")
    assert run(missing) == (1, "", f"error: {missing}: no such file or folder\n")
    assert run(page, "--url", "ftp://x/")[0] == 1
    code, _, err = run("-", stdin=b"")
    assert code == 1
    assert err.startswith("error: standard input: ")


@given(st.lists(st.text(min_size=1, max_size=20), max_size=4), st.booleans())
def test_any_document_can_be_shown(texts: list[str], has_title: bool) -> None:
    from corpora.document import Block, BlockKind, DocumentKind, OffsetBase, SourceRef, identify

    source = SourceRef("f", 0, 1, OffsetBase.FILE, "", None)
    blocks = tuple(Block(text, BlockKind.PARAGRAPH) for text in texts)
    title = "T" if has_title else None
    document = Document(
        identify("x"), None, None, None, title, DocumentKind.WEB, source, blocks=blocks
    )
    assert json.loads(json.dumps(as_value(document)))["text"] == document.text
    assert as_text(document).endswith(texts[-1] if texts else title or "")


def test_folders_and_files_of_several_documents(tmp_path: Path, page: str) -> None:
    assert run(str(tmp_path)) == (1, "", f"error: {tmp_path}: is no file; name one\n")
    path = tmp_path / "two.warc"
    write_warc(
        path,
        [
            Exchange(f"https://{n}.example/", datetime(2024, 1, 1, tzinfo=UTC), PAGE.encode())
            for n in "ab"
        ],
    )
    code, out, err = run(str(path))
    assert code == 0
    assert out == run(page)[1]
    assert err == "two.warc holds more documents; this is the first of them\n"
