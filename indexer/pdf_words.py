"""The words of PDF pages with their places; only user of pypdfium2.

PDFium is written in C++ and reads hostile files: the caller runs it in a worker that may die.
"""

import ctypes
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from indexer.parsed import Unreadable

MAX_PAGE_CHARS = 30_000
"""Characters of a page that are read; a full page of small print has 10,000."""

_HYPHENS = ("\x02", "\ufffe")  # how PDFium writes a hyphen at which a line was broken
_FONT_NAME_BYTES = 128
_BOLD = ("bold", "black", "heavy", "medi", "demi", "cmbx", "sfbx")


@dataclass(frozen=True, slots=True)
class Word:
    """Characters without white space between them.

    Attributes:
        text: as PDFium decodes it.
        left, bottom, right, top: in points from the lower left corner, as the page is read.
        size: of its font, in points.
        is_bold: by the name of its font.
        is_broken: whether a line ended in its middle, so that the next word goes on with it.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    is_bold: bool
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a page in the order of its content.

    Attributes:
        words: those that run in the page's main direction.
        aside: the text of those that do not, such as a stamp in the margin.
        is_cut: whether there were more than are read.
    """

    words: tuple[Word, ...]
    aside: str = ""
    is_cut: bool = False


class PdfFile:
    """An open PDF.

    Raises:
        Unreadable: it is broken or encrypted.
    """

    def __init__(self, content: bytes) -> None:
        try:
            self._document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
                raise Unreadable("encrypted", "the pdf asks for a password") from error
            raise Unreadable("broken pdf", str(error), damaged=True) from error

    def close(self) -> None:
        """Frees what PDFium holds."""
        self._document.close()

    def __len__(self) -> int:
        """Pages."""
        return len(self._document)

    @property
    def facts(self) -> Mapping[str, str]:
        """What its producer wrote about it: Title, Author, CreationDate and others."""
        try:
            found: Mapping[str, str] = self._document.get_metadata_dict(skip_empty=True)
        except (pdfium.PdfiumError, UnicodeDecodeError):
            return {}
        return found

    def pages(self, limit: int) -> Iterator[Page | None]:
        """The first pages in order; None for one that is broken."""
        for number in range(min(len(self._document), limit)):
            try:
                with closing(self._document[number]) as page, closing(page.get_textpage()) as text:
                    yield _read_page(text)
            except pdfium.PdfiumError:
                yield None


def _read_page(page: pdfium.PdfTextPage) -> Page:
    count = min(page.count_chars(), MAX_PAGE_CHARS)
    turned: list[tuple[int, Word]] = []
    start = None
    text = _characters(page, count)
    for at, character in enumerate(text):
        if character.isspace() or character == "\x00":
            if start is not None:
                turned += _word(page, text, start, at)
            start = None
        elif character in _HYPHENS:
            turned += _word(page, text, at if start is None else start, at + 1)
            start = None
        elif start is None:
            start = at
    if start is not None:
        turned += _word(page, text, start, count)
    directions = Counter(direction for direction, word in turned for _ in word.text)
    main = directions.most_common(1)[0][0] if directions else 0
    words = tuple(_turn(word, main) for direction, word in turned if direction == main)
    aside = " ".join(word.text for direction, word in turned if direction != main)
    return Page(words, aside, page.count_chars() > count)


def _characters(page: pdfium.PdfTextPage, count: int) -> str:
    """One character for each that PDFium counts."""
    if count <= 0:
        return ""
    buffer = ctypes.create_string_buffer((count + 1) * 2)
    pointer = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
    pdfium_c.FPDFText_GetText(page, 0, count, pointer)
    text = buffer.raw[: count * 2].decode("utf-16-le", "replace")
    # Where some have no Unicode value the text is shorter and does not tell which.
    if len(text) == count and "\x00" not in text:
        return text
    codes = (pdfium_c.FPDFText_GetUnicode(page, at) for at in range(count))
    return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _word(page: pdfium.PdfTextPage, text: str, start: int, end: int) -> Iterator[tuple[int, Word]]:
    """The word at these characters, and its direction in quarter turns."""
    first, last = pdfium_c.FS_RECTF(), pdfium_c.FS_RECTF()
    matrix = pdfium_c.FS_MATRIX()
    found = (
        pdfium_c.FPDFText_GetLooseCharBox(page, start, first)
        and pdfium_c.FPDFText_GetLooseCharBox(page, end - 1, last)
        and pdfium_c.FPDFText_GetMatrix(page, start, matrix)
    )
    places = (first.left, first.bottom, last.right, last.top, matrix.c, matrix.d)
    if not found or not all(map(math.isfinite, places)):
        return
    is_broken = text[end - 1] in _HYPHENS
    direction = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
    scale = math.hypot(matrix.c, matrix.d)
    word = Word(
        text=text[start : end - 1] if is_broken else text[start:end],
        left=min(first.left, last.left),
        bottom=min(first.bottom, last.bottom),
        right=max(first.right, last.right),
        top=max(first.top, last.top),
        size=pdfium_c.FPDFText_GetFontSize(page, start) * scale,
        is_bold=_is_bold(page, start),
        is_broken=is_broken,
    )
    yield direction, word


def _is_bold(page: pdfium.PdfTextPage, at: int) -> bool:
    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    flags = ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(page, at, name, _FONT_NAME_BYTES, flags)
    lowercase = name.value.decode("latin-1").lower()
    return any(part in lowercase for part in _BOLD)


def _turn(word: Word, direction: int) -> Word:
    """The word as it stands when the page is turned so that text runs to the right."""
    left, bottom, right, top = word.left, word.bottom, word.right, word.top
    match direction:
        case 1:
            return replace(word, left=bottom, right=top, bottom=-right, top=-left)
        case 2:
            return replace(word, left=-right, right=-left, bottom=-top, top=-bottom)
        case 3:
            return replace(word, left=-top, right=-bottom, bottom=left, top=right)
        case _:
            return word
