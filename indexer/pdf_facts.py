"""What a PDF says about itself: title, authors and date, where that can be believed."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from indexer.pdf_layout import Paragraph
from indexer.stated import MAX_TITLE_CHARS, one_line, stated_title

_CREATED = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_STAMP = re.compile(
    r"arXiv:\S+\s+\[[\w.-]+\]\s+(\d{1,2})\s+(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\s+(\d{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MIN_TITLE_CHARS = 8
_LARGER = 1.15


def title_of(facts: Mapping[str, str], found: Sequence[Paragraph], body: float) -> str | None:
    """The title its producer stated, else the largest text on the first page."""
    if stated := stated_title(facts.get("Title", "")):
        return stated
    first = [
        paragraph
        for paragraph in found
        if paragraph.first.page == 0 and paragraph.size > _LARGER * body
    ]
    for paragraph in sorted(first, key=lambda each: -each.size):
        text = one_line(paragraph.text)
        letters = sum(character.isalpha() for character in text)
        if _MIN_TITLE_CHARS <= len(text) <= MAX_TITLE_CHARS and letters > len(text) / 2:
            return text
    return None


def published_of(facts: Mapping[str, str], margin: str, text: str) -> date | None:
    """When it was published: arXiv's stamp, else the day of its making where its text agrees.

    A file may have been made again long after; the year has to stand on one of its first pages.

    Args:
        facts: what its producer wrote.
        margin: rotated text of the first page.
        text: of its first pages.
    """
    if stamp := _STAMP.search(" ".join(margin.split())):
        return _date(int(stamp[3]), _MONTHS.index(stamp[2]) + 1, int(stamp[1]))
    created = _CREATED.match(facts.get("CreationDate", ""))
    if created and re.search(rf"(?<!\d){created[1]}(?!\d)", text):
        return _date(*map(int, created.groups()))
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
