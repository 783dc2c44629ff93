"""unarXive: full papers from arXiv's LaTeX as JSON Lines, of the releases of 2022 and 2024."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from corpora.citations import UNKNOWN, Mark, Reference, cited_text, reference_of
from corpora.document import BlockKind, Document, Rejected, SourceRef
from corpora.json_head import first_object
from corpora.json_values import (
    BadShape,
    clean,
    line_at,
    list_at,
    mapping_at,
    object_or_empty,
    objects,
    text_at,
)
from corpora.papers import paper_document, read_papers
from corpora.reader import Head, Progress, Reader
from corpora.readers.arxiv import abstract_blocks, arxiv_facts
from corpora.sections import Paragraph, section_blocks
from corpora.tex_text import read_tex

_MARKER = re.compile(r"\{\{(\w{1,20}):([\w-]{1,80})\}\}")
_SPACES = re.compile(r"[ \t\r\n]+")
_KINDS = {"list": BlockKind.LIST, "listitem": BlockKind.LIST, "verbatim": BlockKind.CODE,
          "listing": BlockKind.CODE, "footnote": BlockKind.FOOTNOTE}  # fmt: skip
_ONLY_HERE = ("_source_hash", "_source_name", "discipline")
_SIGNS = re.compile(rb'\{\{(?:cite|formula|figure|table):|"content_type"\s*:|"authors_parsed"\s*:')


def read_unarxive(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The papers of a file.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    return read_papers(path, _paper, progress)


def is_unarxive(head: Head) -> bool:
    """Whether papers in JSON are of this dump; S2ORC's have the same names for most fields."""
    fields = first_object(head.start)
    if "paper_id" not in fields:
        return False
    return any(name in fields for name in _ONLY_HERE) or _SIGNS.search(head.start) is not None


def _paper(source: SourceRef, value: Mapping[str, object]) -> Document | Rejected:
    paper_id = line_at(value, "paper_id")
    if not paper_id:
        return Rejected(source, "no id", damaged=True)
    ids, facts = arxiv_facts({"id": paper_id, **_without_none(mapping_at(value, "metadata"))})
    text = _Text(value)
    paragraphs = [*text.abstract(), *text.body(), *text.rest()]
    return paper_document(source, ids, facts, section_blocks(paragraphs))


class _Text:
    """Reads the paragraphs of one record."""

    def __init__(self, value: Mapping[str, object]) -> None:
        self._value = value
        self._bibliography = object_or_empty(value.get("bib_entries"))
        self._entries = object_or_empty(value.get("ref_entries"))
        self._references: dict[str, Reference] = {}
        self._numbers: dict[str, dict[str, int]] = {}  # kind -> name -> its number
        self._placed: set[str] = set()

    def abstract(self) -> list[Paragraph]:
        abstract = self._value.get("abstract")
        if isinstance(abstract, dict) and text_at(abstract, "text"):
            return [self._read(str(abstract["text"]), "Abstract")]
        metadata = object_or_empty(self._value.get("metadata"))
        texts = [abstract, metadata.get("abstract")]
        plain = next((each for each in texts if isinstance(each, str) and each.strip()), "")
        return [Paragraph(block.text, "Abstract", "") for block in abstract_blocks(plain)]

    def body(self) -> Iterator[Paragraph]:
        for entry in [*list_at(self._value, "body_text"), *self._sections()]:
            if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
                raise BadShape(f"body_text holds {type(entry).__name__} without text")
            kind = _KINDS.get(text_at(entry, "content_type").lower(), BlockKind.PARAGRAPH)
            section = read_tex(line_at(entry, "section"))
            number = line_at(entry, "sec_number", "sec_num")
            yield self._read(entry["text"], section, number, kind)
            for match in _MARKER.finditer(entry["text"]):
                yield from self._captions(match[2], section, number)

    def rest(self) -> Iterator[Paragraph]:
        """Captions that no paragraph names."""
        for name in self._entries:
            yield from self._captions(name, "", "")

    def _sections(self) -> list[object]:
        """The sections of the release of 2024: texts under their titles."""
        return [
            {**object_or_empty(entry), "section": title}
            for title, entry in mapping_at(self._value, "sections").items()
        ]

    def _read(
        self, text: str, section: str, number: str = "", kind: BlockKind = BlockKind.PARAGRAPH
    ) -> Paragraph:
        if kind is not BlockKind.CODE:
            text = _SPACES.sub(" ", text)
        marks = [self._mark(match) for match in _MARKER.finditer(text)]
        clean_text, citations = cited_text(text, marks)
        return Paragraph(clean_text, section, number, kind, citations)

    def _mark(self, match: re.Match[str]) -> Mark:
        kind, name = match[1], match[2]
        if kind == "cite":
            return Mark(*match.span(), f"[{self._number(kind, name)}]", self._reference(name))
        latex = text_at(object_or_empty(self._entries.get(name)), "latex")
        if kind == "formula" or latex:
            return Mark(*match.span(), f"${' '.join(latex.split())}$" if latex else "")
        return Mark(*match.span(), str(self._number(kind, name)))

    def _number(self, kind: str, name: str) -> int:
        """Figures, tables and references are numbered as the text comes to them."""
        numbers = self._numbers.setdefault(kind, {})
        return numbers.setdefault(name, len(numbers) + 1)

    def _reference(self, name: str) -> Reference:
        if name not in self._references:
            entry = object_or_empty(self._bibliography.get(name))
            self._references[name] = _reference(entry) if entry else UNKNOWN
        return self._references[name]

    def _captions(self, name: str, section: str, number: str) -> Iterator[Paragraph]:
        entry = object_or_empty(self._entries.get(name))
        caption = text_at(entry, "caption")
        if name in self._placed or not caption:
            return
        self._placed.add(name)
        kind = text_at(entry, "type") or "figure"
        label = f"{kind.capitalize()} {self._number(kind, name)}: "
        yield self._read(f"{label}{caption}", section, number, BlockKind.CAPTION)


def _reference(entry: Mapping[str, object]) -> Reference:
    ids = object_or_empty(entry.get("ids"))
    contained = [text_at(each, "id") for each in objects(entry.get("contained_arXiv_ids"))]
    stated: dict[str, object] = {
        "arxiv": text_at(ids, "arxiv_id", "arxiv") or next(iter(contained), ""),
        "doi": text_at(ids, "doi"),
        "pmc": text_at(ids, "pmc_id", "pmcid"),
        "pubmed": text_at(ids, "pubmed_id", "pmid"),
    }
    raw = text_at(entry, "bib_entry_raw", "raw_text")
    links = " ".join(text_at(each, "url") for each in objects(entry.get("contained_links")))
    return reference_of(stated, clean(text_at(entry, "title")), raw=f"{links} {raw}")


def _without_none(metadata: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in metadata.items() if value is not None}


READER = Reader("unarxive", is_unarxive, read_unarxive)
