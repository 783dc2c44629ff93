"""One walk over a page's elements: its text in runs, each between two borders of blocks.

Nothing recurses and nothing is read twice, so that a page takes time in proportion to its size
however its elements lie in each other. `indexer.pieces` puts runs together to lists and tables.
"""

import re
from typing import NamedTuple

from lxml import etree

from corpora.document import BlockKind, LinkRegion
from indexer.inline import LINE, LINK_END, LINK_START, clean, clean_code
from indexer.regions import is_footnote, region_of
from indexer.runs import Anchor, Body, Cell, Element, Item, Run, Table

_SKIPPED = frozenset(
    "applet area audio base button canvas col colgroup datalist embed frame frameset head iframe "
    "input link map meta noembed noframes noscript object optgroup option param progress rp "
    "script select style svg template textarea track video".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li "
    "listing main menu nav ol p plaintext pre search section summary table tbody td tfoot th "
    "thead tr ul xmp".split()
)
_NEUTRAL = frozenset({"p", "div", "section", "tbody", "blockquote", "figure", "form", "center"})
"""Without a name or role these say nothing of what they hold."""
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_PRE = frozenset({"pre", "listing", "plaintext", "xmp"})
_CAPTIONS = frozenset({"figcaption", "caption"})
_CAPTION_CLASSES = frozenset({"wp-caption-text", "thumbcaption", "image-caption", "caption-text"})
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_GUTTERS = frozenset({"linenos", "lineno", "line-numbers", "gutter", "blob-num", "linenodiv"})
_DROPPED_CLASSES = frozenset(
    "mw-editsection mw-cite-backlink headerlink anchorjs-link katex-html footnote-backref "
    "footnote-back reversefootnote".split()
)
_PERMALINKS = frozenset({"¶", "#", "§", "🔗", "↩", "↩︎", "↑"})
_MATH_CLASSES = ("math", "tex", "latex")
_MAX_SPAN = 1000
_MAX_NOTE = 4
_ENDS = frozenset(".,;:!?\"'\u2019\u201d\u00bb\u3002")
_POWER = re.compile(r"[-\u2212\u2013+]?(?:\d|[a-z](?![a-z]))")


class _Context(NamedTuple):
    region: LinkRegion = LinkRegion.CONTENT
    hint: int = 0
    in_text: bool = False
    kind: BlockKind | None = None
    level: int = 0
    is_atom: bool = False  # borders inside do not end the run
    item: Item | None = None
    cell: Cell | None = None
    table: Table | None = None
    list_depth: int = 0
    list_group: int = 0
    ordinal: list[int] | None = None  # next number and step of a numbered list
    in_head: bool = False


def walk(root: Element) -> Body:
    """Reads a page.

    Args:
        root: its `<html>` or `<body>`, without comments.
    """
    walker = _Walker()
    events = etree.iterwalk(root, events=("start", "end"))
    for event, element in events:
        if event == "end":
            walker.leave(element)
        elif not walker.enter(element):
            events.skip_subtree()
    walker.flush()
    return Body(walker.runs, walker.anchors, walker.parents, walker.depth)


