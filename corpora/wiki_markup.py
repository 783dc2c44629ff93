"""Wikitext made simple before it is cut into lines: comments, references and templates resolved.

MediaWiki's own parsers, and those made after them, try again whatever does not close, so that a
page of unclosed braces takes minutes. Here brackets are matched with a stack in one pass: time
grows with the length of the page alone, and what never closes is text.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

HOLE = "\ue002"
"""Stands where a template left nothing, so that empty brackets around it can be taken out."""
_OPEN, _CLOSE = "\ue000", "\ue001"
PLACEHOLDER = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_PRIVATE = re.compile("[\ue000-\ue00f]")

_DROPPED = ("ref", "references", "timeline", "score", "templatestyles", "imagemap", "mapframe",
            "maplink", "graph", "inputbox", "categorytree", "section", "indicator", "hiero")  # fmt: skip
_CODE = ("pre", "syntaxhighlight", "source")
_FORMULAS = ("math", "chem", "ce")
_VERBATIM = (*_DROPPED, *_CODE, *_FORMULAS, "nowiki", "gallery")
_TAG = re.compile(
    rf"<(?P<comment>!--)|<(?P<name>{'|'.join(_VERBATIM)})\b(?P<attributes>[^<>]{{0,2000}})>",
    re.IGNORECASE,
)
_BRACKETS = re.compile(
    r"\{{2,}|\}{2,}|\[\[|\]\]|^[ \t:*]*\{\|(?!\})|^[ \t]*\|\}(?!\})|\||\n[ \t]*\n", re.MULTILINE
)
_MAX_DEPTH = 40
"""Templates inside more templates than MediaWiki itself unfolds are left out."""
_MAX_OPEN = 20
"""Links or tables inside more of their kind are text."""

RenderTemplate = Callable[[str, Sequence[str]], str]
"""(name, arguments) -> wikitext to stand there instead."""


@dataclass(slots=True)
class Protected:
    """What a placeholder stands for.

    Attributes:
        kind: "code", "text" or "infobox".
        text: verbatim, for code and text.
        rows: (field, wikitext) of an infobox.
    """

    kind: str
    text: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)


class Protection:
    """Texts that later steps must not read as markup, by their placeholder."""

    def __init__(self) -> None:
        self._kept: list[Protected] = []

    def keep(self, protected: Protected) -> str:
        """The placeholder to write instead."""
        self._kept.append(protected)
        return f"{_OPEN}{len(self._kept) - 1}{_CLOSE}"

    def get(self, number: str) -> Protected:
        """What a placeholder's number stands for."""
        return self._kept[int(number)]


def take_out_verbatim(text: str, protection: Protection) -> str:
    """The text without comments and references; code, formulas and nowiki behind placeholders."""
    text = _PRIVATE.sub("\ufffd", text)
    parts: list[str] = []
    at = 0
    exhausted: set[str] = set()  # names that no closing tag follows any more
    while match := _TAG.search(text, at):
        parts.append(text[at : match.start()])
        at = match.end()
        if match["comment"]:
            end = -1 if "--" in exhausted else text.find("-->", at)
            if end < 0:
                exhausted.add("--")
            at = end + 3 if end >= 0 else at
            continue
        if match["attributes"].endswith("/"):
            continue
        name = match["name"].lower()
        closing = None if name in exhausted else _closing(name).search(text, at)
        if closing is None:
            exhausted.add(name)
            continue
        parts.append(_verbatim(name, text[at : closing.start()], protection))
        at = closing.end()
    parts.append(text[at:])
    return "".join(parts)


def _closing(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}\s*>", re.IGNORECASE)


def _verbatim(name: str, text: str, protection: Protection) -> str:
    if name in _DROPPED:
        return ""
    if name in _CODE:
        return f"\n{protection.keep(Protected('code', text.strip(chr(10))))}\n"
    if name == "gallery":
        return "\n".join(["", *map(_gallery_line, text.splitlines()), ""])
    return protection.keep(Protected("text", " ".join(text.split()) if name != "nowiki" else text))


