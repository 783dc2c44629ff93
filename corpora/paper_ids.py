"""The identifiers of a paper, and what follows from them: its key, its address, its year."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from corpora.urls import normalise_url

_DOI_PREFIX = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ACL = re.compile(
    r"(?P<letter>[A-Z])(?P<yy>\d\d)-\d{4,5}|(?P<year>\d{4})\.[a-z0-9_]+-[a-z0-9]+\.\d+"
)
_ARXIV = re.compile(r"\d{4}\.\d{4,5}(?:v\d+)?|[a-z-]+(?:\.[A-Z]{2})?/\d{7}(?:v\d+)?")
_PMC = re.compile(r"PMC\d+")
_PUBMED = re.compile(r"\d{1,9}")
_SCHEMES = {"acl": _ACL, "arxiv": _ARXIV, "doi": _DOI, "pmc": _PMC, "pubmed": _PUBMED}
_ADDRESSES = (
    ("acl", "https://aclanthology.org/{}"),
    ("doi", "https://doi.org/{}"),
    ("arxiv", "https://arxiv.org/abs/{}"),
    ("pmc", "https://pmc.ncbi.nlm.nih.gov/articles/{}/"),
    ("pubmed", "https://pubmed.ncbi.nlm.nih.gov/{}/"),
)


@dataclass(frozen=True, slots=True)
class PaperIds:
    """What a paper is called.

    Attributes:
        paper_id: the id in its source.
        by_scheme: further identifiers, by "acl", "arxiv", "doi", "pmc" or "pubmed".
    """

    paper_id: str
    by_scheme: Mapping[str, str]

    @property
    def key(self) -> str:
        """What the document id is made of."""
        doi = self.by_scheme.get("doi")
        return f"doi:{doi}" if doi else f"paper:{self.paper_id}"

    @property
    def url(self) -> str | None:
        """Where a person can read it; None when no identifier leads there."""
        for scheme, address in _ADDRESSES:
            if scheme in self.by_scheme:
                return normalise_url(address.format(self.by_scheme[scheme]))
        return None

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
        value = stated.get(scheme)
        text = str(value).strip() if isinstance(value, str | int) else ""
        text = _DOI_PREFIX.sub("", text, count=1).lower() if scheme == "doi" else text
        if pattern.fullmatch(text):
            by_scheme[scheme] = text
    if stem.partition(".")[0] == paper_id or not paper_id:
        paper_id = stem or paper_id
    for scheme in ("acl", "arxiv"):
        for name in (stem, paper_id):
            if scheme not in by_scheme and _SCHEMES[scheme].fullmatch(name):
                by_scheme[scheme] = paper_id = name
    return PaperIds(paper_id, by_scheme)
