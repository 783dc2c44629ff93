"""What trafilatura takes for the text of a page, and which pieces that is; its only user."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import trafilatura

from indexer.runs import Body, Element

TRAFILATURA_VERSION: str = trafilatura.__version__

MAX_ELEMENTS = 60_000
MAX_DEPTH = 150
"""Beyond these trafilatura, which walks the page many times, is not asked."""
_SHINGLE = 4
_COVERED = 0.6
# Scripts without spaces count by the character.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

# What these libraries have to say of a page is said in its `Rejected`, not on the terminal.
for _name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


class Choice(NamedTuple):
    """What trafilatura takes for the text of a page.

    Attributes:
        text: all of it.
        paragraphs: the lines of it, whatever links and emphasis they have.
    """

    text: str = ""
    paragraphs: tuple[str, ...] = ()


def choose(tree: Element, body: Body, url: str | None) -> Choice:
    """What trafilatura takes for the page's text; empty where it finds none.

    Args:
        tree: of the page without hidden elements; its cells lose their spans.
        body: the walk of it.
        url: its address.
    """
    if len(body.parents) > MAX_ELEMENTS or body.depth > MAX_DEPTH:
        return Choice()
    for cell in tree.iter("td", "th"):  # it would fill in every place that a cell spans
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)
    found = trafilatura.bare_extraction(
        tree, url=url, include_comments=False, fast=True, favor_recall=True
    )
    if found is None or isinstance(found, dict) or found.body is None:
        return Choice()
    paragraphs = ("".join(part.itertext()) for part in found.body.iter("p", "head", "item", "cell"))
    return Choice("\n".join(found.body.itertext()), tuple(paragraphs))


class Words:
    """A text as its words: four at a time, and those of each line run together."""

    def __init__(self, text: str) -> None:
        words = _WORD.findall(text)
        self.count = len(words)
        self.shingles = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
        self.line = "".join(words) if self.count < 2 * _SHINGLE else ""


def covered(
    words: Sequence[Words], chosen: Words, lines: Counter[str], order: Iterable[int]
) -> list[bool]:
    """Which pieces are in the chosen text.

    Its words are used up by the piece that has them: a headline repeated in a list of stories,
    or a summary above the text, is not chosen twice.

    Args:
        words: of each piece.
        chosen: the words of the text.
        lines: its lines, words run together.
        order: pieces, those first that are likelier to be meant where several have equal words.
    """
    shingles, lines = chosen.shingles.copy(), lines.copy()
    covered = [False] * len(words)
    for at in order:
        own = words[at]
        if own.line and lines[own.line] > 0:
            lines[own.line] -= 1
            covered[at] = True
        elif own.count >= _SHINGLE:
            found = sum(
                min(count, max(0, shingles[shingle])) for shingle, count in own.shingles.items()
            )
            if found >= _COVERED * own.shingles.total():
                shingles.subtract(own.shingles)
                covered[at] = True
    return covered


def lines_of(lines: Iterable[str]) -> Counter[str]:
    """Lines, with the words of each run together."""
    return Counter("".join(_WORD.findall(line)) for line in lines)
