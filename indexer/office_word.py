"""Word documents (docx) to blocks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpora.document import BlockKind
from corpora.table_rows import Cell, span_of
from indexer.office_outline import Outline, inline_text
from indexer.office_package import Element, Package

_MARKS = {"br": "\n", "cr": "\n", "p": "\n", "tab": " ", "noBreakHyphen": "-", "tbl": "\n"}
_SKIPPED = frozenset({"del", "moveFrom", "pPr", "rPr", "tcPr", "trPr", "instrText", "delText"})
_TEXT = frozenset({"t"})
_CONTAINERS = frozenset({"sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "body"})
_HEADING = re.compile(r"heading (\d)")
_MAX_BASES = 12


@dataclass(frozen=True, slots=True)
class _Style:
    """What a style's name and outline say.

    Attributes:
        name: lowercase.
        level: of a heading, from 1; None where it is none.
        is_list: whether it numbers or marks its paragraphs.
    """

    name: str
    level: int | None
    is_list: bool


_PLAIN = _Style("", None, False)


def read_word(package: Package, main: str, outline: Outline) -> str | None:
    """Reads the main part into the outline.

    Returns:
        The title that the text itself has, in the style of that name; None without one.
    """
    related = {kind: part for kind, part in package.related(main).values()}
    styles = _styles(package.xml(related.get("styles", "word/styles.xml")))
    notes = {
        kind: _notes(package.xml(related.get(kind, f"word/{kind}.xml")))
        for kind in ("footnotes", "endnotes")
    }
    title = None
    for element in _children(package.xml(main)):
        if outline.is_full:
            break
        if element.tag == "tbl":
            outline.table(list(_rows(element)))
        elif element.tag == "p":
            style = styles.get(_value(element.find("pPr/pStyle")), _PLAIN)
            text = _text(element)
            _paragraph(outline, element, style, text)
            title = title or (text if style.name == "title" else None)
        for note in element.iter("footnoteReference", "endnoteReference"):
            kind = "footnotes" if note.tag == "footnoteReference" else "endnotes"
            outline.add(notes[kind].get(str(note.get("id")), ""), BlockKind.FOOTNOTE)
    return title


def _paragraph(outline: Outline, element: Element, style: _Style, text: str) -> None:
    stated = element.find("pPr/outlineLvl")
    level = style.level if stated is None else _level(stated)
    number = element.find("pPr/numPr")
    if level is not None:
        outline.heading(level, text)
    elif style.name == "title":
        outline.heading(0, text)
    elif "code" in style.name or "preformatted" in style.name:
        outline.code("".join(node.text or "" for node in element.iter("t")))
    elif style.name == "caption":
        outline.add(text, BlockKind.CAPTION)
    elif _value(element.find("pPr/numPr/numId")) not in ("", "0"):
        depth = _value(number.find("ilvl"))
        outline.item(text, int(depth) if depth.isdigit() else 0)
    elif style.is_list and number is None:
        outline.item(text)
    else:
        outline.add(text)


def _children(root: Element | None) -> Iterator[Element]:
    """Paragraphs and tables of the text, also those that are wrapped."""
    body = root.find("body") if root is not None else None
    waiting = [iter(body)] if body is not None else []
    while waiting:
        for element in waiting[-1]:
            if element.tag in _CONTAINERS:
                waiting.append(iter(element))
                break
            yield element
        else:
            waiting.pop()


def _text(element: Element) -> str:
    return inline_text(element, _MARKS, _SKIPPED, _TEXT, _is_hidden)


def _is_hidden(element: Element) -> bool:
    mark = element.find("rPr/vanish") if element.tag == "r" else None
    return mark is not None and mark.get("val") not in ("0", "false", "off")


def _rows(table: Element) -> Iterator[list[Cell]]:
    for row in table.iterdescendants("tr"):
        if next(row.iterancestors("tbl")) is not table:
            continue  # of a table in a cell, whose text is the cell's
        is_header = row.find("trPr/tblHeader") is not None
        cells = []
        for cell in row.iterdescendants("tc"):
            if next(cell.iterancestors("tr")) is not row:
                continue
            merged = cell.find("tcPr/vMerge")
            goes_on = merged is not None and merged.get("val") != "restart"
            text = "" if goes_on else " ".join(_text(cell).split())
            cells.append(Cell(text, is_header, span_of(_value(cell.find("tcPr/gridSpan")))))
        yield cells


def _styles(root: Element | None) -> Mapping[str, _Style]:
    found = {
        str(style.get("styleId")): style
        for style in (root.iter("style") if root is not None else ())
    }
    return {name: _style(style, found) for name, style in found.items()}


def _style(style: Element, known: Mapping[str, Element]) -> _Style:
    name = _value(style.find("name")).lower()
    level: int | None = None
    is_list = False
    heading = _HEADING.match(name)
    for _ in range(_MAX_BASES):  # a style inherits from the one it is based on
        stated = style.find("pPr/outlineLvl")
        if level is None and stated is not None:
            level = _level(stated)
        is_list = is_list or _value(style.find("pPr/numPr/numId")) not in ("", "0")
        base = known.get(_value(style.find("basedOn")))
        if base is None:
            break
        style = base
        heading = heading or _HEADING.match(_value(style.find("name")).lower())
    return _Style(name, int(heading[1]) if heading else level, is_list or name.startswith("list "))


def _level(outline_level: Element) -> int | None:
    """A heading's level from 1; Word counts from 0 and means body text by 9."""
    value = str(outline_level.get("val"))
    return int(value) + 1 if value.isdigit() and int(value) < 9 else None


def _notes(root: Element | None) -> dict[str, str]:
    """The text of each note by its id; separators are of a type of their own."""
    notes = root.iterchildren() if root is not None else ()
    return {str(note.get("id")): _text(note) for note in notes if note.get("type") is None}


def _value(element: Element | None) -> str:
    return "" if element is None else str(element.get("val") or "")
