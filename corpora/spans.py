"""Spans of a text that is cleaned: where they are afterwards."""

import unicodedata
from collections.abc import Iterable, Sequence

from corpora.document import normalise_text

_JAMO = range(0x1160, 0x1200)  # vowels and finals, which melt into the syllable before them


def normalise_spans(
    text: str, spans: Sequence[tuple[int, int]]
) -> tuple[str, list[tuple[int, int] | None]]:
    """A text normalised and stripped, with its spans.

    A span's border inside a composed character moves behind that character.

    Args:
        text: raw.
        spans: (start, end) in code points of `text`; may overlap or lie outside.

    Returns:
        `normalise_text(text).strip()`, and for each span where it stands in there; None for one
        that is outside or of which nothing but white space is left.
    """
    valid = [span for span in spans if 0 <= span[0] < span[1] <= len(text)]
    places = _normalised_places(text, {border for span in valid for border in span})
    clean = normalise_text(text)
    begin = len(clean) - len(clean.lstrip())
    clean = clean.strip()
    moved: list[tuple[int, int] | None] = []
    for start, end in spans:
        if start not in places or end not in places or start >= end:
            moved.append(None)
            continue
        first = min(max(places[start] - begin, 0), len(clean))
        last = min(max(places[end] - begin, 0), len(clean))
        moved.append(_stripped(clean, first, last))
    return clean, moved


def _normalised_places(text: str, borders: Iterable[int]) -> dict[int, int]:
    """Where each border of the raw text stands in the normalised one."""
    places: dict[int, int] = {}
    done, length = 0, 0
    for border in sorted(borders):
        cut = max(border, done)
        while 0 < cut < len(text) and not _is_safe(text[cut]):
            cut += 1
        length += len(normalise_text(text[done:cut]))
        done = cut
        places[border] = length
    return places


def _is_safe(character: str) -> bool:
    """Whether a text may be cut before this character and normalised in pieces."""
    if character.isascii():
        return True
    is_mark = unicodedata.category(character).startswith("M")
    return not is_mark and ord(character) not in _JAMO and normalise_text(character) != ""


def _stripped(text: str, first: int, last: int) -> tuple[int, int] | None:
    marker = text[first:last]
    first += len(marker) - len(marker.lstrip())
    last -= len(marker) - len(marker.rstrip())
    return (first, last) if first < last else None
