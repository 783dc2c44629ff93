"""PDF to blocks: text in reading order, with headings, lists, captions and footnotes.

What decides is where words stand and how large they are. Headers, footers and page numbers that
repeat are dropped; rotated text is passed over.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from corpora.document import Block, BlockKind, normalise_text
from indexer.parsed import Parsed, Unreadable
from indexer.pdf_facts import published_of, title_of
from indexer.pdf_layout import CAPTION, Paragraph, body_size, items, paragraphs, without_furniture
from indexer.pdf_lines import Line, page_lines
from indexer.pdf_words import Page, PdfFile
from indexer.stated import stated_authors

MAX_PAGES = 500
"""Pages that are read of a longer PDF."""
MAX_TEXT_CHARS = 5_000_000
"""Characters after which no further page is read."""

MAX_LINES = 150_000
"""Lines likewise; 500 full pages of two columns have 60,000."""

_FIRST_LINES = 300
_MIN_LETTERS = 20
_MIN_LETTERS_PER_PAGE = 3
_MAX_GARBLED_SHARE = 0.3
_LARGER = 1.1
_SMALLER = 0.93
_HEADING_CHARS = 200
_HEADING_LINES = 3
_UNNUMBERED = 9.0  # a run-in heading between numbered ones
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_NUMBER = re.compile(r"((?:\d{1,2}|[A-Z])(?:\.\d{1,2}){0,4})\.?\s+[^\W\d_]")
_NOTE_MARK = re.compile(r"(?:\d{1,2}|[*†‡§¶∗])\s*[^\W\d_]")


def read_pdf(content: bytes) -> Parsed:
    """The text of a PDF in reading order.

    Raises:
        Unreadable: the PDF is broken, encrypted or has no text layer.
    """
    with closing(PdfFile(content)) as file:
        facts, count = file.facts, len(file)
        lines, first, notes = _read_pages(file)
    _check_text(lines, count)
    body = without_furniture(lines)
    found = paragraphs(body)
    title = title_of(facts, found, body_size(body))
    return Parsed(
        blocks=tuple(_blocks(found, body_size(body), title)),
        title=title,
        published=published_of(facts, first.aside, _text_of(lines[:2])),
        authors=stated_authors(facts.get("Author", "")),
        notes=notes,
    )


def _read_pages(file: PdfFile) -> tuple[list[list[Line]], Page, tuple[str, ...]]:
    """The lines of each page, the first page, and what was left out."""
    pages: list[list[Line]] = []
    first = Page(())
    broken = cut = chars = count = 0
    for page in file.pages(MAX_PAGES):
        broken += page is None
        cut += page is not None and page.is_cut
        page = page or Page(())
        first = first if pages else page
        pages.append(page_lines(page.words, len(pages)))
        chars += sum(len(word.text) + 1 for word in page.words)
        count += len(pages[-1])
        if chars > MAX_TEXT_CHARS or count > MAX_LINES:
            break
    if broken and broken == len(pages):
        raise Unreadable("broken pdf", f"none of {broken} pages can be read", damaged=True)
    notes = []
    if len(pages) < len(file):
        notes.append(f"{len(pages)} of {len(file)} pages read")
    if broken:
        notes.append(f"{broken} pages broken")
    if cut:
        notes.append(f"{cut} pages cut")
    return pages, first, tuple(notes)


def _text_of(pages: Sequence[Sequence[Line]]) -> str:
    return " ".join(line.text for page in pages for line in page[:_FIRST_LINES])


def _check_text(pages: Sequence[Sequence[Line]], count: int) -> None:
    """Refuses scans and fonts whose characters nobody can name.

    Raises:
        Unreadable: for either.
    """
    text = "".join(line.text for page in pages for line in page).replace(" ", "")
    letters = sum(character.isalnum() for character in text)
    garbled = sum(character == "\ufffd" or _is_unnamed(character) for character in text)
    if text and garbled > _MAX_GARBLED_SHARE * len(text):
        raise Unreadable("garbled text layer", f"{garbled} of {len(text)} characters unknown")
    if letters < max(_MIN_LETTERS, _MIN_LETTERS_PER_PAGE * min(count, MAX_PAGES)):
        raise Unreadable("no text layer", f"{letters} letters on {count} pages")


def _is_unnamed(character: str) -> bool:
    """Whether a character is of private use or a control."""
    code = ord(character)
    return 0xE000 <= code < 0xF900 or code < 0x20 or 0x7F <= code < 0xA0 or code >= 0xF0000


def _blocks(found: Sequence[Paragraph], body: float, title: str | None) -> Iterator[Block]:
    level = _levels(found, body)
    path: list[tuple[float, str]] = []  # (level: the smaller the higher, title)
    for group in items(found):
        texts = [text for paragraph in group if (text := _clean(paragraph.text))]
        if not any(character.isalnum() for text in texts for character in text):
            continue
        kind = BlockKind.LIST if group[0].is_item else _kind(group[0], texts[0], body)
        is_heading = kind is BlockKind.HEADING
        while is_heading and path and path[-1][0] >= level(group[0]):
            path.pop()
        yield Block("\n".join(texts), kind, tuple(heading for _, heading in path))
        if is_heading and texts[0] != title:
            path.append((level(group[0]), texts[0]))


def _levels(found: Sequence[Paragraph], body: float) -> Callable[[Paragraph], float]:
    """How high a heading stands: by its number where the text numbers them, else by its size."""
    headings = [each for each in found if _is_heading(each, _clean(each.text), body)]
    numbered = [each for each in headings if _NUMBER.match(_clean(each.text))]

    def by_number(paragraph: Paragraph) -> float:
        if number := _NUMBER.match(_clean(paragraph.text)):
            return float(number[1].count("."))
        largest = max(each.size for each in numbered)
        return 0.0 if paragraph.size >= 0.95 * largest else _UNNUMBERED

    def by_size(paragraph: Paragraph) -> float:
        return -round(paragraph.size * 2) / 2

    return by_number if len(numbered) > 1 else by_size


def _kind(paragraph: Paragraph, text: str, body: float) -> BlockKind:
    if CAPTION.match(text):
        return BlockKind.CAPTION
    if paragraph.size < _SMALLER * body and _NOTE_MARK.match(text):
        return BlockKind.FOOTNOTE
    return BlockKind.HEADING if _is_heading(paragraph, text, body) else BlockKind.PARAGRAPH


def _is_heading(paragraph: Paragraph, text: str, body: float) -> bool:
    if (
        not text
        or len(text) > _HEADING_CHARS
        or paragraph.lines > _HEADING_LINES
        or text[0].islower()
    ):
        return False
    letters = sum(character.isalpha() for character in text)
    if letters < 3 or letters < 0.5 * len(text.replace(" ", "")):
        return False
    number = _NUMBER.match(text)
    if text.endswith((",", ";")) or (text.endswith(".") and not number):
        return False
    is_bold = paragraph.is_bold and paragraph.size >= _SMALLER * body
    return is_bold or paragraph.size > _LARGER * body


def _clean(text: str) -> str:
    return normalise_text(" ".join(text.translate(_LIGATURES).split())).strip()
