"""The text of an S2ORC parse: paragraphs with citations, and what floats between them."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from corpora.citations import UNKNOWN, Mark, Reference, cited_text, reference_of
from corpora.document import BlockKind
from corpora.json_values import (
    BadShape,
    clean,
    line_at,
    list_at,
    object_or_empty,
    objects,
    text_at,
)
from corpora.sections import Paragraph
from corpora.table_rows import Cell, span_of, table_text

_ID_NAMES = {
    "acl": "acl", "aclid": "acl", "arxiv": "arxiv", "doi": "doi", "pmc": "pmc", "pmcid": "pmc",
    "pmid": "pubmed", "pubmed": "pubmed", "pubmedcentral": "pmc",
}  # fmt: skip
_FLOATS = {"figure": BlockKind.CAPTION, "table": BlockKind.CAPTION, "footnote": BlockKind.FOOTNOTE}
_PLACEHOLDER = re.compile(
    r"(?:BIB|FIG|TAB|SEC|FOOT|EQ)REF(\d+)|INLINEFORM\d+|DISPLAYFORM\d+|EQUATION"
)
_LABEL = re.compile(
    r"\s*(?:fig|tab|scheme|chart|plate|box|algorithm|supplement|extended)", re.IGNORECASE
)
_ROW = re.compile(r"<(?:tr|row)\b[^>]{0,999}>", re.IGNORECASE)
_CELL = re.compile(r"<(t[dh]|cell)\b([^>]{0,999})>", re.IGNORECASE)
_SPAN = re.compile(r"\b(colspan|rowspan|cols|rows)\s*=\s*[\"']?(\d{1,9})", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,999}>")
MAX_TABLE_CHARS = 1_000_000
"""A table's markup is read so far."""


class S2orcText:
    """Reads the paragraphs of one parse.

    Args:
        parse: holds `bib_entries` and `ref_entries`.
    """

    def __init__(self, parse: Mapping[str, object]) -> None:
        self._references = _references(object_or_empty(parse.get("bib_entries")))
        self._floats = object_or_empty(parse.get("ref_entries"))
        self._placed: set[str] = set()

    def paragraphs(self, parse: Mapping[str, object], field: str) -> list[Paragraph]:
        """The paragraphs of a field.

        Raises:
            BadShape: it holds something else.
        """
        section = "Abstract" if field == "abstract" else ""
        return [self._paragraph(entry, field, section) for entry in list_at(parse, field)]

    def with_floats(
        self, paragraphs: list[Paragraph], entries: list[object]
    ) -> Iterator[Paragraph]:
        """Paragraphs, each followed by the figures, tables and footnotes it is first to name.

        Args:
            paragraphs: read from `entries`, one each.
            entries: as the parse has them.
        """
        for paragraph, entry in zip(paragraphs, entries, strict=True):
            yield paragraph
            for span in objects(object_or_empty(entry).get("ref_spans")):
                name = text_at(span, "ref_id")
                yield from self._float(name, paragraph.section, paragraph.number)
        for name in self._floats:
            yield from self._float(name, "", "")

    def _paragraph(self, entry: object, field: str, section: str) -> Paragraph:
        if isinstance(entry, str):
            return Paragraph(clean(entry), section, "")
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            raise BadShape(f"{field} holds {type(entry).__name__} without text")
        text, citations = cited_text(entry["text"], self._marks(entry))
        number = text_at(entry, "sec_num")
        section = section or _section(entry)
        return Paragraph(text, section, number, citations=citations)

    def _marks(self, entry: Mapping[str, object]) -> Iterator[Mark]:
        text = str(entry["text"])
        for span in objects(entry.get("cite_spans")):
            if (place := place_of(span)) is not None:
                name = text_at(span, "ref_id")
                reference = self._references.get(name, UNKNOWN)
                yield Mark(*place, _written(text[slice(*place)], "[{}]"), reference)
        for span in objects(entry.get("ref_spans")):
            if (place := place_of(span)) is not None and _is_placeholder(text[slice(*place)]):
                yield Mark(*place, _written(text[slice(*place)], "{}"))
        for span in objects(entry.get("eq_spans")):
            formula = line_at(span, "latex", "raw_str")
            place = place_of(span)
            if formula and place is not None and _is_placeholder(text[slice(*place)]):
                is_latex = bool(line_at(span, "latex"))
                number = line_at(span, "eq_num")
                yield Mark(*place, f"${formula}$" if is_latex else f"{formula} {number}".strip())

    def _float(self, name: str, section: str, number: str) -> Iterator[Paragraph]:
        entry = object_or_empty(self._floats.get(name))
        kind = _FLOATS.get(text_at(entry, "type_str", "type").lower())
        if name in self._placed or kind is None:
            return
        self._placed.add(name)
        caption = _caption(entry)
        if caption:
            yield Paragraph(caption, section, number, kind)
        if table := _table(text_at(entry, "html", "content")):
            yield Paragraph(table, section, number, BlockKind.TABLE)


