"""The identifiers of a paper, and what follows from them: its key, its address, its year."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from corpora.urls import normalise_url

# How the same identifier is written elsewhere, by scheme.
_PREFIXES = {
    "acl": re.compile(
        r"https?://(?:www\.)?(?:aclanthology\.org|aclweb\.org/anthology)/(?:papers/)?"
    ),
    "arxiv": re.compile(r"(?:https?://(?:www\.)?arxiv\.org/(?:abs|pdf)/|arxiv:)\s*", re.IGNORECASE),
    "corpus": re.compile(r"corpusid:\s*", re.IGNORECASE),
    "doi": re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:\s*)", re.IGNORECASE),
    "pmc": re.compile(
        r"https?://(?:pmc\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pmc|europepmc\.org)"
        r"/(?:articles?/)?(?:PMC/)?|pmcid:\s*",
        re.IGNORECASE,
    ),
    "pubmed": re.compile(
        r"https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/|pmid:\s*",
        re.IGNORECASE,
    ),
}
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ACL = re.compile(
    r"(?P<letter>[A-Z])(?P<yy>\d\d)-\d{4,5}|(?P<year>\d{4})\.[a-z0-9_]+-[a-z0-9]+\.\d+"
)
_ARXIV = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?")
_PMC = re.compile(r"PMC\d+")
_PUBMED = re.compile(r"\d{1,9}")
_CORPUS = re.compile(r"\d{1,12}")
_SCHEMES = {
    "acl": _ACL,
    "arxiv": _ARXIV,
    "corpus": _CORPUS,
    "doi": _DOI,
    "pmc": _PMC,
    "pubmed": _PUBMED,
}
_VERSION = re.compile(r"v\d+$")
_SUBJECT = re.compile(r"\.[A-Z]{2}/", re.IGNORECASE)
# DOIs that only repeat another identifier: the same paper, whichever of the two a source states.
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)")
_ACL_DOI = re.compile(
    r"10\.(?:18653|3115)/(?:v1/)?([a-z]\d\d-\d{4,5}|\d{4}\.[a-z0-9_]+-[a-z0-9]+\.\d+)"
)
# What the document id is made of, in this order. A paper's own number in a dump comes last: it
# means nothing elsewhere.
_KEYS = (("acl", "paper:{}"), ("doi", "doi:{}"), ("arxiv", "paper:{}"), ("pubmed", "pubmed:{}"),
         ("pmc", "pmc:{}"))  # fmt: skip
_ADDRESSES = (
    ("acl", "https://aclanthology.org/{}"),
    ("doi", "https://doi.org/{}"),
    ("arxiv", "https://arxiv.org/abs/{}"),
    ("pmc", "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
    ("pubmed", "https://pubmed.ncbi.nlm.nih.gov/{}/"),
    ("corpus", "https://api.semanticscholar.org/CorpusID:{}"),
)


@dataclass(frozen=True, slots=True)
class PaperIds:
    """What a paper is called.

    Attributes:
        paper_id: the id in its source.
        by_scheme: further identifiers, by "acl", "arxiv" (without version), "corpus" (Semantic
            Scholar), "doi", "pmc" or "pubmed".
    """

    paper_id: str
    by_scheme: Mapping[str, str]

    def _first(self, forms: tuple[tuple[str, str], ...]) -> str | None:
        for scheme, form in forms:
            value = self.by_scheme.get(scheme)
            if value and not (scheme == "doi" and _ARXIV_DOI.fullmatch(value)):
                return form.format(value)
        return None

    @property
    def key(self) -> str:
        """What the document id is made of: the same for a paper in whichever dump it stands."""
        return self._first(_KEYS) or f"paper:{self.paper_id}"

    @property
    def url(self) -> str | None:
        """Where a person can read it; None when no identifier leads there."""
        address = self._first(_ADDRESSES)
        return normalise_url(address) if address else None

    @property
    def acl_year(self) -> int | None:
        """The year an ACL id states; None for other papers."""
        match = _ACL.fullmatch(self.by_scheme.get("acl", ""))
        if match is None:
            return None
        if match["year"]:
            return int(match["year"])
        # The anthology begins in 1965; since 2020 its ids have four digits.
        return int(match["yy"]) + (1900 if int(match["yy"]) >= 60 else 2000)


def find_paper_ids(paper_id: str, stem: str, stated: Mapping[str, object]) -> PaperIds:
    """The identifiers of a paper.

    Args:
        paper_id: the id inside the record; may be empty.
        stem: file name without endings, which s2orc-doc2json takes for the id but cuts at its
            first dot ("2020" for 2020.acl-main.47); empty where a file holds many papers.
        stated: identifiers by scheme as the record states them.
    """
    by_scheme: dict[str, str] = {}
    for scheme, pattern in _SCHEMES.items():
        text = _identifier(scheme, stated.get(scheme))
        if pattern.fullmatch(text):
            by_scheme[scheme] = text
    if stem.partition(".")[0] == paper_id or not paper_id:
        paper_id = stem or paper_id
    for scheme in ("acl", "arxiv"):
        for name in (stem, paper_id):
            if scheme not in by_scheme and _SCHEMES[scheme].fullmatch(name):
                by_scheme[scheme] = paper_id = _arxiv_id(name)
    _translate_doi(by_scheme)
    return PaperIds(paper_id, by_scheme)


def _identifier(scheme: str, value: object) -> str:
    """A stated identifier without what different sources write around it."""
    text = str(value).strip() if isinstance(value, str | int) else ""
    text = _PREFIXES[scheme].sub("", text, count=1)
    match scheme:
        case "doi":
            return text.lower()
        case "arxiv":
            return _arxiv_id(text.removesuffix(".pdf"))
        case "pmc":
            text = text.strip("/").upper()
            return f"PMC{text}" if text.isascii() and text.isdigit() else text
        case _:
            return text.strip("/").removesuffix(".pdf")


def _arxiv_id(text: str) -> str:
    """The id arXiv itself uses: without version and subject class ("math.GT/0309136")."""
    return _SUBJECT.sub("/", _VERSION.sub("", text))


def _translate_doi(by_scheme: dict[str, str]) -> None:
    """Adds the arXiv or ACL id that a DOI consists of."""
    doi = by_scheme.get("doi", "")
    if (match := _ARXIV_DOI.fullmatch(doi)) and _ARXIV.fullmatch(match[1]):
        by_scheme.setdefault("arxiv", _arxiv_id(match[1]))
    elif match := _ACL_DOI.fullmatch(doi):
        by_scheme.setdefault("acl", match[1][0].upper() + match[1][1:])
