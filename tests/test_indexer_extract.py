"""Pages to blocks: what counts, in order, under its headings."""

import gzip
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import trafilatura
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import (
    Block,
    BlockKind,
    Document,
    DocumentKind,
    OffsetBase,
    PaperMetadata,
    Payload,
    Rejected,
    SourceRef,
    identify,
)
from corpora.media import Media
from indexer.extract import extract

PageMaker = Callable[..., Document]
TextMaker = Callable[..., Document]

PARAGRAPH = (
    "Water freezes at zero degrees Celsius under standard pressure, which is the point at which "
    "its solid and its liquid phase are in equilibrium with each other."
)


def article(*parts: str) -> str:
    body = "".join(parts)
    return (
        "<!DOCTYPE html><html lang=en><head><title>Ice</title>"
        "<meta property='article:published_time' content='2020-03-04'></head><body>"
        "<nav><a href='/'>Home</a> <a href='/all'>All pages</a></nav>"
        f"<main><article>{body}</article></main><footer>Imprint</footer></body></html>"
    )


def test_a_page_becomes_blocks_under_their_headings(make_page: PageMaker) -> None:
    html = article(
        f"<h1>Ice</h1><p>{PARAGRAPH}</p><h2>Uses</h2><p>Second. {PARAGRAPH}</p>"
        f"<h3>Food</h3><ul><li>Ice <b>cream</b></li><li>Drinks</li></ul>"
        f"<h2>Code</h2><pre><code>def f():\n    return 1</code></pre>"
        "<table><tr><th>Phase</th><th>T</th></tr><tr><td>solid</td><td>&lt; 0</td></tr></table>"
        f"<p>Last. {PARAGRAPH}</p>"
    )
    document = extract(make_page(html))
    assert isinstance(document, Document)
    assert [(block.kind.value, block.text, block.heading_path) for block in document.blocks] == [
        ("heading", "Ice", ()),
        ("paragraph", PARAGRAPH, ("Ice",)),
        ("heading", "Uses", ("Ice",)),
        ("paragraph", f"Second. {PARAGRAPH}", ("Ice", "Uses")),
        ("heading", "Food", ("Ice", "Uses")),
        ("list", "- Ice cream\n- Drinks", ("Ice", "Uses", "Food")),
        ("heading", "Code", ("Ice",)),
        ("code", "def f():\n    return 1", ("Ice", "Code")),
        ("table", "Phase: solid | T: < 0", ("Ice", "Code")),
        ("paragraph", f"Last. {PARAGRAPH}", ("Ice", "Code")),
    ]
    assert document.payload is None
    assert (document.title, document.language) == ("Ice", "en")
    assert document.published == date(2020, 3, 4)
    assert [link.url for link in document.links][-1] == "https://example.org/all"


@pytest.mark.parametrize(
    "hide",
    [
        "<div hidden>{}</div>",
        "<p style='display:none'>{}</p>",
        "<noscript><p>{}</p></noscript>",
        "<p style='font-size:0'>{}</p>",
        "<template><p>{}</p></template>",
        "<div style='visibility:hidden'><div><p>{}</p></div></div>",
    ],
)
def test_hidden_text_is_never_indexed(make_page: PageMaker, hide: str) -> None:
    secret = hide.format(f"SECRET {PARAGRAPH}")
    document = extract(make_page(article(f"<p>{PARAGRAPH}</p>", secret, f"<p>2 {PARAGRAPH}</p>")))
    assert isinstance(document, Document)
    assert "SECRET" not in document.text
    assert "2 Water" in document.text


@pytest.mark.parametrize(
    "html",
    [
        "",
        "   ",
        "<html></html>",
        "<!-- x -->",
        "<script>x()</script>",
        "<b>" * 5000,
        "<div hidden>text that nobody sees</div>",
        "\x00\x01\x02",
    ],
)
def test_a_page_without_text_is_rejected(make_page: PageMaker, html: str) -> None:
    rejected = extract(make_page(html))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "no text"
    assert rejected.url == "https://example.org/a/page"
    assert not rejected.damaged


@pytest.mark.parametrize(
    "html",
    [
        "<p>one<p>two<table><tr><td>x<b>y<i>" * 50,
        "\x00<p>a\x00b</p>" * 20,
        "<" * 10000,
        "<p>\ud800 lone surrogate</p>" * 20,
        "&#xD800;&#0;&#1114112;<p>text</p>" * 10,
        "<p " + "a=b " * 20000 + ">x</p>",
        "".join(map(chr, range(1, 256))) * 20,
        "<?xml version='1.0' encoding='latin-9'?><html xmlns='http://www.w3.org/1999/xhtml'><p>x",
    ],
)
def test_hostile_pages_do_not_break_it(make_page: PageMaker, html: str) -> None:
    found = extract(make_page(html))
    if isinstance(found, Document):
        found.text.encode()
        assert "\x00" not in found.text


