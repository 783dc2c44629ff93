"""Text without markup, cut into paragraph blocks."""

import re

from corpora.document import Block, BlockKind, normalise_text

_LINE_END = re.compile(r"\r\n?")
_BLANK_LINES = re.compile(r"\n\s*\n")


def paragraph_blocks(text: str) -> tuple[Block, ...]:
    """One block for each stretch of text between blank lines; its line breaks are kept."""
    return _blocks(_BLANK_LINES.split(_LINE_END.sub("\n", text)))


def line_blocks(text: str) -> tuple[Block, ...]:
    """One block a line, as WET files have it."""
    return _blocks(text.splitlines())


def _blocks(parts: list[str]) -> tuple[Block, ...]:
    texts = (normalise_text(part).strip() for part in parts)
    return tuple(Block(text, BlockKind.PARAGRAPH) for text in texts if text)
