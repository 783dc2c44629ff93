"""Papers in S2ORC JSON: the static releases, what s2orc-doc2json writes, and the API's releases.

The abstract and the body become blocks, with captions, tables and footnotes behind the paragraph
that is first to name them. Back matter (acknowledgements, funding, annexes of tables) is left
out: it is rarely evidence for anything.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from corpora.document import Document, Rejected, SourceRef
from corpora.json_head import first_object
from corpora.json_records import is_named_lines, plain_name
from corpora.json_values import (
    clean,
    day_of,
    list_at,
    mapping_at,
    object_or_empty,
    text_at,
    year_of,
)
from corpora.paper_ids import PaperIds, find_paper_ids
from corpora.papers import Facts, paper_document, read_papers
from corpora.reader import Head, Progress, Reader
from corpora.readers.unarxive import is_unarxive
from corpora.s2orc_annotated import AnnotatedText
from corpora.s2orc_text import S2orcText
from corpora.sections import Paragraph, section_blocks

# LaTeX first: where a record carries both, its text is the cleaner.
_PARSES = ("latex_parse", "grobid_parse", "pdf_parse")
_ID_FIELDS = {
    "acl": ("acl_id", "acl", "acl_anthology", "ACL"),
    "arxiv": ("arxiv_id", "arxiv", "ArXiv", "arXiv"),
    "doi": ("doi", "DOI"),
    "pmc": ("pmc_id", "pmcid", "pmc", "PubMedCentral"),
    "pubmed": ("pubmed_id", "pmid", "pubmed", "PubMed"),
}


def read_s2orc(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The papers of a file that holds one, or one a line.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    name = plain_name(path.name)
    is_single = name.endswith(".json") and not is_named_lines(path.name)
    stem = path.name[: len(name) - len(".json")] if is_single else ""

    def make(source: SourceRef, value: Mapping[str, object]) -> Document | Rejected:
        is_annotated = "corpusid" in value
        return _annotated(source, value) if is_annotated else _paper(source, value, stem)

    return read_papers(path, make, progress)


def _paper(source: SourceRef, value: Mapping[str, object], stem: str) -> Document | Rejected:
    metadata = mapping_at(value, "metadata")
    parse = _parse(value)
    if not parse and "abstract" not in value and "abstract" not in metadata:
        return Rejected(source, "not an s2orc paper", ", ".join(sorted(value))[:200])
    ids = _ids(text_at(value, "paper_id"), stem, mapping_at(value, "identifiers"), metadata, value)
    when = text_at(value, "year") or text_at(metadata, "year") or text_at(metadata, "publish_time")
    facts = Facts(
        title=" ".join((text_at(value, "title") or text_at(metadata, "title")).split()),
        authors=_authors(value) or _authors(metadata),
        venue=text_at(value, "venue", "journal") or text_at(metadata, "venue", "journal"),
        year=year_of(when) or ids.acl_year,
        published=day_of(when),
    )
    return paper_document(source, ids, facts, section_blocks(_text(value, metadata, parse)))


def _text(
    value: Mapping[str, object], metadata: Mapping[str, object], parse: Mapping[str, object]
) -> list[Paragraph]:
    reader = S2orcText(parse)
    # A plain abstract stands in the parse itself in some records.
    in_parse = (
        [] if isinstance(parse.get("abstract"), str) else reader.paragraphs(parse, "abstract")
    )
    abstract = in_parse or _plain_abstract(value) or _plain_abstract(metadata)
    entries = list(list_at(parse, "body_text"))
    body = list(reader.with_floats(reader.paragraphs(parse, "body_text"), entries))
    # Some parses repeat the abstract as the beginning of the body.
    known = {paragraph.text for paragraph in abstract if paragraph.text}
    return [*abstract, *(each for each in body if each.text not in known)]


def _annotated(source: SourceRef, value: Mapping[str, object]) -> Document | Rejected:
    """A paper of a release that came through the API."""
    access = object_or_empty(value.get("openaccessinfo"))
    external = value.get("externalids") or access.get("externalids")
    corpus_id = text_at(value, "corpusid")
    ids = _ids(corpus_id, "", {"corpus": corpus_id}, object_or_empty(external), value)
    text = AnnotatedText(value)
    paragraphs = list(text.paragraphs())
    if not any(paragraph.section == "Abstract" for paragraph in paragraphs):
        paragraphs = [*_plain_abstract(value), *paragraphs]
    facts = Facts(
        title=" ".join(text_at(value, "title").split()) or text.title,
        authors=_authors(value) or text.authors,
        venue=text_at(value, "venue"),
        year=year_of(text_at(value, "year")),
        published=day_of(text_at(value, "publicationdate")),
    )
    return paper_document(source, ids, facts, section_blocks(paragraphs))


def _parse(value: Mapping[str, object]) -> Mapping[str, object]:
    """The part of the record that holds the text; empty when there is none."""
    parses = [parse for key in _PARSES if (parse := mapping_at(value, key))]
    with_body = [parse for parse in parses if parse.get("body_text")]
    if parses:
        return (with_body or parses)[0]
    return value if "body_text" in value else {}


def _plain_abstract(value: Mapping[str, object]) -> list[Paragraph]:
    abstract = value.get("abstract")
    text = clean(abstract) if isinstance(abstract, str) else ""
    return [Paragraph(text, "Abstract", "")] if text else []


def _ids(paper_id: str, stem: str, *places: Mapping[str, object]) -> PaperIds:
    stated: dict[str, object] = {}
    for place in places:
        if place.get("corpus"):
            stated["corpus"] = place["corpus"]
        for scheme, fields in _ID_FIELDS.items():
            for field in fields:
                if place.get(field):
                    stated.setdefault(scheme, place[field])
    return find_paper_ids(paper_id, stem, stated)


def _authors(value: Mapping[str, object]) -> tuple[str, ...]:
    entries = value.get("authors")
    names = [_name(entry) for entry in entries] if isinstance(entries, list) else []
    return tuple(name for name in names if name)


def _name(entry: object) -> str:
    if isinstance(entry, str):
        return clean(entry)
    if not isinstance(entry, dict):
        return ""
    middle = entry.get("middle")
    middles = [part for part in middle if isinstance(part, str)] if isinstance(middle, list) else []
    parts = [text_at(entry, "first"), *middles, text_at(entry, "last"), text_at(entry, "suffix")]
    return " ".join(part for part in map(clean, parts) if part) or text_at(entry, "name")


def _recognise(head: Head) -> bool:
    fields = first_object(head.start)
    if "corpusid" in fields:
        return not {"content", "body", "abstract"}.isdisjoint(fields)
    return "paper_id" in fields and not is_unarxive(head)


READER = Reader("s2orc", _recognise, read_s2orc)
