"""OpenDocument texts, presentations and spreadsheets (odt, odp, ods) to blocks."""

from collections.abc import Iterator, Mapping

from corpora.document import BlockKind
from corpora.table_rows import MAX_CELLS, Cell, span_of
from indexer.office_outline import Outline, inline_text
from indexer.office_package import Element, Package
from indexer.office_sheets import MAX_COLUMNS, MAX_ROWS, add_grid

_MARKS = {"line-break": "\n", "p": "\n", "h": "\n", "tab": " ", "s": " ", "list-item": "\n"}
_SKIPPED = frozenset(
    {"note", "annotation", "annotation-end", "tracked-changes", "change", "bookmark", "desc",
     "title", "event-listeners", "object", "forms", "ruby-text"}
)  # fmt: skip
_NOT_TEXT = frozenset(
    {"tracked-changes", "forms", "sequence-decls", "variable-decls", "user-field-decls",
     "table-of-content", "alphabetical-index", "illustration-index", "table-index",
     "object-index", "user-index", "bibliography", "annotation"}
)  # fmt: skip
_BLOCKS = frozenset({"h", "p", "list", "table"})
_MAX_REPEATED = 100
_CAPTIONS = ("caption", "illustration", "table", "figure", "drawing")


def read_open_document(package: Package, outline: Outline) -> str | None:
    """Reads the content into the outline.

    Returns:
        The title that the text itself has; None without one.
    """
    root = package.xml("content.xml")
    body = root.find("body") if root is not None else None
    if body is None:
        return None
    styles = _styles(root)
    title = None
    for part in body:
        match part.tag:
            case "presentation" | "drawing":
                title = _pages(part, outline)
            case "spreadsheet":
                _sheets(part, outline)
            case _:
                title = _text(part, outline, styles)
    return title


def _text(part: Element, outline: Outline, styles: Mapping[str, str]) -> str | None:
    title = None
    for element in _blocks(part):
        if outline.is_full:
            break
        style = styles.get(str(element.get("style-name")), str(element.get("style-name") or ""))
        style = style.lower()
        text = "" if element.tag in ("list", "table") else _inline(element)
        match element.tag:
            case "h":
                outline.heading(span_of(element.get("outline-level")), text)
            case "list":
                _list(element, outline)
            case "table":
                outline.table(_rows(element))
            case _ if style == "title":
                title = title or text or None
                outline.heading(0, text)
            case _ if style.startswith(_CAPTIONS):
                outline.add(text, BlockKind.CAPTION)
            case _ if "preformatted" in style or "code" in style:
                outline.code(text)
            case _:
                outline.add(text)
        _notes(element, outline)
    return title


def _blocks(part: Element) -> Iterator[Element]:
    """Paragraphs, headings, lists and tables, also those in sections and frames."""
    waiting = [iter(part)]
    while waiting:
        for element in waiting[-1]:
            if element.tag in _BLOCKS:
                yield element
            elif element.tag not in _NOT_TEXT:
                waiting.append(iter(element))
                break
        else:
            waiting.pop()


def _list(element: Element, outline: Outline) -> None:
    """Items with their depth; the text of an item's paragraphs is one line."""
    for item in element.iter("list-item", "list-header"):
        depth = sum(1 for _ in item.iterancestors("list")) - 1
        parts = [_inline(each) for each in item.iterchildren("p", "h")]
        outline.item(" ".join(filter(None, parts)), depth)


def _notes(element: Element, outline: Outline) -> None:
    for note in element.iter("note"):
        body = note.find("note-body")
        if body is not None:
            outline.add(_inline(body), BlockKind.FOOTNOTE)


def _rows(table: Element) -> list[list[Cell]]:
    rows = []
    for row in table.iter("table-row"):
        if next(row.iterancestors("table")) is not table:
            continue
        parent = row.getparent()
        is_header = parent is not None and parent.tag == "table-header-rows"
        rows.append(
            [
                Cell(
                    " ".join(_inline(cell).split()),
                    is_header,
                    span_of(cell.get("number-columns-spanned")),
                    span_of(cell.get("number-rows-spanned")),
                )
                for cell in row.iterchildren("table-cell")
            ]
        )
    return rows


def _pages(part: Element, outline: Outline) -> str | None:
    first = None
    for page in part.iterchildren("page"):
        frames = [each for each in page.iter("frame", "custom-shape") if not _is_note(each)]
        titles = [each for each in frames if each.get("class") == "title"]
        title = " ".join(" ".join(_inline(each).split()) for each in titles).strip()
        first = first or title or None
        outline.leave(1)
        outline.heading(1, title)
        for frame in frames:
            if frame not in titles and frame.get("class") not in (
                "date-time",
                "footer",
                "page-number",
            ):
                _text(frame, outline, {})
        for notes in page.iterchildren("notes"):
            _text(notes, outline, {})
        if outline.is_full:
            break
    return first


def _is_note(frame: Element) -> bool:
    """Whether a frame belongs to the notes, or to another frame that is read itself."""
    return next(frame.iterancestors("notes", "frame"), None) is not None


def _sheets(part: Element, outline: Outline) -> None:
    tables = list(part.iterchildren("table"))
    room, cells = MAX_ROWS, MAX_CELLS
    for table in tables:
        outline.leave(1)
        if len(tables) > 1:
            outline.heading(1, str(table.get("name") or ""))
        rows: list[list[str]] = []
        for row in table.iter("table-row"):
            values = _values(row)
            # An empty sheet is a million repeated rows.
            times = span_of(row.get("number-rows-repeated")) if any(values) else 1
            rows += [values] * min(times, _MAX_REPEATED)
            cells -= len(values) * min(times, _MAX_REPEATED)
            if len(rows) >= room or cells < 0 or outline.is_full:
                break
        add_grid(outline, rows[:room])
        room -= len(rows)
        if room <= 0 or cells < 0:
            outline.note(f"{MAX_ROWS - max(room, 0)} rows read")
            break


def _values(row: Element) -> list[str]:
    values: list[str] = []
    for cell in row.iterchildren("table-cell", "covered-table-cell"):
        text = " ".join(_inline(cell).split())
        times = min(span_of(cell.get("number-columns-repeated")), MAX_COLUMNS - len(values))
        values += [text] * times
    return values


def _styles(root: Element) -> Mapping[str, str]:
    """The named style behind each of the document's own: they carry numbers for names."""
    return {
        str(style.get("name")): str(style.get("parent-style-name") or "").replace("_20_", " ")
        for style in root.iter("style")
        if style.get("parent-style-name")
    }


def _inline(element: Element) -> str:
    return inline_text(element, _MARKS, _SKIPPED)
