"""The text of a run: white space, and where its links stand; pure."""

import re
from textwrap import dedent
from unicodedata import is_normalized

from corpora.document import normalise_text

LINE = "\u2028"
"""Marks a line break while other white space is collapsed."""
LINK_START, LINK_END = "\ue000", "\ue001"
"""Mark where links stand while a run is put together; a page's own are taken out."""

_MARKS = re.compile(f"([{LINK_START}{LINK_END}])")


def collapse(text: str) -> str:
    """One line for each `LINE`, other white space collapsed."""
    if text.isascii():  # most runs, and without line breaks
        plain = " ".join(text.split())
        if plain.isprintable():
            return plain
    lines = normalise_text(text).split(LINE)
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))


def clean(raw: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of a run, and where its links stand in it."""
    if LINK_START not in raw and LINK_END not in raw:
        return collapse(raw), []
    return _take_marks(collapse(raw), keeps_space=False)


def clean_code(raw: str) -> tuple[str, list[tuple[int, int]]]:
    """As `clean`, with lines kept, and indentation beyond that of all of them."""
    text = dedent(normalise_text(raw).expandtabs(8).strip("\n"))
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _take_marks(lines.strip("\n"), keeps_space=True)


def _take_marks(text: str, *, keeps_space: bool) -> tuple[str, list[tuple[int, int]]]:
    """Text without marks; the spans of links in the order in which they start."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    open_spans: list[int] = []
    length, last = 0, "\n"
    for part in _MARKS.split(text):
        if part == LINK_START:
            open_spans.append(len(spans))
            spans.append((length, length))
        elif part == LINK_END:
            if open_spans:
                number = open_spans.pop()
                spans[number] = (spans[number][0], length)
        else:
            if not keeps_space and last in " \n":
                part = part.lstrip(" \n")
            if part:
                parts.append(part)
                length += len(part)
                last = part[-1]
    joined = "".join(parts).rstrip()
    if not is_normalized("NFC", joined):  # an accent apart from its letter at the end of a link
        return normalise_text(joined), [(0, 0) for _ in spans]
    end = len(joined)
    return joined, [(min(start, end), min(stop, end)) for start, stop in spans]