class _Walker:
    def __init__(self) -> None:
        self.runs: list[Run] = []
        self.anchors: list[Anchor] = []
        self.parents: list[int] = []
        self.depth = 0
        self._contexts = [_Context()]
        self._open: list[int] = [0]
        self._parts: list[str] = []
        self._clicked: list[Anchor] = []  # open now, outermost first
        self._in_run: list[Anchor] = []  # in the order of their marks in the run
        self._marks: list[Element] = []  # raised numbers of notes that are open

    def enter(self, element: Element) -> bool:
        """Opens an element; False where what it holds is not to be read."""
        context = self._contexts[-1]
        self._contexts.append(context)
        number = len(self.parents)
        self.parents.append(self._open[-1])
        self._open.append(number)
        if len(self._open) > self.depth:
            self.depth = len(self._open)
        tag = element.tag
        if not isinstance(tag, str):
            return False
        names = f"{element.get('class', '')} {element.get('id', '')}"
        if tag in _SKIPPED or (len(names) > 1 and _is_dropped(tag, names)):
            self._read_math_script(element)
            return False
        return self._enter(element, tag, names if len(names) > 1 else "", context, number)

    def _enter(
        self, element: Element, tag: str, names: str, context: _Context, number: int
    ) -> bool:
        role = (element.get("role") or "").lower()
        if tag in _BLOCKS or role == "heading":
            self._border(context)
            if names or role or tag not in _NEUTRAL:
                self._contexts[-1] = self._inside(element, tag, names, role, context, number)
        elif tag == "a":
            if element.get("href"):
                self._click(element, context)
        elif tag == "br":
            self._break(context)
        elif tag == "img":
            self._read_image(element, names, context)
        elif tag == "sup":
            self._raise(element, context)
        elif tag == "math" or "-" in tag:
            return self._read_special(element, tag)
        if element.text:
            self._parts.append(element.text)
        return True

    def leave(self, element: Element) -> None:
        """Closes an element."""
        context = self._contexts.pop()
        outer = self._contexts[-1]
        self._open.pop()
        tag = element.tag
        if context is not outer or tag in _BLOCKS:
            self._border(context, closing=self._open[-1])
        elif tag == "a" and self._clicked and self._clicked[-1].element is element:
            self._clicked.pop()
            self._parts.append(LINK_END)
        elif self._marks and self._marks[-1] is element:
            self._marks.pop()
            self._parts.append("]")
        if element.tail:
            self._parts.append(element.tail)

    def _break(self, context: _Context) -> None:
        """A line break; two with nothing between them part paragraphs."""
        if context.kind is BlockKind.CODE:
            self._parts.append("\n")
            return
        at = len(self._parts) - 1
        while at > 0 and self._parts[at].isspace() and self._parts[at] != LINE:
            at -= 1
        if not context.is_atom and at > 0 and self._parts[at] == LINE:
            self.flush(context, self._open[-2])
        else:
            self._parts.append(LINE)

    def _border(self, context: _Context, closing: int | None = None) -> None:
        outer = self._contexts[-1] if closing is not None else context
        if context.is_atom and outer.is_atom:
            end = "\n" if context.kind is BlockKind.CODE else LINE
            if self._parts and not self._parts[-1].endswith(end):
                self._parts.append(end)
            return
        self.flush(context, self._open[-2] if closing is None else closing)

    def flush(self, context: _Context | None = None, place: int = 0) -> None:
        """Ends a run. A link that goes on is marked in the next one too."""
        if not self._parts:
            return
        raw = "".join(self._parts)
        if raw.isspace():
            self._parts = []
            return
        raw += LINK_END * len(self._clicked)
        marked, self._in_run = self._in_run, list(self._clicked)
        self._parts = [LINK_START for _ in self._clicked]
        context = context or self._contexts[-1]
        is_code = context.kind is BlockKind.CODE
        text, spans = clean_code(raw) if is_code else clean(raw)
        if spans and text[slice(*spans[-1])] in _PERMALINKS:
            text = text[: spans[-1][0]].rstrip()
        if not text:
            return
        if context.kind is BlockKind.HEADING:
            text = text.replace("\n", " ")
        for anchor, (start, end) in zip(marked, spans, strict=False):
            anchor.parts.append((len(self.runs), start, end))
        run = Run(
            text=text,
            kind=context.kind or BlockKind.PARAGRAPH,
            level=context.level,
            place=place,
            region=context.region,
            hint=context.hint,
            item=context.item,
            cell=context.cell,
            table=context.table,
            link_chars=sum(end - start for start, end in spans),
        )
        self.runs.append(run)

    def _click(self, element: Element, context: _Context) -> None:
        anchor = Anchor(element, context.region)
        self.anchors.append(anchor)
        self._clicked.append(anchor)
        self._in_run.append(anchor)
        self._parts.append(LINK_START)

    def _inside(
        self, element: Element, tag: str, names: str, role: str, context: _Context, number: int
    ) -> _Context:
        """The context of what a block holds."""
        if (names or role) and is_footnote(role, names):
            note = context._replace(kind=BlockKind.FOOTNOTE, region=LinkRegion.CONTENT, hint=0)
            return self._inside_list(element, tag, note)
        context = _in_region(tag, names, role, context, number)
        if tag in _HEADINGS or role == "heading":
            level = _HEADINGS.get(tag) or _number(element.get("aria-level") or "2", 1, 6)
            return context._replace(kind=BlockKind.HEADING, level=level, is_atom=True)
        if tag in _PRE:
            return context._replace(kind=BlockKind.CODE, is_atom=True)
        if tag in _CAPTIONS or not _CAPTION_CLASSES.isdisjoint(names.split()):
            if context.table is not None and tag == "caption":
                context.table.claims_data = True
            return context._replace(kind=BlockKind.CAPTION, is_atom=True, item=None)
        if tag in ("table", "thead", "tr", "td", "th"):
            return _inside_table(element, tag, role, context)
        return self._inside_list(element, tag, context)

    def _inside_list(self, element: Element, tag: str, context: _Context) -> _Context:
        if tag in _LISTS or tag == "dl":
            ordinal = _ordinal(element) if tag == "ol" else None
            group = context.list_group or len(self.parents)
            depth = context.list_depth + 1
            return context._replace(list_depth=depth, list_group=group, ordinal=ordinal)
        if tag == "li" and context.list_depth:
            marker = _marker(element, context.ordinal)
            item = Item(context.list_group, marker, context.list_depth - 1)
            return context._replace(item=item)
        if tag in ("dt", "dd") and context.list_depth:
            item = Item(context.list_group, "", context.list_depth - 1, tag == "dt", tag == "dd")
            return context._replace(item=item)
        return context

    def _raise(self, element: Element, context: _Context) -> None:
        """Keeps a raised number from melting into what it follows: 10^6, note [2]."""
        if context.kind is BlockKind.CODE or not self._parts:
            return
        text = "".join(element.itertext()).strip()
        before = self._before()
        links = [element.getparent(), *element.iter("a")]
        is_note = before in _ENDS or any(
            "#" in (link.get("href") or "")
            for link in links
            if link is not None and link.tag == "a"
        )
        if is_note and len(text) <= _MAX_NOTE and text.isdecimal():
            self._parts.append("[")
            self._marks.append(element)
        elif before.isdigit() or before == ")":
            self._parts.append("^" if _POWER.match(text) else "")

    def _before(self) -> str:
        """The last character of the run so far, marks of links left out."""
        for part in reversed(self._parts):
            if part and part not in (LINK_START, LINK_END):
                return part[-1]
        return ""

    def _read_image(self, element: Element, names: str, context: _Context) -> None:
        """The words of a picture where they are text: of a formula, or in a caption."""
        alternative = element.get("alt")
        if not alternative:
            return
        is_math = any(name in names.lower() for name in _MATH_CLASSES)
        if is_math or context.kind is BlockKind.CAPTION:
            self._parts.append(f" {alternative} ")

    def _read_special(self, element: Element, tag: str) -> bool:
        """A formula by its TeX; a custom element like an inline one, but apart from others."""
        if tag == "math":
            for annotation in element.iter("annotation"):
                if "tex" in annotation.get("encoding", "").lower() and annotation.text:
                    self._parts.append(f" {annotation.text} ")
                    return False
            if element.get("alttext"):
                self._parts.append(f" {element.get('alttext')} ")
                return False
        if self._parts:
            self._parts.append(" ")
        if element.text:
            self._parts.append(element.text)
        return True

    def _read_math_script(self, element: Element) -> None:
        if element.tag == "script" and element.get("type", "").lower().startswith("math/tex"):
            self._parts.append(f" {element.text or ''} ")


