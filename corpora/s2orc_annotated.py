"""The text of newer S2ORC releases: one string, and lists of spans that say what is what."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpora.citations import UNKNOWN, Mark, Reference, cited_text, reference_of
from corpora.document import BlockKind
from corpora.json_values import BadShape, clean, line_at, object_or_empty, text_at
from corpora.s2orc_text import place_of
from corpora.sections import Paragraph

MAX_SPANS = 200_000
"""So many annotations of a kind are read."""

_BACK_MATTER = re.compile(
    r"(?:\d+\.?\s*)?(?:acknowledge?ments?|funding|references|bibliography)\W*$", re.I
)


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    facts: Mapping[str, object]


class AnnotatedText:
    """The text of one paper with its annotations.

    Args:
        value: the record. Its text is under `content` (the first API releases) or `body`, with
            the bibliography in the same text or under `bibliography`.

    Raises:
        BadShape: a field does not hold what it should.
    """

    def __init__(self, value: Mapping[str, object]) -> None:
        body = object_or_empty(value.get("body") or value.get("content"))
        body = object_or_empty(body.get("grobid")) or body
        text = body.get("text") or body.get("contents")
        if not isinstance(text, str | None):
            raise BadShape(f"text is {type(text).__name__}")
        self._text = text or ""
        self._annotations = _by_plain_name(body.get("annotations"))
        bibliography = object_or_empty(value.get("bibliography"))
        entries_text = bibliography.get("text")
        self._entries_text = entries_text if isinstance(entries_text, str) else self._text
        self._entry_annotations = _by_plain_name(bibliography.get("annotations"))
        if not self._entry_annotations:
            self._entry_annotations = self._annotations
        self._references = self._read_references()

    @property
    def title(self) -> str:
        """As annotated; may be empty."""
        spans = self._spans("title")
        return " ".join(clean(self._slice(spans[0])).split()) if spans else ""

    @property
    def authors(self) -> tuple[str, ...]:
        """As annotated."""
        names = (" ".join(clean(self._slice(span)).split()) for span in self._spans("author"))
        return tuple(filter(None, names))

    def paragraphs(self) -> Iterator[Paragraph]:
        """Abstract, paragraphs and captions in order, each with its section; no back matter."""
        abstracts, headings = self._spans("abstract"), self._spans("sectionheader")
        starts = [heading.start for heading in headings]
        paragraphs = [(span, BlockKind.PARAGRAPH) for span in self._spans("paragraph")]
        captions = [(span, BlockKind.CAPTION) for span in self._spans("figurecaption")]
        bare = [
            (span, BlockKind.PARAGRAPH)
            for span in abstracts
            if not any(_within(each, span) for each, _ in paragraphs)
        ]
        cites = self._spans("bibref")
        cite_starts = [cite.start for cite in cites]
        for span, kind in sorted([*bare, *paragraphs, *captions], key=lambda each: each[0].start):
            at = bisect_right(starts, span.start) - 1
            section, number = self._heading(headings[at]) if at >= 0 else ("", "")
            if any(_within(span, abstract) for abstract in abstracts):
                section, number = "Abstract", ""
            if _BACK_MATTER.match(section):
                continue
            first = bisect_right(cite_starts, span.start - 1)
            last = bisect_right(cite_starts, span.end)
            text, citations = cited_text(self._slice(span), self._marks(span, cites[first:last]))
            if text:
                yield Paragraph(text, section, number, kind, citations)

    def _marks(self, span: _Span, cites: list[_Span]) -> Iterator[Mark]:
        for cite in cites:
            name = text_at(cite.facts, "ref_id", "refid")
            reference = self._references.get(name)
            if reference is None:
                corpus_id = text_at(cite.facts, "matched_paper_id")
                reference = reference_of({}, corpus_id=corpus_id) if corpus_id else UNKNOWN
            yield Mark(cite.start - span.start, cite.end - span.start, None, reference)

    def _heading(self, span: _Span) -> tuple[str, str]:
        return " ".join(clean(self._slice(span)).split()), line_at(span.facts, "n", "secnum")

    def _read_references(self) -> dict[str, Reference]:
        entries = _spans_of(self._entry_annotations.get("bibentry"))
        titles = _spans_of(self._entry_annotations.get("bibtitle"))
        starts = [title.start for title in titles]
        references: dict[str, Reference] = {}
        for entry in entries:
            at = bisect_right(starts, entry.start - 1)
            within = at < len(titles) and _within(titles[at], entry)
            title = self._entries_text[titles[at].start : titles[at].end] if within else ""
            raw = self._entries_text[entry.start : entry.end]
            stated: dict[str, object] = {
                scheme: text_at(entry.facts, scheme, scheme.upper())
                for scheme in ("doi", "arxiv", "pubmed", "pmc", "acl")
            }
            corpus_id = text_at(entry.facts, "matched_paper_id")
            name = text_at(entry.facts, "id")
            references[name] = reference_of(
                stated, title, corpus_id if corpus_id.isdigit() else "", raw
            )
        return references

    def _spans(self, name: str) -> list[_Span]:
        return _spans_of(self._annotations.get(name))

    def _slice(self, span: _Span) -> str:
        return self._text[span.start : span.end]


def _within(inner: _Span, outer: _Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _by_plain_name(annotations: object) -> Mapping[str, object]:
    """Annotations by name without underscores: "section_header" is "sectionheader"."""
    found = object_or_empty(annotations)
    return {name.replace("_", "").lower(): spans for name, spans in found.items()}


def _spans_of(found: object) -> list[_Span]:
    """Spans in order, from the list or the JSON text of a list that an annotation is.

    Raises:
        BadShape: it is neither.
    """
    if isinstance(found, str):
        try:
            found = json.loads(found) if found.strip() else None
        except (ValueError, RecursionError) as error:
            raise BadShape(f"annotation is no json: {error}"[:200]) from error
    if found is None:
        return []
    if not isinstance(found, list):
        raise BadShape(f"annotation is {type(found).__name__}")
    spans = []
    for each in found[:MAX_SPANS]:
        entry = object_or_empty(each)
        place = place_of(entry)
        if place is not None and 0 <= place[0] < place[1]:
            spans.append(_Span(*place, object_or_empty(entry.get("attributes"))))
    return sorted(spans, key=lambda span: (span.start, span.end))
