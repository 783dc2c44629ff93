"""Titles and authors that files state of themselves, where these can be believed."""

import re

from corpora.document import normalise_text

MAX_TITLE_CHARS = 300
_MIN_TITLE_CHARS = 4
_MAX_NAMES_CHARS = 4_000
_JUNK_TITLE = re.compile(
    r"\W*(?:microsoft (?:word|powerpoint|excel)\b.*|untitled.*|no ?title|title|document ?\d*|"
    r"presentation ?\d*|slide ?\d*|powerpoint presentation|new document|template|draft|sheet ?\d+|"
    r".*\.(?:docx?|pdf|tex|dvi|ps|eps|indd|qxd|pptx?|xlsx?|rtf|od[tps]|html?|txt|p65|wpd|cdr)|"
    r"(?:[a-z]:)?[\\/]\S.*|\S*[_\\/]\S*|[\W\d]*)\W*",
    re.IGNORECASE,
)
_JUNK_AUTHOR = re.compile(
    r"(?:admin\w*|user\w*|unknown|anonymous|author|owner|guest|root|default|microsoft.*|.*\.com)",
    re.IGNORECASE,
)
_NOTE = re.compile(r"[\d*†‡§¶∗]+(?:,\d+)*")
_BETWEEN = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s+&\s+")


def stated_title(text: str) -> str | None:
    """The title; None where it is the name of a file, of a program or of nothing."""
    title = one_line(text)
    is_fit = _MIN_TITLE_CHARS <= len(title) <= MAX_TITLE_CHARS
    return title if is_fit and not _JUNK_TITLE.fullmatch(title) else None


def stated_authors(text: str) -> tuple[str, ...]:
    """Full names; none where one of them is a machine's or an account's."""
    stated = one_line(_NOTE.sub("", text[:_MAX_NAMES_CHARS]))
    parts = stated.split(";") if ";" in stated else _BETWEEN.split(stated)
    names = tuple(name for part in parts if (name := part.strip(" ,")))
    is_plausible = all(
        2 <= len(name.split()) <= 6 and not _JUNK_AUTHOR.fullmatch(name) for name in names
    )
    return names if is_plausible else ()


def one_line(text: str) -> str:
    """Normalised, white space collapsed."""
    return normalise_text(" ".join(text.split())).strip()
