"""PowerPoint presentations (pptx) to blocks: a slide's title is a heading over its text."""

from corpora.table_rows import Cell, span_of
from indexer.office_outline import Outline, inline_text
from indexer.office_package import Element, Package

_MARKS = {"br": "\n", "tab": " "}
_SKIPPED = frozenset({"pPr", "rPr", "endParaRPr"})
_TEXT = frozenset({"t"})
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("dt", "ftr", "hdr", "sldNum")
_LISTS = ("body", "obj")
_MAX_SLIDES = 5_000


def read_slides(package: Package, main: str, outline: Outline) -> str | None:
    """Reads the slides that are shown, each with its speaker's notes, into the outline.

    Returns:
        The first slide's title; None without one.
    """
    related = package.related(main)
    root = package.xml(main)
    first = None
    for entry in list(root.iter("sldId"))[:_MAX_SLIDES] if root is not None else ():
        _, part = related.get(str(entry.get("rel-id")), ("", ""))
        slide = package.xml(part) if part else None
        if slide is None or slide.get("show") in ("0", "false") or outline.is_full:
            continue
        title = _slide(slide, outline)
        first = first or title
        for kind, other in package.related(part).values():
            notes = package.xml(other) if kind == "notesSlide" else None
            for shape in notes.iter("sp") if notes is not None else ():
                if _role(shape) == "body":
                    outline.add("\n".join(_paragraphs(shape)))
    return first


def _slide(slide: Element, outline: Outline) -> str | None:
    shapes = list(slide.iter("sp", "tbl"))
    titles = [shape for shape in shapes if _role(shape) in _TITLES]
    title = " ".join(" ".join(_paragraphs(shape)) for shape in titles).strip()
    outline.leave(1)
    outline.heading(1, title)
    for shape in shapes:
        if shape.tag == "tbl":
            outline.table([_cells(row) for row in shape.iter("tr")])
        elif shape not in titles and _role(shape) not in _FURNITURE:
            _shape(shape, outline)
    return title or None


def _shape(shape: Element, outline: Outline) -> None:
    """A shape's paragraphs: items of a list where several stand where lists do."""
    paragraphs = list(shape.iter("p"))
    is_list = _role(shape) in _LISTS and len(paragraphs) > 1
    for paragraph in paragraphs:
        text = _text(paragraph)
        level = paragraph.find("pPr")
        depth = str(level.get("lvl") or "0") if level is not None else "0"
        if is_list:
            outline.item(text, int(depth) if depth.isdigit() else 0)
        else:
            outline.add(text)


def _role(shape: Element) -> str:
    """What a shape is there for; empty for a text box."""
    place = shape.find("nvSpPr/nvPr/ph")
    return "" if place is None else str(place.get("type") or "obj")


def _cells(row: Element) -> list[Cell]:
    return [
        Cell(
            " ".join(" ".join(_paragraphs(cell)).split()),
            columns=span_of(cell.get("gridSpan")),
            rows=span_of(cell.get("rowSpan")),
        )
        for cell in row.iter("tc")
        if cell.get("hMerge") is None and cell.get("vMerge") is None
    ]


def _paragraphs(element: Element) -> list[str]:
    return [text for paragraph in element.iter("p") if (text := _text(paragraph))]


def _text(paragraph: Element) -> str:
    return inline_text(paragraph, _MARKS, _SKIPPED, _TEXT)