def place_of(span: Mapping[str, object]) -> tuple[int, int] | None:
    """Start and end of a span; None where they are no numbers."""
    start, end = span.get("start"), span.get("end")
    if isinstance(start, str | int) and isinstance(end, str | int):
        try:
            return int(start), int(end)
        except ValueError:
            return None
    return None


def _table(markup: str) -> str:
    """An HTML or TEI table as lines; empty where it has no cell."""
    rows = []
    for row in _ROW.split(markup[:MAX_TABLE_CHARS])[1:]:
        cells = _CELL.split(row)[1:]
        rows.append(
            [_cell(*each) for each in zip(cells[::3], cells[1::3], cells[2::3], strict=True)]
        )
    return table_text(rows)


def _cell(name: str, attributes: str, content: str) -> Cell:
    spans = dict(_SPAN.findall(attributes.lower()))
    return Cell(
        text=" ".join(unescape(_TAG.sub(" ", content)).split()),
        is_header=name.lower() == "th",
        columns=span_of(spans.get("colspan") or spans.get("cols")),
        rows=span_of(spans.get("rowspan") or spans.get("rows")),
    )


def _caption(entry: Mapping[str, object]) -> str:
    """A caption with its label, where the parse kept the two apart."""
    text = text_at(entry, "text")
    number = text_at(entry, "fig_num", "num")
    kind = text_at(entry, "type_str", "type").lower()
    if text and number and kind != "footnote" and not _LABEL.match(text):
        return f"{kind.capitalize()} {number}: {text.lstrip(': ')}"
    return text


def _section(entry: Mapping[str, object]) -> str:
    """A section's title; newer parses list its levels as [number, title] pairs."""
    section = entry.get("section")
    if not isinstance(section, list):
        return text_at(entry, "section")
    titles = [each[-1] if isinstance(each, list) and each else each for each in section]
    return "::".join(clean(title) for title in titles if isinstance(title, str))


def _is_placeholder(text: str) -> bool:
    return _PLACEHOLDER.fullmatch(text) is not None


def _written(marker: str, form: str) -> str | None:
    """What stands for "BIBREF3" and its like; None where the paper's own words stand there."""
    match = _PLACEHOLDER.fullmatch(marker)
    return form.format(int(match[1]) + 1) if match and match[1] else None


def _references(entries: Mapping[str, object]) -> dict[str, Reference]:
    return {name: _reference(object_or_empty(entry)) for name, entry in entries.items()}


def _reference(entry: Mapping[str, object]) -> Reference:
    stated: dict[str, object] = {}
    for name, values in object_or_empty(entry.get("other_ids")).items():
        scheme = _ID_NAMES.get(name.lower().replace("_", ""))
        value = values[0] if isinstance(values, list) and values else values
        if scheme and isinstance(value, str | int):
            stated.setdefault(scheme, value)
    urls = entry.get("urls")
    texts = [str(url) for url in urls] if isinstance(urls, list) else []
    raw = " ".join([*texts, text_at(entry, "venue"), text_at(entry, "raw_text")])
    link = entry.get("link") or entry.get("links")
    corpus_id = text_at({"link": link}, "link")
    title = text_at(entry, "title")
    return reference_of(stated, title, corpus_id if corpus_id.isdigit() else "", raw)
