"""Wikipedia dumps: pages, their links, and what is no article."""

import bz2
import contextlib
import html
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from corpora.document import Document, DocumentKind, OffsetBase, Rejected, identify
from corpora.reader import Head
from corpora.readers.wikipedia import READER, read_wikipedia
from corpora.sources import find_sources
from corpora.wiki_site import Site

START = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="de"><siteinfo>
<sitename>Wikipedia</sitename><dbname>dewiki</dbname><base>https://de.wikipedia.org/wiki/Wikipedia:Hauptseite</base>
<case>first-letter</case><namespaces><namespace key="0" case="first-letter" />
<namespace key="1">Diskussion</namespace></namespaces></siteinfo>"""


def page(
    title: str = "Äpfel", text: str = "Ein [[apfel]] & [[Diskussion:X|x]].", *, more: str = "<ns>0</ns>",
    time: str = "2024-01-02T03:04:05Z", model: str = "wikitext",
) -> str:  # fmt: skip
    return (
        f"<page><title>{escape(title)}</title>{more}<id>1</id><revision><id>2</id><timestamp>{time}</timestamp>"
        f'<model>{model}</model><text bytes="9" xml:space="preserve">{escape(text)}</text></revision></page>'
    )


def read(
    folder: Path, pages: str, name: str = "dewiki-latest.xml.bz2", start: str = START
) -> list[Document | Rejected]:
    path = folder / name
    data = f"{start}{pages}</mediawiki>".encode()
    path.write_bytes(bz2.compress(data) if name.endswith("bz2") else data)
    return list(read_wikipedia(path))


def test_an_article(tmp_path: Path) -> None:
    (article,) = read(tmp_path, page())
    assert isinstance(article, Document)
    url = "https://de.wikipedia.org/wiki/%C3%84pfel"
    assert (article.url, article.host, article.title) == (url, "de.wikipedia.org", "Äpfel")
    assert (article.document_id, article.kind) == (identify(url), DocumentKind.WEB)
    assert (article.language, article.published) == ("de", None)
    assert article.source.fetched_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert article.source.base is OffsetBase.STREAM
    assert article.text == "Ein apfel & x."
    assert [link.url for link in article.links] == ["https://de.wikipedia.org/wiki/Apfel"]


def test_the_newest_revision_is_read(tmp_path: Path) -> None:
    whole = page(text="old", time="2020-01-01T00:00:00Z")
    newer = page(text="new", time="2021-01-01T00:00:00Z").partition("<revision>")[2]
    oldest = page(text="oldest", time="2019-01-01T00:00:00Z").partition("<revision>")[2]
    pages = whole.replace("</page>", f"<revision>{newer}").replace("</page>", f"<revision>{oldest}")
    (article,) = read(tmp_path, pages)
    assert isinstance(article, Document)
    assert article.text == "new"


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        (page(more='<ns>0</ns><redirect title="Apfel (Frucht)" />'), "redirect", "Apfel (Frucht)"),
        (page(text="#WEITERLEITUNG [[Apfel]]", more=""), "redirect", "Apfel"),
        (page(text="#重定向 [[苹果#品种|x]]", more=""), "redirect", "苹果#品种"),
        (page("Diskussion:X", more="<ns>1</ns>"), "namespace not read", "Diskussion:X"),
        (page("Diskussion:X", more=""), "namespace not read", "Diskussion:X"),
        (page("Vorlage:X", more="<ns>10</ns>"), "namespace not read", "Vorlage:X"),
        (page(text=""), "no text", "Äpfel"),
        (page(text="{{Löschen}}"), "no text", "Äpfel"),
        (page().replace("<text bytes", "<text deleted='deleted' />\n<x a"), "broken xml", None),
        (page(model="css"), "not wikitext", "css"),
        (page(text="x" * 4_000_001), "record too large", "4000001 characters of wikitext"),
        ("<page><title>X</title></page>", "not a wiki page", None),
        (page()[:-40], "record cut off", None),
    ],
)
def test_what_is_no_article(tmp_path: Path, text: str, reason: str, detail: str | None) -> None:
    rejected, kept = read(tmp_path, text + page("Birne"))
    assert isinstance(rejected, Rejected)
    assert (rejected.reason, rejected.damaged) == (
        reason,
        reason in ("broken xml", "record cut off"),
    )
    assert detail is None or rejected.detail == detail
    assert isinstance(kept, Document)


def test_a_piece_of_a_dump_knows_its_wiki_by_its_name(tmp_path: Path) -> None:
    (article,) = read(tmp_path, page(), "frwiki-20240101-p1.xml", start="")
    assert isinstance(article, Document)
    assert article.url == "https://fr.wikipedia.org/wiki/%C3%84pfel"
    (unknown,) = read(tmp_path, page(), "pages.xml", start="")
    assert isinstance(unknown, Document)
    assert (unknown.url, unknown.links) == (None, ())


def test_recognised_by_content() -> None:
    assert READER.recognise(Head("x", f"<?xml version='1.0'?>{START}".encode()))
    assert READER.recognise(Head("x", page().encode()))
    assert not READER.recognise(Head("enwiki.xml", b"<page><body>text</body></page>"))
    assert not READER.recognise(Head("enwiki.xml", b"<html><mediawiki>"))


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Co", "Cn")), max_size=20),
        max_size=8,
    )
)
def test_a_page_in_is_a_record_out(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("wiki")
    outcomes = read(folder, "".join(page(f"T{n}", text) for n, text in enumerate(texts)), "d.xml")
    assert len(outcomes) == max(1, len(texts))
    data = (folder / "d.xml").read_bytes()
    for outcome in outcomes if texts else ():
        source = outcome.source
        assert source.length is not None
        assert data[source.offset : source.offset + source.length].endswith(b"</page>")


SAMPLES = os.environ.get("AUCTOR_DATA")


@pytest.mark.skipif(SAMPLES is None, reason="AUCTOR_DATA names no folder of real samples")
def test_a_real_dump() -> None:
    path = Path(f"{SAMPLES}/wiki/enwiki-slice.xml.bz2")
    assert [source.kind for source in find_sources([path]).found] == ["wikipedia"]
    outcomes = list(read_wikipedia(path))
    articles = [each for each in outcomes if isinstance(each, Document)]
    reasons = Counter(each.reason for each in outcomes if isinstance(each, Rejected))
    assert (len(outcomes), len(articles)) == (206, 106)
    assert reasons == {"redirect": 99, "namespace not read": 1}
    links = [link for article in articles for link in article.links]
    inside = [link for link in links if link.url.startswith("https://en.wikipedia.org/wiki/")]
    assert (len(links), len(inside)) == (28_987, 28_485)
    kinds = Counter(block.kind.value for article in articles for block in article.blocks)
    assert kinds == {
        "paragraph": 4954, "heading": 2103, "caption": 1058, "list": 621, "table": 134, "code": 3,
    }  # fmt: skip
    leftovers = [
        b.text
        for a in articles
        for b in a.blocks
        if any(m in b.text for m in ("{{", "}}", "[[", "]]", "'''", "<ref"))
    ]
    assert len(leftovers) < 10


@pytest.mark.skipif(SAMPLES is None, reason="AUCTOR_DATA names no folder of real samples")
def test_links_of_a_real_dump_are_those_another_parser_finds() -> None:
    oracle = pytest.importorskip("mwparserfromhell", reason="the oracle is not installed")
    path = Path(f"{SAMPLES}/wiki/enwiki-slice.xml.bz2")
    site = Site("https://en.wikipedia.org/wiki/")
    wikitext = {
        page.findtext("{*}title"): page.findtext("{*}revision/{*}text") or ""
        for _, page in etree.iterparse(bz2.open(path), tag="{*}page")
    }
    found: Counter[str | None] = Counter()
    expected: Counter[str | None] = Counter()
    for article in read_wikipedia(path):
        if isinstance(article, Document):
            found.update(link.url for link in article.links if not link.nofollow)
            expected.update(links_outside_references(oracle, wikitext[article.title], site))
    # The rest stands in citations, notes and diagrams made by templates; captions of galleries
    # are beyond the oracle.
    assert sum((expected - found).values()) / sum(expected.values()) < 0.025
    assert sum((found - expected).values()) / sum(expected.values()) < 0.005


def links_outside_references(oracle: Any, text: str, site: Site) -> Iterator[str | None]:  # noqa: ANN401 - a module
    code = oracle.parse(text, skip_style_tags=True)
    for tag in code.filter_tags(matches=lambda each: str(each.tag).lower() in ("ref", "gallery")):
        with contextlib.suppress(ValueError):
            code.remove(tag)
    for link in code.filter_wikilinks():
        title = site.title_of(html.unescape(str(link.title)))
        if title:
            yield site.url_of(title)
