"""The plain text of Python's own help topics, set as HTML again."""

import html
import re
from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent

_UNDERLINE = re.compile(r"([*=\-~^])\1{2,}")
_RULER = re.compile(r"={20,}")
_ITEM = re.compile(r"(?P<mark>\*|\d+\.|\[\d+\])\s+")
_PROSE = re.compile(r"[A-Z\"“‘(*\[].*[.:;)”]", re.DOTALL)
_PROSE_WORDS = 4
_LABEL = re.compile(r"(?:Note|See also|Warning|CPython implementation detail|Changed|New)\b")
_LITERAL = re.compile(r"&quot;(.{1,80}?)&quot;")
_STRONG = re.compile(r"\*\*(\w[^*]*)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*(\w[^*]*)\*(?![\w*])")


def topic_html(text: str, top_level: int) -> str:
    """A topic as HTML without a frame.

    Underlined lines become headings, indented samples `<pre>`, marked lines lists, drawn tables
    `<table>`, the rest paragraphs.

    Args:
        text: the topic as `pydoc_data.topics` has it.
        top_level: 1 for a topic whose outermost title is to be `<h1>`, and so on.
    """
    return "\n".join(_blocks(text.splitlines(), [], top_level))


def plain_words(text: str) -> str:
    """The words of a topic in order, so that one can be found inside another."""
    lines = [line for line in text.splitlines() if not _UNDERLINE.fullmatch(line.strip())]
    return " ".join(" ".join(lines).split())


def _blocks(lines: list[str], underlines: list[str], top_level: int) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip() or _RULER.fullmatch(line):
            at += 1
        elif at + 1 < len(lines) and _UNDERLINE.fullmatch(lines[at + 1]):
            mark = lines[at + 1][0]
            if mark not in underlines:
                underlines.append(mark)
            level = min(top_level + underlines.index(mark), 6)
            yield f"<h{level}>{_inline(line)}</h{level}>"
            at += 2
        elif line.startswith(" "):
            end = _end_of_indented(lines, at)
            yield from _indented(dedent("\n".join(lines[at:end])).splitlines(), top_level)
            at = end
        elif _ITEM.match(line):
            end = _end_of_items(lines, at)
            yield _list(lines[at:end], top_level)
            at = end
        else:
            end = _end_of_paragraph(lines, at)
            is_table = line.startswith("+-")
            yield (
                _table(lines[at:end]) if is_table else f"<p>{_inline(' '.join(lines[at:end]))}</p>"
            )
            at = end


def _end_of_indented(lines: list[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or lines[at].startswith(" ")):
        at += 1
    return at


def _end_of_items(lines: list[str], at: int) -> int:
    is_bulleted = lines[at].startswith("*")
    while at < len(lines) and _ITEM.match(lines[at]) and lines[at].startswith("*") == is_bulleted:
        at = _end_of_indented(lines, at + 1)
    return at


def _end_of_paragraph(lines: list[str], at: int) -> int:
    while at < len(lines) and lines[at].strip() and not lines[at].startswith(" "):
        at += 1
    return at


def _indented(lines: list[str], top_level: int) -> Iterator[str]:
    """Sphinx indents both code and the prose of definitions; only their look tells them apart."""
    if _is_prose("\n".join(lines)):
        yield from _blocks(lines, [], top_level)
    else:
        code = "\n".join(lines).strip("\n")
        yield f'<div class="highlight"><pre>{html.escape(code, quote=False)}\n</pre></div>'


def _is_prose(text: str) -> bool:
    if text.startswith(">>>") or "::=" in text:
        return False
    first, _, rest = text.partition("\n\n")
    if _ITEM.match(first) or _LABEL.match(first) or first.startswith("+-"):
        return True
    if _PROSE.fullmatch(first.strip()) and len(first.split()) >= _PROSE_WORDS:
        return True
    # A signature or a term with its explanation indented below.
    explanation = rest if rest.startswith(" ") else first.partition("\n")[2]
    return explanation.startswith(" ") and _is_prose(dedent(explanation))


def _list(lines: list[str], top_level: int) -> str:
    starts = [at for at, line in enumerate(lines) if _ITEM.match(line)]
    items = []
    for start, end in pairwise([*starts, len(lines)]):
        first = _ITEM.sub("", lines[start], count=1)
        width = len(lines[start]) - len(first)
        rest = [line[width:] for line in lines[start + 1 : end]]
        items.append(f"<li>{''.join(_blocks([first, *rest], [], top_level))}</li>")
    tag = "ul" if lines[0].startswith("*") else "ol"
    return f"<{tag}>{''.join(items)}</{tag}>"


def _table(lines: list[str]) -> str:
    borders = [at for at, mark in enumerate(lines[0]) if mark == "+"]
    rows: list[list[str]] = [[]]
    for line in lines[1:]:
        if line[:2] in ("+-", "|="):
            rows.append([])
            continue
        cells = [line[left + 1 : right].strip() for left, right in pairwise(borders)]
        above = rows[-1] or [""] * len(cells)
        rows[-1] = [f"{old} {new}".strip() for old, new in zip(above, cells, strict=True)]
    body = "".join(
        f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in row)}</tr>" for row in rows if row
    )
    return f'<table class="docutils">{body}</table>'


def _inline(text: str) -> str:
    escaped = _LITERAL.sub(r"<code>\1</code>", html.escape(" ".join(text.split())))
    return _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", escaped))
