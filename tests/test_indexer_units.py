"""Units partition a document, fit, and are cut where a reader would cut."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Block, BlockKind
from indexer.units import Size, cut_to_size, units


def count(texts: list[str] | tuple[str, ...] | object) -> list[int]:
    """A toy tokeniser: a token for every four characters."""
    assert isinstance(texts, list | tuple)
    return [-(-len(text) // 4) for text in texts]


def cuts(text: str, words: int) -> list[str]:
    most = Size.limit(words, 1_000)
    return [text[start:end] for start, end, _ in cut_to_size(text, 0, len(text), most, count)]


def test_a_sentence_too_long_is_halved_at_a_space() -> None:
    assert cuts("one two three four five six", 4) == ["one two three ", "four five six"]


def test_without_spaces_a_clause_is_looked_for() -> None:
    text = "水在标准大气压下，到零度就会开始结冰"
    assert cuts(text, 1) == ["水在标准大气压下，", "到零度就会开始结冰"]


@pytest.mark.parametrize("mark", ["\u0301", "ั", "्", "\u0323\u0301"])
def test_marks_stay_on_their_character(mark: str) -> None:
    text = f"x{mark}" * 40
    parts = cuts(text, 2)
    assert "".join(parts) == text
    assert len(parts) > 1
    assert not any(unicodedata.category(part[0])[0] == "M" for part in parts)


@given(
    st.text("ab .、，水\u0301。\n", max_size=200),
    st.integers(1, 6),
    st.integers(1, 20),
)
def test_cuts_partition_and_fit(text: str, words: int, tokens: int) -> None:
    most = Size.limit(words, tokens)
    parts = cut_to_size(text, 0, len(text), most, count)
    assert "".join(text[start:end] for start, end, _ in parts) == text
    assert all(size.fits(most) or end - start == 1 for start, end, size in parts)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.TABLE]),
            st.text("ab 水。", min_size=1, max_size=60).filter(lambda text: text.strip() == text),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_units_partition_a_document(parts: list[tuple[BlockKind, str]]) -> None:
    blocks = [Block(text, kind) for kind, text in parts]
    text = "\n\n".join(block.text for block in blocks)
    found = list(units(blocks, text, Size.limit(8, 20), count))
    assert "".join(text[unit.start : unit.end] for unit in found) == text
    assert all(unit.has_text or unit.opens for unit in found)


@pytest.mark.parametrize("part", ["水", "a", "\u0301", "ก", "，", " "])
def test_a_megabyte_without_a_stop_takes_no_time(part: str) -> None:
    text = part * 300_000
    before = time.process_time()
    parts = cut_to_size(text, 0, len(text), Size.limit(300, 256), count)
    assert time.process_time() - before < 20
    assert parts[-1][1] == len(text)
