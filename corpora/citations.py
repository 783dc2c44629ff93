"""Text with places that are replaced or cite: cleaned, with each citation where it then stands."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from corpora.document import Citation, DocumentId, identify
from corpora.json_values import line_at
from corpora.paper_ids import find_paper_ids
from corpora.spans import normalise_spans

_DOI_IN_TEXT = re.compile(r"\b10\.\d{4,9}/[^\s\"<>,;]+")
_ARXIV_IN_TEXT = re.compile(
    r"(?:arxiv(?:\.org/(?:abs|pdf)/|\s*:|\s+preprint\s+arxiv\s*:)\s*|\babs/)"
    r"(\d{4}\.\d{4,5}|[a-z-]{2,12}(?:\.[A-Z]{2})?/\d{7})",
    re.IGNORECASE,
)
_ACL_IN_TEXT = re.compile(
    r"(?:aclanthology\.org|aclweb\.org/anthology)/(?:papers/\w/\w+/)?([A-Z]\d\d-\d{4,5}|\d{4}\.[\w-]+\.\d+)"
)
_MAX_SCANNED_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class Reference:
    """What a citation leads to.

    Attributes:
        cited: document id; None when unknown.
        title: None when unknown.
    """

    cited: DocumentId | None = None
    title: str | None = None


UNKNOWN = Reference()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a raw text.

    Attributes:
        start, end: code points in the raw text.
        text: what to write there instead; None keeps what is there.
        reference: what it cites; None when it does not cite.
    """

    start: int
    end: int
    text: str | None = None
    reference: Reference | None = None


def cited_text(text: str, marks: Iterable[Mark]) -> tuple[str, tuple[Citation, ...]]:
    """A text normalised and stripped, its marks applied.

    Marks that lie outside, are empty or overlap an earlier one are passed over.
    """
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    references: list[Reference] = []
    done, length = 0, 0
    for mark in sorted(marks, key=lambda each: (each.start, each.end)):
        if not done <= mark.start < mark.end <= len(text):
            continue
        new = text[mark.start : mark.end] if mark.text is None else mark.text
        parts += [text[done : mark.start], new]
        length += mark.start - done
        if mark.reference is not None:
            spans.append((length, length + len(new)))
            references.append(mark.reference)
        length += len(new)
        done = mark.end
    clean, moved = normalise_spans("".join([*parts, text[done:]]), spans)
    pairs = zip(moved, references, strict=True)
    return clean, tuple(Citation(*span, each.cited, each.title) for span, each in pairs if span)


def reference_of(
    stated: Mapping[str, object], title: str = "", corpus_id: str = "", raw: str = ""
) -> Reference:
    """What a bibliography entry leads to.

    Args:
        stated: identifiers by scheme, as for `find_paper_ids`.
        title: may be empty.
        corpus_id: the entry's number in the dump, where it was resolved there.
        raw: text of the entry in which a DOI, an arXiv or an ACL id may stand.
    """
    known = {scheme: value for scheme, value in stated.items() if value}
    raw = raw[:_MAX_SCANNED_CHARS]
    if not known.get("doi") and (doi := _DOI_IN_TEXT.search(raw)):
        known["doi"] = doi[0].rstrip(".)]}'")
    if not known.get("arxiv") and (arxiv := _ARXIV_IN_TEXT.search(raw)):
        known["arxiv"] = arxiv[1]
    if not known.get("acl") and (acl := _ACL_IN_TEXT.search(raw)):
        known["acl"] = acl[1]
    ids = find_paper_ids(corpus_id, "", known)
    is_known = bool(ids.by_scheme or corpus_id)
    title = line_at({"title": title}, "title")
    return Reference(identify(ids.key) if is_known else None, title or None)
