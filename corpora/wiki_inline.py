"""A line of wikitext as plain text with its links, in one pass with a stack."""

import html
import re
from dataclasses import dataclass

from corpora.inline_text import TextBuilder
from corpora.wiki_markup import HOLE, PLACEHOLDER, Protection
from corpora.wiki_site import Site

_TOKENS = re.compile(
    r"\[\[|\]\]|\||\[(?=(?:https?:)?//|ftp://|mailto:)|\]|'{2,}|<[^<>]{1,500}>|\ue000\d+\ue001"
)
_TRAIL = re.compile(r"[a-zà-öø-ÿа-яё]+")
_EMPTY = re.compile(r" ?\([ \t]*\)")
_LOOSE = " \t\n,;:"  # what is left beside a hole in brackets
_SWITCH = re.compile(r"__[A-Z]{3,30}__|^\s*:{0,8}\s*(?=\S)")
_OPTION = re.compile(
    r"thumb\w*|frame\w*|border|left|right|cent(?:er|re)|none|\d*x?\d+px|upright.*|alt=.*|link=.*|"
    r"baseline|middle|sub|super|top|bottom|text-\w+|page=.*|lang=.*|class=.*|mini\w*|gauche|droite|"
    r"links|rechts|hochkant.*|vignette|miniatur\w*|мини|справа|слева",
    re.IGNORECASE,
)
_MAX_OPEN = 20


@dataclass(frozen=True, slots=True)
class WikiLink:
    """A link in a piece of text.

    Attributes:
        start, end: code points in the text.
        title: the page it leads to; None for an address outside the wiki.
        address: as it stands there; None for a page of the wiki.
    """

    start: int
    end: int
    title: str | None
    address: str | None


@dataclass(frozen=True, slots=True)
class Inline:
    """A piece of text.

    Attributes:
        text: one line, NFC.
        links: in the order in which they end.
        captions: of the files shown there.
    """

    text: str
    links: tuple[WikiLink, ...]
    captions: tuple["Inline", ...] = ()


