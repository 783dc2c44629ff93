"""Links: where they lead, where they stand, and the sentence around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from corpora.document import Link, LinkRegion
from indexer.body import walk
from indexer.links import MAX_CONTEXT_CHARS, MAX_LINKS, links_of

URL = "https://example.org/a/page"


def links(html: str, url: str | None = URL) -> tuple[Link, ...]:
    return links_of(walk(lxml_html.document_fromstring(html)), url, url)


def test_links() -> None:
    html = """
      <a href='b'>to <b>b</b></a> <a href='/c#part' rel='NoFollow me'>c</a>
      <a href='https://o.example/?q=1' rel='ugc'></a> <a href='mailto:a@b.c'>mail</a>
      <a href='javascript:x()'>js</a> <a href='#here'>same page</a> <a name=x>no</a>
      <a href='http://['>broken</a>"""
    assert links(html) == (
        Link("https://example.org/a/b", "to b", False),
        Link("https://example.org/c", "c", True, ("me", "nofollow")),
        Link("https://o.example/?q=1", "", True, ("ugc",)),
    )
    assert links(html, url=None) == ()


@pytest.mark.parametrize(
    ("html", "region"),
    [
        ("<main><p>{}</p></main>", LinkRegion.CONTENT),
        ("<nav>{}</nav>", LinkRegion.NAVIGATION),
        ("<div role=navigation>{}</div>", LinkRegion.NAVIGATION),
        ("<ul class='main-menu'><li>{}</li></ul>", LinkRegion.NAVIGATION),
        ("<div id=breadcrumbs>{}</div>", LinkRegion.NAVIGATION),
        ("<header>{}</header>", LinkRegion.HEADER),
        ("<article><header>{}</header></article>", LinkRegion.CONTENT),
        ("<footer><nav>{}</nav></footer>", LinkRegion.FOOTER),
        ("<div class=footer>{}</div>", LinkRegion.FOOTER),
        ("<aside>{}</aside>", LinkRegion.ASIDE),
        ("<aside class='admonition note'>{}</aside>", LinkRegion.CONTENT),
        ("<div class='has-sidebar'>{}</div>", LinkRegion.CONTENT),
        ("<div class='sidebar'>{}</div>", LinkRegion.ASIDE),
        ("<div class='sidebar-layout'><main>{}</main></div>", LinkRegion.CONTENT),
    ],
)
def test_regions(html: str, region: LinkRegion) -> None:
    (link,) = links(html.format("<a href=/x>x</a>"))
    assert link.region is region


def test_the_sentence_around_a_link() -> None:
    html = (
        "<p>First one. Ice melts, <a href=/s>says <b>Smith</b></a>, at zero degrees. Last.</p>"
        "<ul><li><a href=/m>Menu</a></li></ul>"
        "<table><tr><th>Name<td>The text about <a href=/t>tables of data</a> here.</table>"
    )
    contexts = {link.anchor: link.context for link in links(html)}
    assert contexts["says Smith"] == "Ice melts, says Smith, at zero degrees."
    assert contexts["Menu"] == ""
    assert contexts["tables of data"] == "The text about tables of data here."


def test_a_long_sentence_is_cut_around_its_link() -> None:
    words = "word " * 500
    (link,) = links(f"<p>{words}<a href=/x>the link</a> {words}</p>")
    assert len(link.context) <= MAX_CONTEXT_CHARS
    assert " the link " in link.context
    assert set(link.context.split()) == {"word", "the", "link"}


def test_a_card_is_one_link() -> None:
    (link,) = links("<a href=/x><div><h3>Title</h3><p>Text</p><img src=i></div></a>")
    assert link.anchor == "Title Text"


def test_link_farms_are_cut_off_and_content_goes_first() -> None:
    menu = "".join(f"<a href='/{n}'>x</a>" for n in range(MAX_LINKS + 100))
    found = links(f"<nav>{menu}</nav><main><p>Some text and <a href=/content>c</a></p></main>")
    assert len(found) == MAX_LINKS
    assert found[-1].url == "https://example.org/content"
    assert found[0].url == "https://example.org/0"


@given(st.lists(st.sampled_from(["<a href=/x>", "</a>", "<p>", "</p>", "text. ", "<div>", " ", "<br>",
    "<td>", "<b>", "\ue000", "<pre>", "<li>", "<a href=y>"]), max_size=40).map("".join))  # fmt: skip
def test_every_anchor_counts_once(html: str) -> None:
    tree = lxml_html.document_fromstring(f"<body>{html}</body>")
    found = links_of(walk(tree), URL, URL)
    assert len(found) == len(tree.xpath("//a[@href]"))
    for link in found:
        assert len(link.context) <= MAX_CONTEXT_CHARS
        assert link.anchor == " ".join(link.anchor.split())