def _is_dropped(tag: str, names: str) -> bool:
    words = names.split()
    if not _DROPPED_CLASSES.isdisjoint(words):
        return True
    return tag in ("td", "th", "div", "span") and not _GUTTERS.isdisjoint(words)


def _in_region(tag: str, names: str, role: str, context: _Context, number: int) -> _Context:
    if tag == "main" or role == "main":
        return context._replace(region=LinkRegion.CONTENT, hint=0, in_text=True)
    if tag == "article":
        return context._replace(in_text=True)
    if context.hint == 0 and tag not in ("html", "body"):
        region = region_of(tag, role, names, in_text=context.in_text)
        if region is not None:
            return context._replace(region=region, hint=number)
    return context


def _inside_table(element: Element, tag: str, role: str, context: _Context) -> _Context:
    if tag == "table":
        if context.table is not None:
            context.table.is_layout = True
        table = Table(
            is_layout=role in ("presentation", "none"),
            claims_data=role in ("table", "grid") or bool(element.get("summary")),
        )
        return context._replace(table=table, cell=None, item=None, list_depth=0, list_group=0)
    table = context.table or Table(is_layout=True)
    if tag == "thead":
        table.claims_data = True
        return context._replace(in_head=True)
    if tag == "tr":
        table.rows.append([])
        table.head_rows += context.in_head
        return context
    if not table.rows:
        table.rows.append([])
    cell = Cell(
        columns=_number(element.get("colspan"), 1, _MAX_SPAN),
        rows=_number(element.get("rowspan"), 1, _MAX_SPAN),
        is_header=tag == "th" or role in ("columnheader", "rowheader"),
    )
    table.claims_data |= tag == "th"
    table.rows[-1].append(cell)
    return context._replace(cell=cell)


def _number(value: str | None, least: int, most: int) -> int:
    digits = (value or "").strip()[:9]
    return min(max(int(digits), least), most) if digits.isdecimal() else least


def _ordinal(element: Element) -> list[int]:
    start = (element.get("start") or "").strip()[:9]
    is_number = start.removeprefix("-").isdecimal()
    if element.get("reversed") is None:
        return [int(start) if is_number else 1, 1]
    items = sum(1 for child in element if child.tag == "li")
    return [int(start) if is_number else items, -1]


def _marker(element: Element, ordinal: list[int] | None) -> str:
    if ordinal is None:
        return "-"
    value = (element.get("value") or "").strip()[:9]
    if value.removeprefix("-").isdecimal():
        ordinal[0] = int(value)
    number, ordinal[0] = ordinal[0], ordinal[0] + ordinal[1]
    return f"{number}."