@pytest.mark.parametrize("error", [ValueError("bad\nline"), RecursionError(), AssertionError("x")])
def test_an_extractor_that_raises_is_counted(
    make_page: PageMaker, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("indexer.choice.trafilatura.bare_extraction", fail)
    rejected = extract(make_page(article(PARAGRAPH)))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == "extraction failed"
    assert rejected.detail.startswith(type(error).__name__)


def test_an_interruption_is_not_taken_for_a_bad_page(
    make_page: PageMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("indexer.choice.trafilatura.bare_extraction", interrupt)
    with pytest.raises(KeyboardInterrupt):
        extract(make_page(article(PARAGRAPH)))


def test_nothing_is_said_on_the_terminal(
    make_page: PageMaker, capfd: pytest.CaptureFixture[str]
) -> None:
    for html in ("", "<html>", "\x00", "<b>" * 1_000):
        extract(make_page(html))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("known", "expected"), [((), ("Ada Lovelace",)), (("A. L.",), ("A. L.",))])
def test_the_authors_of_a_paper_are_with_the_paper(
    make_page: PageMaker, known: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    html = article(f"<p>{PARAGRAPH}</p>").replace(
        "<head>", "<head><meta name=author content='Ada Lovelace'>"
    )
    page = make_page(html)
    paper = PaperMetadata("p", known, None, None, ())
    found = extract(replace(page, paper=paper, kind=DocumentKind.PAPER))
    assert isinstance(found, Document)
    assert found.paper is not None
    assert (found.paper.authors, found.authors) == (expected, ())
    alone = extract(page)
    assert isinstance(alone, Document)
    assert (alone.paper, alone.authors) == (None, ("Ada Lovelace",))


def test_a_paper_only_gets_its_language(make_text: TextMaker) -> None:
    block = Block(PARAGRAPH, BlockKind.PARAGRAPH)
    document = extract(make_text(block))
    assert isinstance(document, Document)
    assert document.blocks == (block,)
    assert document.language == "en"
    assert isinstance(extract(make_text()), Rejected)


@given(st.lists(st.text("abc <>&\u2028\n", min_size=1, max_size=30), min_size=1, max_size=6))
def test_blocks_are_clean(make_page: PageMaker, texts: list[str]) -> None:
    body = "".join(f"<h2>{text}</h2><p>{text} {PARAGRAPH}</p>" for text in texts)
    document = extract(make_page(article(body)))
    if isinstance(document, Rejected):
        assert "<" in body  # a tag takes all that follows for its attributes
        return
    for block in document.blocks:
        assert block.text == block.text.strip()
        assert block.text
        assert "\u2028" not in block.text


def test_nothing_that_counts_as_text_is_lost_on_real_pages(make_page: PageMaker) -> None:
    root = os.environ.get("AUCTOR_DATA")
    if not root:
        pytest.skip("AUCTOR_DATA does not name a folder of real pages")
    pages = sorted(Path(root, "extraction", "html").glob("*.gz"))[:30]
    assert pages
    lost = total = 0
    for path in pages:
        html = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        document = extract(make_page(html))
        if isinstance(document, Document):
            expected = trafilatura.bare_extraction(html, include_comments=False)
            assert expected is not None
            words = Counter(" ".join(expected.body.itertext()).split())  # type: ignore[union-attr]
            lost += (words - Counter(document.text.split())).total()
            total += words.total()
    assert lost <= 0.05 * total  # lists of other stories, which trafilatura takes for text


@pytest.mark.parametrize(
    "head",
    [
        "<meta property='article:published_time' content='9999-12-31'>",
        "<p style='font-size:" + "0" * 50_000 + "('>x</p>",
        "<title>" + "a | " * 5_000 + "</title>",
        "<title>\x1b[31mred\x1b[0m</title>",
    ],
)
def test_hostile_pages_cost_neither_time_nor_the_build(head: str) -> None:
    text = "Glaciers move slowly downhill under their own weight, and carry stones with them."
    html = f"<html><head>{head}</head><body><main><h1>Ice</h1><p>{text}</p></main></body></html>"
    source = SourceRef("f", 0, 1, OffsetBase.FILE, "", datetime(9999, 12, 31, tzinfo=UTC))
    key = identify("x")
    payload = Payload(html.encode(), Media.HTML, "utf-8")
    page = Document(key, None, None, None, None, DocumentKind.WEB, source, payload=payload)
    start = time.perf_counter()
    extracted = extract(page)
    assert time.perf_counter() - start < 5  # a quadratic pattern takes minutes
    assert isinstance(extracted, Document)
    assert text in extracted.text
    assert "\x1b" not in (extracted.title or "")
