"""Spans through cleaning: offsets that still hold what they held."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from corpora.document import normalise_text
from corpora.spans import normalise_spans

# What makes cleaning change lengths: marks that compose, jamo, dropped and replaced characters.
_ODD = "ae \u0301\u200b\u1100\u1161\u11a8\n[1]\ud800\x00\u09c7\u09be\u00e9\ufb01\u0b47\u0b3e"
pieces = st.lists(st.text(st.sampled_from(_ODD), max_size=6) | st.text(max_size=5), max_size=7)


@given(pieces)
def test_a_span_holds_its_normalised_marker(parts: list[str]) -> None:
    text, spans, at = "".join(parts), [], 0
    for part in parts:
        spans.append((at, at + len(part)))
        at += len(part)
    clean, moved = normalise_spans(text, spans)
    assert clean == normalise_text(text).strip()
    for part, (start, end), span in zip(parts, spans, moved, strict=True):
        if begins_anew(text[start : start + 1]) and begins_anew(text[end : end + 1]):
            assert (clean[slice(*span)] if span else "") == normalise_text(part).strip()
        elif span is not None:
            assert clean[slice(*span)].strip() == clean[slice(*span)] != ""


def begins_anew(character: str) -> bool:
    """Whether a character never belongs to the one before it."""
    if not character:
        return True
    is_jamo = 0x1160 <= ord(character) < 0x1200
    is_mark = unicodedata.category(character).startswith("M")
    return not is_mark and not is_jamo and normalise_text(character) != ""


def test_a_border_inside_a_character_moves_behind_it() -> None:
    assert normalise_spans(" Cafe\u0301 [1] ", [(1, 5), (5, 6), (7, 10)]) == (
        "Café [1]",
        [(0, 4), None, (5, 8)],
    )


def test_spans_outside_empty_or_reversed_are_none() -> None:
    spans = [(0, 9), (-1, 2), (2, 2), (2, 1), (1, 2)]
    assert normalise_spans("a b", spans) == ("a b", [None] * 5)
