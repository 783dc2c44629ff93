"""The links out of a page, each with where it stands and the sentence around it; pure."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache

from corpora.document import BlockKind, Link, LinkRegion
from corpora.urls import join_url, normalise_url
from indexer.runs import Anchor, Body, Run
from indexer.sentences import sentence_spans

MAX_LINKS = 2_000
"""Links kept of one page, those of its content first; link farms have more, real pages do not."""
MAX_CONTEXT_CHARS = 300
_MAX_ANCHOR_CHARS = 1_000
_RUNNING_CHARS = 20
"""A block with fewer characters beside its links is a menu, not running text."""
_UNVOUCHED = frozenset({"nofollow", "ugc", "sponsored"})


def links_of(body: Body, url: str | None, base: str | None) -> tuple[Link, ...]:
    """Links to other pages, in document order, at most `MAX_LINKS`.

    Args:
        body: the walk.
        url: the page's own address: links to it are left out.
        base: what relative addresses are relative to; None leaves all links out.
    """
    if base is None:
        return ()
    own = normalise_url(url) if url else None
    anchors = _first(body.anchors)
    sentences = lru_cache(maxsize=64)(lambda number: sentence_spans(body.runs[number].text))
    links: list[Link] = []
    for anchor in anchors:
        target = join_url(base, anchor.element.get("href") or "")
        if target is None or target == own:
            continue
        rel = (anchor.element.get("rel") or "").casefold().split()
        links.append(
            Link(
                url=target,
                anchor=_anchor_text(anchor, body.runs),
                nofollow=not _UNVOUCHED.isdisjoint(rel),
                rel=tuple(sorted(set(rel))),
                region=anchor.region,
                context=_context(anchor, body.runs, sentences),
            )
        )
    return tuple(links)


def _first(anchors: list[Anchor]) -> list[Anchor]:
    """As many as are kept: those of the content, then the others, in document order."""
    if len(anchors) <= MAX_LINKS:
        return anchors
    numbers = range(len(anchors))
    order = sorted(numbers, key=lambda at: anchors[at].region is not LinkRegion.CONTENT)
    return [anchors[at] for at in sorted(order[:MAX_LINKS])]


def _anchor_text(anchor: Anchor, runs: Sequence[Run]) -> str:
    parts = (runs[number].text[start:end] for number, start, end in anchor.parts)
    return " ".join(" ".join(parts).split())[:_MAX_ANCHOR_CHARS]


def _context(
    anchor: Anchor, runs: Sequence[Run], sentences: Callable[[int], list[tuple[int, int]]]
) -> str:
    """The sentence around a link; empty outside running text."""
    if len(anchor.parts) != 1 or anchor.region is not LinkRegion.CONTENT:
        return ""
    number, start, end = anchor.parts[0]
    run = runs[number]
    if len(run.text) - run.link_chars < _RUNNING_CHARS or run.kind is BlockKind.CODE:
        return ""
    spans = sentences(number)
    first = max(0, bisect_right(spans, (start, len(run.text))) - 1)
    last = max(first, bisect_right(spans, (max(start, end - 1), len(run.text))) - 1)
    around = run.text[spans[first][0] : spans[last][1]]
    return _cut(around, start - spans[first][0], end - spans[first][0])


def _cut(text: str, start: int, end: int) -> str:
    """At most `MAX_CONTEXT_CHARS` of a sentence with `text[start:end]` near their middle."""
    if len(text) > MAX_CONTEXT_CHARS:
        left = max(0, min((start + end - MAX_CONTEXT_CHARS) // 2, len(text) - MAX_CONTEXT_CHARS))
        right = left + MAX_CONTEXT_CHARS
        if left and " " in text[left:start]:
            left = text.index(" ", left, start)
        if right < len(text) and " " in text[end:right]:
            right = text.rindex(" ", end, right)
        text = text[left:right]
    return " ".join(text.split())
