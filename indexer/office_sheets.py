"""Excel workbooks (xlsx) to blocks: each stretch of rows without a gap is a table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from corpora.table_rows import Cell
from indexer.office_outline import Outline, inline_text
from indexer.office_package import Element, Package, elements_of

MAX_ROWS = 50_000
"""Rows of all sheets together that are read."""
MAX_COLUMNS = 200
_MAX_STRINGS = 1_000_000

_LETTERS = re.compile(r"[A-Z]{1,3}")
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_DATE_FORMAT = re.compile(r"(?:y{2,4}|d{1,4}|m{3,4}|h{1,2}:m)", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - sheets know no time zone
_MAX_DAY = 2_958_465  # the last of the year 9999
_NOISE = re.compile(r"-?\d+\.\d{9,}(?:E[+-]?\d+)?")


def read_sheets(package: Package, main: str, outline: Outline) -> str | None:
    """Reads the sheets that are shown into the outline.

    Returns:
        None: a workbook's text has no title.
    """
    related = package.related(main)
    parts = {kind: part for kind, part in related.values()}
    strings = _strings(package, parts.get("sharedStrings", "xl/sharedStrings.xml"))
    dates = _date_styles(package.xml(parts.get("styles", "xl/styles.xml")))
    root = package.xml(main)
    sheets = list(root.iter("sheet")) if root is not None else []
    room = MAX_ROWS
    for sheet in sheets:
        _, part = related.get(str(sheet.get("rel-id")), ("", ""))
        if part not in package or sheet.get("state") in ("hidden", "veryHidden"):
            continue
        outline.leave(1)
        if len(sheets) > 1:
            outline.heading(1, str(sheet.get("name") or ""))
        rows = _rows(package, part, strings, dates, room)
        room -= len(rows)
        add_grid(outline, rows)
        if room <= 0:
            outline.note(f"{MAX_ROWS} rows read")
            break
    return None


def _rows(
    package: Package, part: str, strings: Sequence[str], dates: frozenset[int], room: int
) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = []
    last = 0
    with package.open(part) as file:
        for row in elements_of(file, "row"):
            number = str(row.get("r") or "")
            is_known = number.isdigit() and len(number) < 10
            if rows and is_known and int(number) > last + 1:
                rows.append(())  # rows without cells are not written
            last = int(number) if is_known else last + 1
            rows.append(_values(row, strings, dates))
            if len(rows) >= room:
                break
    return rows


def add_grid(outline: Outline, rows: Sequence[Sequence[str]]) -> None:
    """Adds the tables of a sheet: rows parted by empty ones; one with a single cell is text."""
    for group in _groups(rows):
        width = {at for row in group for at, text in enumerate(row) if text}
        columns = range(min(width), max(width) + 1)
        while group and sum(map(bool, group[0])) == 1 and len(columns) > 1:
            outline.add(next(filter(None, group[0])))  # a title over the table
            group = group[1:]
        cells = [[Cell(row[at] if at < len(row) else "") for at in columns] for row in group]
        if len(columns) == 1:
            for row in cells:
                outline.item(row[0].text)
        elif cells:
            outline.table(cells)


def _groups(rows: Sequence[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    group: list[Sequence[str]] = []
    for row in [*rows, ()]:
        if any(row):
            group.append(row)
        elif group:
            yield group
            group = []


def _strings(package: Package, part: str) -> list[str]:
    if part not in package:
        return []
    strings: list[str] = []
    with package.open(part) as file:
        for entry in elements_of(file, "si"):
            text = inline_text(entry, {}, ("rPh", "phoneticPr"), ("t",))
            strings.append(" ".join(text.split()))
            if len(strings) >= _MAX_STRINGS:
                break
    return strings


def _values(row: Element, strings: Sequence[str], dates: frozenset[int]) -> list[str]:
    values: list[str] = []
    for cell in row.iter("c"):
        place = _LETTERS.match(str(cell.get("r") or ""))
        at = _column(place[0]) if place else len(values)
        if not len(values) <= at < MAX_COLUMNS:
            continue
        values += [""] * (at - len(values))
        values.append(_value(cell, strings, dates))
    return values


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: Element, strings: Sequence[str], dates: frozenset[int]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return " ".join(inline_text(cell, {}, ("rPh",), ("t",)).split())
    text = " ".join(str(cell.findtext("v") or "").split())
    match kind:
        case "s":
            return strings[int(text)] if text.isdigit() and int(text) < len(strings) else ""
        case "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text, text)
        case "e":
            return ""
        case "str" | "d":
            return text
    style = str(cell.get("s") or "")
    is_date = style.isdigit() and int(style) in dates
    return _date(text) if is_date else _number(text)


def _number(text: str) -> str:
    """A number as people write it: 0.1 rather than 0.10000000000000001."""
    try:
        return f"{float(text):.10g}" if _NOISE.fullmatch(text) else text
    except ValueError:
        return text


def _date(text: str) -> str:
    try:
        days = float(text)
    except ValueError:
        return text
    if not 0 <= days <= _MAX_DAY:
        return text
    when = _EPOCH + timedelta(seconds=round(days * 86_400))
    if days < 1:
        return when.strftime("%H:%M:%S")
    return when.date().isoformat() if days == int(days) else when.isoformat(" ", "minutes")


def _date_styles(root: Element | None) -> frozenset[int]:
    """Which cell styles show their number as a date."""
    if root is None:
        return frozenset()
    own: Mapping[str, str] = {
        str(each.get("numFmtId")): _QUOTED.sub("", str(each.get("formatCode") or ""))
        for each in root.iter("numFmt")
    }
    styles = root.find("cellXfs")
    found = set()
    for at, style in enumerate(styles if styles is not None else ()):
        number = str(style.get("numFmtId") or "")
        built_in = number.isdigit() and int(number) in _DATE_FORMATS
        if built_in or _DATE_FORMAT.search(own.get(number, "")):
            found.add(at)
    return frozenset(found)
