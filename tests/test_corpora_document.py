"""The records and how texts and ids are made."""

import unicodedata
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from corpora.document import (
    BLOCK_SEPARATOR,
    Block,
    BlockKind,
    Document,
    DocumentKind,
    OffsetBase,
    SourceRef,
    identify,
    normalise_text,
)
from corpora.plain_text import line_blocks, paragraph_blocks

any_text = st.text(
    st.characters() | st.sampled_from("\x00\xad\u200b\ufeff\u0301\r\n "), max_size=60
)


def document(*texts: str) -> Document:
    source = SourceRef("f", 0, 1, OffsetBase.FILE, "", datetime(2024, 1, 1, tzinfo=UTC))
    blocks = tuple(Block(text, BlockKind.PARAGRAPH) for text in texts)
    return Document(identify("paper:1"), None, None, None, None, DocumentKind.PAPER, source, blocks)


def test_text_is_the_blocks_joined_by_one_blank_line() -> None:
    assert document().text == ""
    assert document("a").text == "a"
    assert document("a", "b\nc").text == f"a{BLOCK_SEPARATOR}b\nc"


def test_ids_are_stable_and_short() -> None:
    # Written down, since every index on disk holds such ids.
    assert identify("https://example.org/") == "3eeedd5061369734a07f3f84d4a2a757"


def test_what_splits_words_invisibly_is_dropped() -> None:
    assert normalise_text("au\xadthor\u200bity\ufeff") == "authority"
    assert normalise_text("a\x00b\ud800c") == "a\ufffdb?c"


@given(any_text)
def test_normalised_text_can_be_stored_and_is_stable(text: str) -> None:
    once = normalise_text(text)
    assert once.encode().decode() == once
    assert unicodedata.is_normalized("NFC", once)
    assert normalise_text(once) == once


@given(any_text)
def test_plain_text_blocks_are_clean(text: str) -> None:
    for block in (*paragraph_blocks(text), *line_blocks(text)):
        assert block.text
        assert block.text == block.text.strip()
        assert normalise_text(block.text) == block.text


@given(st.lists(st.from_regex(r"[a-z]+(\n[a-z]+)?", fullmatch=True), max_size=5),
       st.sampled_from(["\n\n", "\r\n\r\n", "\n \t\n", "\r\r", "\n\n\n\n"]))  # fmt: skip
def test_paragraphs_are_what_stands_between_blank_lines(texts: list[str], gap: str) -> None:
    assert [block.text for block in paragraph_blocks(gap.join(texts))] == texts
