"""What a PDF says about itself: title, authors and date, where that can be believed."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from corpora.document import normalise_text
from indexer.pdf_layout import Paragraph

_JUNK_TITLE = re.compile(
    r"\W*(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|no ?title|title|document ?\d*|"
    r"presentation ?\d*|slide ?\d*|powerpoint presentation|new document|template|draft|"
    r".*\.(?:docx?|pdf|tex|dvi|ps|eps|indd|qxd|pptx?|xlsx?|rtf|odt|html?|txt|p65|wpd|cdr)|"
    r"(?:[a-z]:)?[\\/]\S.*|\S*[_\\/]\S*|[\W\d]*)\W*",
    re.IGNORECASE,
)
_JUNK_AUTHOR = re.compile(
    r"(?:admin\w*|user\w*|unknown|anonymous|author|owner|guest|root|default|microsoft.*|.*\.com)",
    re.IGNORECASE,
)
_NOTE = re.compile(r"[\d*†‡§¶∗]+(?:,\d+)*")
_CREATED = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_STAMP = re.compile(
    r"arXiv:\S+\s+\[[\w.-]+\]\s+(\d{1,2})\s+(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*\s+(\d{4})"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MIN_TITLE_CHARS = 8
_MAX_TITLE_CHARS = 300
_LARGER = 1.15


def title_of(facts: Mapping[str, str], found: Sequence[Paragraph], body: float) -> str | None:
    """The title its producer stated, else the largest text on the first page."""
    stated = _line(facts.get("Title", ""))
    if 4 <= len(stated) <= _MAX_TITLE_CHARS and not _JUNK_TITLE.fullmatch(stated):
        return stated
    first = [
        paragraph
        for paragraph in found
        if paragraph.first.page == 0 and paragraph.size > _LARGER * body
    ]
    for paragraph in sorted(first, key=lambda each: -each.size):
        text = _line(paragraph.text)
        letters = sum(character.isalpha() for character in text)
        if _MIN_TITLE_CHARS <= len(text) <= _MAX_TITLE_CHARS and letters > len(text) / 2:
            return text
    return None


def authors_of(facts: Mapping[str, str]) -> tuple[str, ...]:
    """The authors its producer stated; none where that is a machine's or an account's name."""
    stated = _line(_NOTE.sub("", facts.get("Author", "")))
    parts = re.split(
        r"\s*;\s*" if ";" in stated else r"\s*,\s*(?:and\s+)?|\s+and\s+|\s+&\s+", stated
    )
    names = tuple(name for part in parts if (name := part.strip(" ,")))
    is_plausible = all(
        2 <= len(name.split()) <= 6 and not _JUNK_AUTHOR.fullmatch(name) for name in names
    )
    return names if is_plausible else ()


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


def _line(text: str) -> str:
    return normalise_text(" ".join(text.split())).strip()
