"""Page source made safe to parse."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from indexer.markup import MAX_DEPTH, flatten, tame


def depth_of(html: str) -> int:
    deepest = depth = 0
    for part in html.split("<")[1:]:
        depth += -1 if part.startswith("/") else 1
        deepest = max(deepest, depth)
    return deepest


def test_ordinary_pages_stay_as_they_are() -> None:
    html = (
        "<!DOCTYPE html><html><head><script>if (a<b) {'<div><div>'}</script></head><body>"
        "<div class='a > b'><p>x<p>y <b>z</b><br><!-- <div> --></div></body></html>" * 20
    )
    assert tame(html) == html
    assert flatten(html) == html


def test_deep_pages_keep_their_text() -> None:
    html = flatten("before" + "<div>" * 5_000 + "inner" + "</div>" * 5_000 + "after")
    assert depth_of(html) <= MAX_DEPTH
    text = LexborHTMLParser(html).text()
    assert text == "beforeinnerafter"


def test_tags_in_scripts_and_comments_do_not_count() -> None:
    html = "<script>" + "<div>" * 1_000 + "</script><!--" + "<div>" * 1_000 + "--><p>x</p>"
    assert flatten(html) == html


def test_what_is_hidden_too_deep_goes() -> None:
    html = "<div>" * 1_000 + "<div hidden><i>SECRET</i></div>shown" + "</div>" * 1_000
    assert "SECRET" not in flatten(html)
    assert "shown" in flatten(html)


def test_hidden_elements_with_too_many_attributes_stay_hidden() -> None:
    many = " ".join(f"a{n}=b" for n in range(50_000))
    assert "<p hidden>" in tame(f"<p {many} hidden>SECRET</p>")


def test_embedded_files_go() -> None:
    html = f"<img src='data:image/png;base64,{'A' * 10_000}'><p>x</p>"
    assert tame(html) == "<img src='data:,'><p>x</p>"


@pytest.mark.parametrize("tag", ["script", "title", "div", "a", "textarea"])
def test_xhtml_may_close_elements_at_once(tag: str) -> None:
    head = "<?xml version='1.0'?>"
    assert tame(f"{head}<{tag} id='x'/><p>y</p>") == f"{head}<{tag} id='x'></{tag}><p>y</p>"
    assert tame(f"<{tag}/><p>y</p>") == f"<{tag}/><p>y</p>"


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        "<a ",
        '<a "',
        '<a b="',
        "<!--",
        "</",
        "<a b='",
        "<script>",
        "<div\x00",
        "<a =",
        "<a>'",
        "&lt",
    ],
)
def test_no_source_takes_long(unit: str) -> None:
    flatten(unit * 200_000)  # a quadratic scan would take an hour
    tame(unit * 200_000)


PARTS = st.sampled_from(
    ["<div>", "</div>", "<b>", "</b>", "<p>", "text", "<script>", "</script>", "<!--", "-->", "<a b='", "'",
     '"', ">", "<div hidden>", "<span style=x>"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=60).map("".join), st.integers(0, 3))
def test_shallow_pages_are_never_changed(html: str, depth: int) -> None:
    page = "<div>" * depth + html
    if html.count("<b>") < 16:
        assert flatten(page) == page
