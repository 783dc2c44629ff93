"""Which pieces of a page count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from corpora.document import BlockKind
from indexer.body import walk
from indexer.choice import Choice
from indexer.content import content_of
from indexer.pieces import put_together

LONG = (
    "Glaciers move slowly downhill under their own weight and carry stones with them, year by year."
)
MORE = (
    "Where the ice melts the stones stay behind, and build walls that are called moraines by all."
)


def kept(html: str, chosen: str) -> list[str]:
    body = walk(lxml_html.document_fromstring(f"<body>{html}</body>"))
    return [piece.text for piece in content_of(put_together(body.runs), body, Choice(chosen))]


def test_what_stands_among_chosen_text_counts_too() -> None:
    html = (
        f"<div><h2>Ice</h2><p>{LONG}</p><dl><dt>firn<dd>old snow</dl><pre>x = 1</pre><p>Short.</p>"
        f"<p>{MORE}</p></div><div><p>Elsewhere on the page there is a sentence about other things.</p></div>"
    )
    assert kept(html, f"{LONG}\n{MORE}") == [
        "Ice", LONG, "firn: old snow", "x = 1", "Short.", MORE,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "furniture",
    [
        "<div class=share-buttons>Share this sentence with all of your friends and family now.</div>",
        "<aside>Other stories on this site are about other things, and as long as this one.</aside>",
        f"<p><a href=/x>{MORE} And more.</a></p>",
        f"<h3><a href=/x>Another story</a></h3><div><p>{MORE} It goes on elsewhere.</p></div>",
        "<p>* * *</p>",
    ],
)
def test_furniture_among_chosen_text_does_not(furniture: str) -> None:
    other = "A last sentence that is long enough to be one of the text, and ends as it should."
    html = f"<div><p>{LONG}</p>{furniture}<h3>Last</h3><p>{other}</p></div>"
    assert kept(html, f"{LONG}\n{other}") == [LONG, "Last", other]


def test_a_text_that_stands_twice_is_taken_once() -> None:
    html = f"<div class=teaser><p>{LONG}</p></div><main><p>{LONG}</p><p>{MORE}</p></main>"
    assert kept(html, f"{LONG}\n{MORE}") == [LONG, MORE]


def test_a_page_that_says_all_of_it_is_furniture_is_not_believed() -> None:
    html = f"<div class=sidebar><h1>Ice</h1><p>{LONG}</p><p>{MORE}</p></div><p>Imprint</p>"
    assert kept(html, f"{LONG}\n{MORE}") == ["Ice", LONG, MORE]


def test_without_a_choice_what_looks_like_text_counts() -> None:
    html = f"<nav><a href=/>Home</a></nav><div><p>{LONG}</p><p>Short.</p></div><footer>Imprint</footer>"
    assert kept(html, "") == [LONG, "Short."]


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>Closed.</p>", ["Closed."]),
        ("<ul><li><a href=/a>One</a><li><a href=/b>Two</a></ul>", ["- One\n- Two"]),
        ("<h1>Only a heading</h1>", []),
        ("<nav><a href=/>Home</a></nav>", []),
    ],
)
def test_pages_with_next_to_nothing(html: str, texts: list[str]) -> None:
    assert kept(html, "") == texts


def test_headings_count_where_text_follows() -> None:
    html = (
        f"<h1>Act</h1><h2>Part</h2><h2>Scope</h2><p>{LONG}</p><h2>Empty</h2><h2>Last</h2><p>{MORE}</p>"
        "<h2>Comments</h2>"
    )
    expected = ["Act", "Part", "Scope", LONG, "Empty", "Last", MORE]
    assert kept(f"<div>{html}</div>", f"{LONG}\n{MORE}") == expected


def test_a_heading_of_a_box_that_is_left_out_goes_with_it() -> None:
    box = "<h3>Related</h3><ul><li><a href=/a>One</a><li><a href=/b>Two</a></ul>"
    html = f"<div><h1>Act</h1><p>{LONG}</p><div>{box}</div><p>{MORE}</p></div>"
    assert kept(html, f"{LONG}\n{MORE}") == ["Act", LONG, MORE]
    toc = "<ul><li><a href=#a>One</a><li><a href=#b>Two</a></ul>"
    assert kept(f"<div><h1>Act</h1>{toc}<p>{LONG}</p></div>", LONG) == ["Act", LONG]


FRAGMENTS = st.sampled_from(
    [f"<p>{LONG}</p>", f"<p>{MORE}</p>", "<h2>x</h2>", "<nav>", "</nav>", "<div>", "</div>", "<p>y</p>",
     "<ul><li>a<li>b</ul>", "<aside>", "</aside>", "<table><tr><th>a<td>b</table>"]
)  # fmt: skip


@given(
    st.lists(FRAGMENTS, max_size=25).map("".join),
    st.sampled_from(["", LONG, f"{LONG}\n{MORE}", "z"]),
)
def test_pieces_stay_in_order_and_none_is_made_up(html: str, chosen: str) -> None:
    body = walk(lxml_html.document_fromstring(f"<body>{html}</body>"))
    pieces = put_together(body.runs)
    numbers = {id(piece): number for number, piece in enumerate(pieces)}
    found = content_of(pieces, body, Choice(chosen))
    places = [numbers[id(piece)] for piece in found]
    assert places == sorted(set(places))
    assert not found or found[-1].kind is not BlockKind.HEADING
    if chosen and LONG in html and f"<p>{LONG}</p>" in html:
        assert chosen == "z" or any(piece.text == LONG for piece in found)
