"""Wikitext to blocks and links: headings, paragraphs, lists, tables, infoboxes, captions.

    text -> comments and references out -> templates resolved -> lines -> blocks

Every step is one pass; a page takes time in proportion to its length, whatever is in it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corpora.document import Block, BlockKind, Link, LinkRegion, normalise_text
from corpora.link_context import Sentences
from corpora.table_rows import Cell, span_of, table_text
from corpora.urls import normalise_url
from corpora.wiki_inline import Inline, read_inline
from corpora.wiki_markup import (
    HOLE,
    PLACEHOLDER,
    Protected,
    Protection,
    resolve_templates,
    take_out_verbatim,
)
from corpora.wiki_site import Site
from corpora.wiki_templates import TemplateRenderer

MAX_WIKITEXT_CHARS = 4_000_000
"""MediaWiki itself refuses more than 2 MiB."""

_HEADING = re.compile(r"(={1,6})(.+?)(={1,6})[\s\ue002]*")
_LIST = re.compile(r"[*#:;]+")
_ITEM = re.compile(r"\n[*#:;]+")
_TABLE = re.compile(r"[\s:*]*\{\|")
_SPAN = re.compile(r"(colspan|rowspan)\s*=\s*[\"']?\s*(\d{1,9})", re.IGNORECASE)
_ATTRIBUTES = re.compile(r"[^\[\]{}|]*=[^\[\]{}|]*")
_MAX_INDENT = 8


@dataclass(slots=True)
class WikiText:
    """A page read.

    Attributes:
        blocks: in order.
        links: in order.
    """

    blocks: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


def read_wikitext(text: str, site: Site) -> WikiText:
    """The blocks and links of a page.

    Args:
        text: at most `MAX_WIKITEXT_CHARS`.
        site: where its links lead.
    """
    protection = Protection()
    text = take_out_verbatim(text, protection)
    text = resolve_templates(text, TemplateRenderer(protection).render)
    return _Page(site, protection).read(text)


class _Page:
    """One pass over the lines."""

    def __init__(self, site: Site, protection: Protection) -> None:
        self._site = site
        self._protection = protection
        self._result = WikiText()
        self._path: list[tuple[int, str]] = []
        self._pending: list[tuple[int, str]] = []  # headings without text so far
        self._paragraph: list[str] = []
        self._items: list[tuple[str, str]] = []  # (marks, wikitext)

    def read(self, text: str) -> WikiText:
        lines = iter(text.split("\n"))
        for line in lines:
            if _TABLE.match(line):
                self._flush()
                rest = self._table(line, lines)
                if rest is not None:
                    self._line(rest)
            else:
                self._line(line)
        self._flush()
        return self._result

    def _line(self, line: str) -> None:
        stripped = line.strip()
        if not stripped.replace(HOLE, ""):
            if not stripped:
                self._flush()
            return
        if heading := _HEADING.fullmatch(stripped):
            self._heading(min(len(heading[1]), len(heading[3])), heading[2].strip("="))
        elif marks := _LIST.match(line):
            self._flush_paragraph()
            self._items.append((marks[0], line[marks.end() :]))
        elif (kept := PLACEHOLDER.fullmatch(stripped)) and self._is_block(kept[1]):
            self._flush()
            self._placeholder(self._protection.get(kept[1]))
        elif stripped.startswith("----"):
            self._flush()
        elif not stripped.startswith(("|", "!")):  # what is left of a table or template
            self._flush_items()
            self._paragraph.append(line)

    def _is_block(self, number: str) -> bool:
        return self._protection.get(number).kind != "text"

    def _heading(self, level: int, text: str) -> None:
        self._flush()
        inline = self._inline(text)
        if inline.text:
            while self._pending and self._pending[-1][0] >= level:
                self._pending.pop()
            self._pending.append((level, inline.text))

    def _placeholder(self, kept: Protected) -> None:
        if kept.kind == "code":
            self._emit(normalise_text(kept.text), BlockKind.CODE)
            return
        rows = []
        for name, value in kept.rows:
            inline = self._inline(_ITEM.sub(", ", value).lstrip(", *"))
            if inline.text:
                rows.append(f"{name}: {inline.text}")
                self._add_links(inline, LinkRegion.ASIDE, is_running=False)
        self._emit("\n".join(rows), BlockKind.TABLE)

    def _flush(self) -> None:
        self._flush_paragraph()
        self._flush_items()

    def _flush_paragraph(self) -> None:
        if not self._paragraph:
            return
        inline = self._inline(" ".join(self._paragraph))
        self._paragraph.clear()
        if any(map(str.isalnum, inline.text)):
            self._emit(inline.text, BlockKind.PARAGRAPH)
            self._add_links(inline, LinkRegion.CONTENT, is_running=True)
        self._captions(inline)

    def _flush_items(self) -> None:
        if not self._items:
            return
        lines: list[str] = []
        captions: list[Inline] = []
        for marks, text in self._items:
            inline = self._inline(text)
            captions += inline.captions
            if inline.text:
                lines.append(f"{_lead(marks)}{inline.text}")
                self._add_links(inline, LinkRegion.CONTENT, is_running=True)
        is_prose = all(set(marks) == {":"} for marks, _ in self._items)
        self._items.clear()
        self._emit("\n".join(lines), BlockKind.PARAGRAPH if is_prose else BlockKind.LIST)
        for caption in captions:
            self._caption(caption)

    def _captions(self, inline: Inline) -> None:
        for caption in inline.captions:
            self._caption(caption)

    def _caption(self, caption: Inline) -> None:
        self._emit(caption.text, BlockKind.CAPTION)
        self._add_links(caption, LinkRegion.CONTENT, is_running=True)

    def _table(self, first: str, lines: Iterator[str]) -> str | None:
        """Reads a table; returns the line that ends it where it was never closed."""
        table = _Table()
        rest = None
        depth = 1
        for line in lines:
            stripped = line.strip()
            if _HEADING.fullmatch(stripped) and not stripped.startswith("|"):
                rest = line
                break
            if stripped.startswith("{|"):
                depth += 1
            elif stripped.startswith("|}"):
                depth -= 1
                if not depth:
                    rest = stripped[2:] or None
                    break
            else:
                table.line(stripped)
        table.finish()
        self._emit_table(table)
        return rest

    def _emit_table(self, table: "_Table") -> None:
        if table.caption:
            inline = self._inline(table.caption)
            self._caption(inline)
        captions: list[Inline] = []
        rows: list[list[Cell]] = []
        for row in filter(None, table.rows):
            cells: list[Cell] = []
            for is_header, attributes, text in row:
                inline = self._inline(text)
                captions += inline.captions
                self._add_links(inline, LinkRegion.CONTENT, is_running=False)
                spans = {match[1].lower(): match[2] for match in _SPAN.finditer(attributes)}
                columns, height = span_of(spans.get("colspan")), span_of(spans.get("rowspan"))
                cells.append(Cell(inline.text, is_header, columns, height))
            rows.append(cells)
        self._emit(table_text(rows), BlockKind.TABLE)
        for caption in captions:
            self._caption(caption)

    def _inline(self, text: str) -> Inline:
        return read_inline(text, self._site, self._protection)

    def _emit(self, text: str, kind: BlockKind) -> None:
        """Adds a block, and before it the headings that now have text."""
        text = text.strip()
        if not text:
            return
        for level, heading in self._pending:
            while self._path and self._path[-1][0] >= level:
                self._path.pop()
            path = tuple(above for _, above in self._path)
            self._result.blocks.append(Block(heading, BlockKind.HEADING, path))
            self._path.append((level, heading))
        self._pending.clear()
        path = tuple(above for _, above in self._path)
        self._result.blocks.append(Block(text, kind, path))

    def _add_links(self, inline: Inline, region: LinkRegion, *, is_running: bool) -> None:
        sentences = Sentences(inline.text) if is_running and inline.links else None
        for link in inline.links:
            url = self._site.url_of(link.title) if link.title else normalise_url(link.address or "")
            if url is None:
                continue
            context = sentences.around(link.start, link.end) if sentences else ""
            is_outside = link.title is None
            self._result.links.append(
                Link(
                    url=url,
                    anchor=inline.text[link.start : link.end],
                    nofollow=is_outside,  # as MediaWiki marks them
                    rel=("nofollow",) if is_outside else (),
                    region=region,
                    context=context,
                )
            )


class _Table:
    """The cells of a table as they come, line by line: (is header, attributes, wikitext)."""

    def __init__(self) -> None:
        self.caption = ""
        self.rows: list[list[tuple[bool, str, str]]] = []
        self._more: list[str] | None = None  # lines of the last cell

    def line(self, line: str) -> None:
        if line.startswith("|-"):
            self.finish()
            self.rows.append([])
        elif line.startswith("|+"):
            self.finish()
            self.caption = _cell(False, line[2:])[2].strip()
        elif line.startswith(("|", "!")):
            self._cells(line[0] == "!", line[1:])
        elif self._more is not None and line:
            self._more.append(_LIST.sub("", line, count=1))
        if not self.rows:
            self.rows.append([])

    def _cells(self, is_header: bool, text: str) -> None:
        self.finish()
        if not self.rows:
            self.rows.append([])
        parts = _split(text, is_header)
        for part in parts[:-1]:
            self.rows[-1].append(_cell(is_header, part))
        self._more = [parts[-1]]
        self.rows[-1].append(_cell(is_header, parts[-1]))

    def finish(self) -> None:
        """Gives the last cell the lines that followed it."""
        if self._more is not None and len(self._more) > 1 and self.rows and self.rows[-1]:
            is_header, attributes, text = self.rows[-1][-1]
            self.rows[-1][-1] = (is_header, attributes, " ".join([text, *self._more[1:]]))
        self._more = None


def _split(text: str, is_header: bool) -> Sequence[str]:
    return re.split(r"\|\||!!", text) if is_header else text.split("||")


def _cell(is_header: bool, text: str) -> tuple[bool, str, str]:
    before, bar, after = text.partition("|")
    if bar and _ATTRIBUTES.fullmatch(before):
        return is_header, before, after
    return is_header, "", text


def _lead(marks: str) -> str:
    if set(marks) <= {":"}:
        return ""
    if marks.endswith(";"):
        return ""
    return f"{'  ' * (min(len(marks), _MAX_INDENT) - 1)}- "
