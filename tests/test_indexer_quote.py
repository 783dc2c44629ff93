"""Passages found again as slices of a document, or the place where the two part."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Block, BlockKind, Document, DocumentKind
from indexer.quote import Difference, Quote, find_quote

TextMaker = Callable[..., Document]


def page(make_text: TextMaker, blocks: list[Block]) -> Document:
    return replace(
        make_text(*blocks), kind=DocumentKind.WEB, host="example.org", url="https://x.y/"
    )


def paragraphs(*texts: str) -> list[Block]:
    return [Block(text, BlockKind.PARAGRAPH) for text in texts]


TEXTS = st.text("ab \n💧é", min_size=1, max_size=8).map(str.strip).filter(bool)
BLOCKS = st.lists(
    st.tuples(TEXTS, st.sampled_from([BlockKind.PARAGRAPH, BlockKind.HEADING]), st.booleans()),
    min_size=1,
    max_size=8,
)


@given(BLOCKS, st.data())
def test_any_slice_is_found_whatever_furniture_was_dropped(
    make_text: TextMaker, drawn: list[tuple[str, BlockKind, bool]], data: st.DataObject
) -> None:
    # A text made of what parts blocks could stand in several places: texts are told apart here.
    blocks = [Block(f"{n}{text}{n}", kind) for n, (text, kind, _) in enumerate(drawn)]
    kept = [
        block
        for block, (_, kind, is_dropped) in zip(blocks, drawn, strict=True)
        if kind is BlockKind.HEADING or not is_dropped
    ]
    document = page(make_text, blocks)
    stored = replace(document, blocks=tuple(kept)).text
    end = data.draw(st.integers(0, len(stored)))
    start = data.draw(st.integers(0, end))
    found = find_quote(stored, start, end, document)
    assert isinstance(found, Quote)
    assert found.is_whole
    assert "".join(document.text[a:b] for a, b in found.spans) == stored[start:end]
    assert all(one[1] < other[0] for one, other in zip(found.spans, found.spans[1:], strict=False))


@given(BLOCKS, st.data())
def test_one_other_character_is_told(
    make_text: TextMaker, drawn: list[tuple[str, BlockKind, bool]], data: st.DataObject
) -> None:
    blocks = [Block(f"{n}{text}{n}", kind) for n, (text, kind, _) in enumerate(drawn)]
    document = page(make_text, blocks)
    text = document.text
    at = data.draw(st.integers(0, len(text) - 1).filter(lambda place: text[place] != "\n"))
    stored = f"{text[:at]}X{text[at + 1 :]}"
    found = find_quote(stored, 0, len(stored), document)
    assert isinstance(found, Difference)
    assert found.at == at
    assert "X" in found.expected
    # A passage beside it is proven all the same.
    for start, end in ((0, at), (at + 1, len(text))):
        beside = find_quote(stored, start, end, document)
        assert isinstance(beside, Quote)
        if start != end:
            assert not beside.is_whole
        assert "".join(text[a:b] for a, b in beside.spans) == text[start:end]


@pytest.mark.parametrize("kind", [BlockKind.HEADING, BlockKind.CODE, BlockKind.TABLE])
def test_only_furniture_may_be_missing(make_text: TextMaker, kind: BlockKind) -> None:
    first, middle, last = paragraphs("one", "two", "three")
    stored = "one\n\nthree"
    document = page(make_text, [first, middle, last])
    found = find_quote(stored, 0, len(stored), document)
    assert found == Quote(((0, 5), (10, 15)), is_whole=True)
    paper = replace(document, kind=DocumentKind.PAPER)
    fixed = page(make_text, [first, Block("two", kind), last])
    for each in (paper, replace(document, host=None), fixed):
        found = find_quote(stored, 0, len(stored), each)
        assert isinstance(found, Difference)
        assert (found.at, found.expected) == (6, "one\n\nthree")  # both begin with a t


def test_furniture_inside_of_a_document_that_differs_elsewhere(make_text: TextMaker) -> None:
    now = [Block("new", BlockKind.HEADING), *paragraphs("one", "cookies", "two", "three")]
    stored = "old\n\none\n\ntwo\n\nthree"
    found = find_quote(stored, 5, 15, page(make_text, now))
    assert found == Quote(((5, 10), (19, 24)), is_whole=False)


def test_nothing_in_common(make_text: TextMaker) -> None:
    found = find_quote("abc", 0, 3, page(make_text, paragraphs("xyz")))
    assert found == Difference(0, 0, "abc", "xyz")
    found = find_quote("abc\n\ndef", 5, 8, page(make_text, paragraphs("xyz")))
    assert isinstance(found, Difference)
    assert (found.at, found.expected) == (0, "def")


def test_a_document_that_has_become_shorter(make_text: TextMaker) -> None:
    found = find_quote("one\n\ntwo", 5, 8, page(make_text, paragraphs("one")))
    assert isinstance(found, Difference)
    assert (found.at, found.expected) == (0, "two")