def _gallery_line(line: str) -> str:
    name, bar, caption = line.partition("|")
    if not bar or not name.strip() or "[[" in name:
        return ""
    name = name.strip()
    return f"[[{name if ':' in name else f'File:{name}'}|thumb|{caption.strip()}]]"


class _Frame:
    """An open bracket: what stands in it so far, cut at its bars where it is a template."""

    __slots__ = ("arguments", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.arguments: list[list[str]] = [[]]

    def add(self, text: str) -> None:
        if text:
            self.arguments[-1].append(text)

    def as_text(self) -> list[str]:
        """Its pieces where it turns out to be no bracket."""
        pieces = [] if self.kind == "{{" else [self.kind]
        for number, argument in enumerate(self.arguments):
            pieces += ["|", *argument] if number else argument
        return pieces


class _Templates:
    """One pass over a text, with the brackets that are open."""

    def __init__(self, render: RenderTemplate) -> None:
        self._render = render
        self._stack = [_Frame("")]
        self._open_templates = 0

    def resolve(self, text: str) -> str:
        at = 0
        for match in _BRACKETS.finditer(text):
            self._top.add(text[at : match.start()])
            at = match.end()
            self._token(match[0])
        self._top.add(text[at:])
        pieces: list[str] = []
        for frame in self._stack:
            pieces += frame.as_text()
        return "".join(pieces)

    @property
    def _top(self) -> _Frame:
        return self._stack[-1]

    def _token(self, token: str) -> None:
        mark = token.strip(" \t:*")
        if mark.startswith("{{"):
            self._top.add("{" if len(mark) % 2 else "")
            for _ in range(len(mark) // 2):
                self._push("{{")
                self._open_templates += 1
        elif mark.startswith("}}"):
            self._close_templates(len(mark))
        elif mark in ("[[", "{|"):
            self._open_other(mark, token)
        elif mark == "]]":
            self._close("[[", token)
        elif mark == "|}":
            self._close("{|", token)
        elif mark == "|" and self._top.kind == "{{":
            self._top.arguments.append([])
        elif "\n" in token and self._top.kind == "[[":
            self._release(len(self._stack) - 1)  # links do not cross paragraphs
            self._top.add(token)
        else:
            self._top.add(token)

    def _push(self, kind: str) -> None:
        self._stack.append(_Frame(kind))

    def _open_other(self, mark: str, token: str) -> None:
        if len(self._stack) - self._open_templates > _MAX_OPEN:
            self._top.add(token)
        else:
            self._push(mark if mark == "[[" else token)

    def _close(self, kind: str, token: str) -> None:
        """Closes a link or table, which stay in the text, where it is the innermost bracket."""
        if self._top.kind.endswith(kind) and len(self._stack) > 1:
            self._release(len(self._stack) - 1)
        self._top.add(token)

    def _close_templates(self, braces: int) -> None:
        while braces >= 2 and self._open_templates:
            braces -= 2
            depth = len(self._stack) - 1
            while self._stack[depth].kind != "{{":
                depth -= 1
            self._release(depth + 1)
            frame = self._stack.pop()
            self._open_templates -= 1
            if self._open_templates >= _MAX_DEPTH:
                continue
            name, *arguments = ("".join(argument) for argument in frame.arguments)
            self._top.add(self._render(name.strip(), arguments))
        self._top.add("}" * braces if not self._open_templates and braces < 2 else "")

    def _release(self, depth: int) -> None:
        """The frames from `depth` on were no brackets: they are text of the one below."""
        below = self._stack[depth - 1]
        for frame in self._stack[depth:]:
            below.arguments[-1] += frame.as_text()
        del self._stack[depth:]


def resolve_templates(text: str, render: RenderTemplate) -> str:
    """The text with each template replaced by what `render` makes of it, innermost first.

    Nothing is lost of a template that never closes; its braces are.
    """
    return _Templates(render).resolve(text)
