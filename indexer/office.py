"""Office files to blocks: Word, PowerPoint, Excel, OpenDocument, EPUB.

All are zip archives of XML and read by what is in them, whatever they are called.
"""

from collections.abc import Callable
from datetime import date

from indexer.epub import read_epub
from indexer.office_outline import Outline
from indexer.office_package import Element, Package
from indexer.office_sheets import read_sheets
from indexer.office_slides import read_slides
from indexer.office_word import read_word
from indexer.open_document import read_open_document
from indexer.parsed import Parsed, Unreadable
from indexer.stated import one_line, stated_authors, stated_title

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = b"PK\x03\x04"
# In the order in which they are looked for; the key begins the name of the main part's folder.
_MICROSOFT: dict[str, Callable[[Package, str, Outline], str | None]] = {
    "word/document.xml": read_word,
    "ppt/presentation.xml": read_slides,
    "xl/workbook.xml": read_sheets,
}


def read_office(content: bytes) -> Parsed:
    """The text of a Word, PowerPoint, Excel, OpenDocument or EPUB file.

    Raises:
        Unreadable: the file is broken, encrypted, too large or of no kind that we know.
    """
    if content.startswith(_OLD):
        if _ENCRYPTED in content:
            raise Unreadable("encrypted", "the office file asks for a password")
        raise Unreadable("old office format", "from before 2007")
    if not content.startswith(_ZIP):
        raise Unreadable("not an office file", "it is no zip archive")
    package, outline = Package(content), Outline()
    if "META-INF/container.xml" in package and "content.xml" not in package:
        return _parsed(outline, None, read_epub(package, outline), is_book=True)
    if "content.xml" in package:
        _refuse_encrypted(package)
        title = read_open_document(package, outline)
        meta = package.xml("meta.xml")
        return _parsed(outline, title, meta.find("meta") if meta is not None else None)
    main = _main_part(package)
    for name, read in _MICROSOFT.items():
        if main.startswith(name.partition("/")[0]):
            title = read(package, main, outline)
            return _parsed(outline, title, package.xml("docProps/core.xml"))
    raise Unreadable("not an office file", "no main part that is known")


def _main_part(package: Package) -> str:
    """The part that a Microsoft file begins with; empty where there is none."""
    for kind, part in package.related("").values():
        if kind == "officeDocument" and part in package:
            return part
    return next((name for name in _MICROSOFT if name in package), "")


def _refuse_encrypted(package: Package) -> None:
    """Refuses an OpenDocument that is encrypted.

    Raises:
        Unreadable: it is.
    """
    manifest = package.xml("META-INF/manifest.xml")
    if manifest is not None and next(manifest.iter("encryption-data"), None) is not None:
        raise Unreadable("encrypted", "the office file asks for a password")


def _parsed(
    outline: Outline, title: str | None, meta: Element | None, *, is_book: bool = False
) -> Parsed:
    """What was read with what the file states of itself.

    Only a book's date is that of its publication; others have the day on which somebody took a
    template.
    """
    facts: dict[str, list[str]] = {}
    for element in meta if meta is not None else ():
        text = one_line(element.text or "")
        if isinstance(element.tag, str) and text:
            facts.setdefault(element.tag, []).append(text)
    creators = facts.get("creator" if is_book else "initial-creator") or facts.get("creator", [])
    authors = [name for creator in creators for name in stated_authors(creator)]
    stated = next(filter(None, map(stated_title, facts.get("title", []))), None)
    language = "".join(facts.get("language", [])[:1]).lower().partition("-")[0]
    return Parsed(
        blocks=outline.finish(),
        title=stated or one_line(title or "") or None,
        language=language if language.isalpha() and len(language) == 2 else None,
        published=_day("".join(facts.get("date", [])[:1])) if is_book else None,
        authors=tuple(dict.fromkeys(authors)),
        notes=outline.notes,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
