"""Paragraphs that each name their section, turned into blocks under a tree of headings."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpora.document import Block, BlockKind, Citation, normalise_text

_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2})*|[A-Z](?:\.\d{1,2})+|[A-Z](?=\.))\.?\s+[^\W\d]")
_NUMBER = re.compile(r"[A-Za-z0-9]{1,4}(?:\.[A-Za-z0-9]{1,4})*")
# Unnumbered headings that close a paper rather than divide its last numbered section.
_CLOSING = re.compile(
    r"(?:conclusions?|discussion|limitations?|ethic|broader impact|acknowledg|appendi|"
    r"supplement|references|funding)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as papers in JSON store it.

    Attributes:
        text: may be empty where only the section's heading is known.
        section: the section's title, levels joined by "::"; may be empty.
        number: the section's number such as "3.1"; may be empty.
        kind: what it is; a heading is made from `section`, never given.
        citations: places in the text, which must then be normalised and stripped already.
    """

    text: str
    section: str
    number: str
    kind: BlockKind = BlockKind.PARAGRAPH
    citations: tuple[Citation, ...] = ()


def section_blocks(paragraphs: Iterable[Paragraph]) -> Iterator[Block]:
    """Blocks in order, a heading before the first paragraph of each section.

    3.1 stands under 3. A heading without a number stands under the numbered section it
    interrupts, unless it is one that closes papers; without any numbers all stand side by side.
    """
    path: list[tuple[str, str]] = []  # (number, title), outermost first
    for paragraph in paragraphs:
        levels = _levels(paragraph)
        if not levels:
            path = []
        elif levels[-1] in path:
            path = path[: path.index(levels[-1]) + 1]
        elif levels != path:
            before, path = path, _parents(path, levels[0]) + levels
            # Headings inside one another come once, before the first that needs them.
            first = max(_shared(before, path), len(path) - len(levels))
            for depth in range(first, len(path)):
                titles = tuple(title for _, title in path[:depth])
                yield Block(path[depth][1], BlockKind.HEADING, titles)
        text = normalise_text(paragraph.text).strip()
        if text:
            titles = tuple(title for _, title in path)
            yield Block(text, paragraph.kind, titles, paragraph.citations)


def _levels(paragraph: Paragraph) -> list[tuple[str, str]]:
    titles = [normalise_text(part).strip() for part in paragraph.section.split("::")]
    levels = [("", title) for title in titles if title]
    if not levels:
        return []
    number, title = paragraph.number.strip().rstrip("."), levels[-1][1]
    if not _NUMBER.fullmatch(number):
        match = _NUMBERED.match(title)
        number = match[1] if match else ""
    levels[-1] = (number, title)
    return levels


def _parents(path: list[tuple[str, str]], level: tuple[str, str]) -> list[tuple[str, str]]:
    """The part of `path` that a new heading stands under."""
    number, title = level
    numbered = [above for above in path if above[0]]
    if not number:
        return [] if _CLOSING.match(title) else numbered
    return [above for above in numbered if number.startswith(f"{above[0]}.")]


def _shared(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> int:
    """How many levels two paths have in common from the top."""
    for depth, (above, below) in enumerate(zip(one, other, strict=False)):
        if above != below:
            return depth
    return min(len(one), len(other))