class _Frame:
    """An open bracket; fragments are (text, target), a target is a title or an address."""

    __slots__ = ("arguments", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.arguments: list[list[tuple[str, _Target | None]]] = [[]]

    def add(self, text: str, target: "_Target | None" = None) -> None:
        if text:
            self.arguments[-1].append((text, target))


@dataclass(frozen=True, slots=True)
class _Target:
    title: str | None
    address: str | None


def read_inline(text: str, site: Site, protection: Protection) -> Inline:
    """The plain text of a line or paragraph."""
    return _Reader(site, protection).read(text)


class _Reader:
    def __init__(self, site: Site, protection: Protection) -> None:
        self._site = site
        self._protection = protection
        self._stack = [_Frame("")]
        self._captions: list[Inline] = []

    def read(self, text: str) -> Inline:
        text = _without_holes(text)
        at = 0
        for match in _TOKENS.finditer(text):
            if match.start() < at:
                continue
            self._add_text(text[at : match.start()])
            at = match.end()
            if match[0] == "]]" and self._top.kind == "[[":
                trail = _TRAIL.match(text, at)
                self._close_link(trail[0] if trail else "")
                at = trail.end() if trail else at
            else:
                self._token(match[0])
        self._add_text(text[at:])
        fragments: list[tuple[str, _Target | None]] = []
        for frame in self._stack:
            fragments += _literal(frame)
        return _inline(fragments, tuple(self._captions))

    @property
    def _top(self) -> _Frame:
        return self._stack[-1]

    def _add_text(self, text: str) -> None:
        self._top.add(html.unescape(text) if "&" in text else text)

    def _token(self, token: str) -> None:
        if token in ("[[", "["):
            if len(self._stack) <= _MAX_OPEN:
                self._stack.append(_Frame(token))
        elif token == "|":
            if self._top.kind == "[[":
                self._top.arguments.append([])
            else:
                self._top.add(token)
        elif token == "]" and self._top.kind == "[":
            self._close_address()
        elif token.startswith("<"):
            self._tag(token)
        elif match := PLACEHOLDER.match(token):
            kept = self._protection.get(match[1])
            self._top.add(kept.text if kept.kind == "text" else " ")
        elif token in ("]", "]]"):
            self._top.add(token)

    def _tag(self, token: str) -> None:
        name = token.strip("</> ").partition(" ")[0].lower()
        if not name[:1].isalpha():
            self._top.add(token)  # a comparison, not a tag
        elif name in ("br", "p", "li", "div", "td", "tr", "hr", "dd", "dt"):
            self._top.add(" ")

    def _close_link(self, trail: str) -> None:
        frame = self._stack.pop()
        target = _plain(frame.arguments[0]).strip()
        if self._site.is_file(target):
            self._captions += _captions(frame)
            self._top.add(trail)
            return
        title = self._site.title_of(target)
        shown = [each for argument in frame.arguments[1:] for each in argument]
        if title is None:
            self._add_foreign(target, shown, trail)
            return
        text = (_plain(shown) if shown else target.removeprefix(":")) + trail
        self._top.add(text, _Target(title, None))

    def _add_foreign(
        self, target: str, shown: list[tuple[str, "_Target | None"]], trail: str
    ) -> None:
        """A link to another wiki or namespace: its text stays, where it is shown at all."""
        if target.startswith("#") or (shown and target.startswith(":")):
            self._top.add((_plain(shown) or target.removeprefix("#")) + trail)
        elif target.partition(":")[0].strip().lower() == "category" or not shown:
            # Categories and the same page in other languages stand beside the text.
            self._top.add(trail if not target.startswith(":") else target[1:] + trail)
        elif not self._site.is_namespace(target.partition(":")[0]) or shown:
            self._top.add(_plain(shown) + trail)

    def _close_address(self) -> None:
        frame = self._stack.pop()
        text = _plain(frame.arguments[0])
        address, _, label = text.partition(" ")
        if label.strip():
            self._top.add(label.strip(), _Target(None, address))


def _captions(frame: _Frame) -> list[Inline]:
    """The caption of a file: its last argument that is no option."""
    for argument in reversed(frame.arguments[1:]):
        if not _OPTION.fullmatch(_plain(argument).strip()):
            return [_inline(argument)]
    return []


def _literal(frame: _Frame) -> list[tuple[str, _Target | None]]:
    fragments: list[tuple[str, _Target | None]] = []
    for number, argument in enumerate(frame.arguments):
        fragments += [(" ", None), *argument] if number else argument
    return fragments


def _plain(fragments: list[tuple[str, _Target | None]]) -> str:
    return "".join(text for text, _ in fragments)


def _inline(
    fragments: list[tuple[str, _Target | None]], captions: tuple[Inline, ...] = ()
) -> Inline:
    builder = TextBuilder()
    for text, target in fragments:
        start = builder.position
        builder.add(text)
        if target is not None:
            builder.mark(start, target)
    line, marks = builder.take_marked()
    links = tuple(
        WikiLink(start, end, target.title, target.address)
        for start, end, target in marks
        if isinstance(target, _Target)
    )
    return Inline(line, links, captions)


def _without_holes(text: str) -> str:
    """The text without what templates left empty, and without switches."""
    if HOLE in text:
        first, *rest = text.split(HOLE)
        parts = [first]
        for part in rest:
            _join(parts, part)
        text = _EMPTY.sub("", "".join(parts))
    return _SWITCH.sub("", text) if "__" in text else text


def _join(parts: list[str], part: str) -> None:
    """Adds what follows a hole, without the marks and spaces that only the hole justified."""
    if parts[-1].rstrip()[-1:] in ("(", "["):
        part = part.lstrip(_LOOSE)
    elif part.lstrip()[:1] in (")", "]"):
        parts[-1] = parts[-1].rstrip(_LOOSE)
    elif part[:1] in (",", ".", ";", ":"):
        parts[-1] = parts[-1].rstrip()
    if not parts[-1]:
        parts.pop()
    parts.append(part)
