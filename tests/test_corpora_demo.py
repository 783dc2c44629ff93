"""The demo corpus: the same bytes every time, real text, visible furniture."""

import re
from collections import Counter
from pathlib import Path
from pydoc_data.topics import topics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from corpora import demo
from corpora.demo import MIRROR, OFFICIAL, PAPERS, DemoCorpus, write_demo
from corpora.document import Document, Rejected
from corpora.errors import CorpusError
from corpora.sources import find_sources, read
from corpora.topic_html import plain_words, topic_html


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> DemoCorpus:
    return write_demo(tmp_path_factory.mktemp("demo") / "new")


@pytest.fixture(scope="module")
def outcomes(corpus: DemoCorpus) -> list[Document | Rejected]:
    (source,) = find_sources([corpus.web]).found
    return list(read(source))


def test_the_same_python_writes_the_same_bytes(corpus: DemoCorpus, tmp_path: Path) -> None:
    again = write_demo(tmp_path)
    assert again.web.read_bytes() == corpus.web.read_bytes()
    assert again.papers == corpus.papers


def test_papers_are_spread_over_the_years(corpus: DemoCorpus) -> None:
    assert len(set(corpus.papers)) == PAPERS
    sources = find_sources(corpus.papers)
    assert {each.kind for each in sources.found} == {"s2orc"}
    papers = [outcome for source in sources.found for outcome in read(source)]
    years = {each.paper.year for each in papers if isinstance(each, Document) and each.paper}
    assert len(years) >= 10


def test_counts_show_something_true(outcomes: list[Document | Rejected]) -> None:
    rejected = Counter(each.reason for each in outcomes if isinstance(each, Rejected))
    assert rejected == {"status 301": 1, "status 404": 1, "media type that is not read": 1}
    pages = [each for each in outcomes if isinstance(each, Document)]
    hosts = Counter(page.host for page in pages)
    assert hosts == {"docs.python.org": 10, "python-tutorials.example": 3}
    # One page was visited twice.
    assert len({page.document_id for page in pages}) == len(pages) - 1


def test_pages_carry_the_manual_inside_furniture(outcomes: list[Document | Rejected]) -> None:
    pages = {
        each.url: LexborHTMLParser(each.payload.content if each.payload else b"")
        for each in outcomes
        if isinstance(each, Document)
    }
    page = pages[f"{OFFICIAL}reference/compound_stmts.html"]
    title = page.css_first("title")
    assert title is not None
    assert re.fullmatch(r"8\. Compound statements — Python 3\.\d+ documentation", title.text())
    canonical = page.css_first("link[rel=canonical]")
    assert canonical is not None
    assert canonical.attributes["href"] == f"{OFFICIAL}reference/compound_stmts.html"
    assert [node.text() for node in page.css("h1")] == ["Compound statements"]
    assert 'The "with" statement'.replace('"', "") in [node.text() for node in page.css("h2")]
    assert page.css("pre")
    assert page.css("ol li")
    for furniture in ("[role=navigation]", ".footer", ".cookie-banner", ".sphinxsidebar"):
        assert page.css(furniture)
    for each in pages.values():
        assert len(each.css("h1")) == 1


def test_the_mirror_has_the_same_article(outcomes: list[Document | Rejected]) -> None:
    pages = {
        each.url: LexborHTMLParser(each.payload.content if each.payload else b"")
        for each in outcomes
        if isinstance(each, Document)
    }
    official = pages[f"{OFFICIAL}library/string.html"].css_first("section")
    mirror = pages[f"{MIRROR}string/"].css_first("article")
    assert official is not None
    assert mirror is not None
    assert official.text().split() == mirror.text().split()


def test_without_its_papers_the_demo_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda _: None)
    with pytest.raises(CorpusError, match="pip install aclsum"):
        write_demo(tmp_path)


# Topics as HTML.


@pytest.mark.parametrize("name", sorted(topics))
def test_no_word_of_a_topic_is_lost(name: str) -> None:
    """Every word of the plain text is in the HTML; only drawn lines and marks are not."""
    tree = LexborHTMLParser(topic_html(topics[name], top_level=1))
    assert tree.body is not None
    assert words(topics[name]) - words(tree.body.text(separator=" ")) == Counter()


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[A-Za-z]{2,}", text))


def test_every_construct() -> None:
    text = (
        'Title\n*****\n\nWords with *stress*, **weight** and "code < 1".\n\nSub\n===\n\n'
        "* one\n  goes on\n\n* two\n\n1. first\n\nAn example:\n\n   x = 1\n\n   y = 2\n\n"
        "f(x)\n\n   Returns what the function was told to return.\n\n"
        "+---+-----+\n| A | B   |\n|===|=====|\n| 1 | two |\n|   | six |\n+---+-----+\n"
    )
    assert topic_html(text, top_level=2).splitlines() == [
        "<h2>Title</h2>",
        "<p>Words with <em>stress</em>, <strong>weight</strong> and <code>code &lt; 1</code>.</p>",
        "<h3>Sub</h3>",
        "<ul><li><p>one goes on</p></li><li><p>two</p></li></ul>",
        "<ol><li><p>first</p></li></ol>",
        "<p>An example:</p>",
        '<div class="highlight"><pre>x = 1',
        "",
        "y = 2",
        "</pre></div>",
        "<p>f(x)</p>",
        "<p>Returns what the function was told to return.</p>",
        '<table class="docutils"><tr><td>A</td><td>B</td></tr>'
        "<tr><td>1</td><td>two six</td></tr></table>",
    ]


@given(st.text(st.sampled_from('ab*=-+| \n1.[]"&<'), max_size=80))
def test_any_text_becomes_html(text: str) -> None:
    assert "<script" not in topic_html(text, top_level=1)
    assert "\n" not in plain_words(text)
