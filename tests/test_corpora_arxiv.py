"""arXiv metadata: hard line breaks, TeX in names, dates, and what is broken."""

import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Rejected, identify
from corpora.readers.arxiv import read_arxiv
from corpora.tex_text import read_tex

RECORD: dict[str, object] = {
    "id": "0704.0001", "submitter": "S", "title": "Prompt $\\gamma$\n  cross sections",
    "authors": "C. Bal\\'azs, E. Berger (Argonne) and C.-P. Yuan", "doi": None,
    "journal-ref": "Phys.Rev.D76:013009,2007", "categories": "hep-ph math.AG",
    "abstract": "  A fully differential\ncalculation of $x^{2}$\nis made.\n  Second one.\n",
    "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}, {}],
    "update_date": "2008-11-26", "authors_parsed": [["Balázs", "C.", ""], ["Yuan", "C. -P.", "Jr"]],
}  # fmt: skip


def read(folder: Path, *values: object) -> list[Document | Rejected]:
    path = folder / "arxiv.json"
    path.write_text("\n".join(json.dumps(value) for value in values), encoding="utf-8")
    return list(read_arxiv(path))


def read_one(folder: Path, **changes: object) -> Document:
    (paper,) = read(folder, {**RECORD, **changes})
    assert isinstance(paper, Document), paper
    return paper


def test_a_record(tmp_path: Path) -> None:
    paper = read_one(tmp_path)
    assert paper.paper is not None
    assert [block.text for block in paper.blocks] == [
        "A fully differential calculation of $x^{2}$ is made.",
        "Second one.",
    ]
    assert paper.title == "Prompt $\\gamma$ cross sections"
    assert paper.url == "https://arxiv.org/abs/0704.0001"
    assert (paper.host, paper.doi) == ("arxiv.org", None)
    assert paper.published == date(2007, 4, 2)
    assert paper.paper.authors == ("C. Balázs", "C.-P. Yuan Jr")
    assert (paper.paper.venue, paper.paper.year) == ("Phys.Rev.D76:013009,2007", 2007)
    assert paper.paper.identifiers == (("arxiv", "0704.0001"),)


def test_one_paper_has_one_identity(tmp_path: Path) -> None:
    plain = read_one(tmp_path)
    for changes in ({"id": "0704.0001v3"}, {"id": "http://arxiv.org/abs/0704.0001v2"},
                    {"doi": "10.48550/arXiv.0704.0001"}):  # fmt: skip
        assert read_one(tmp_path, **changes).document_id == plain.document_id
        assert read_one(tmp_path, **changes).url == plain.url
    published = read_one(tmp_path, doi="10.1103/PhysRevD.76.013009 10.1/other")
    assert published.document_id == identify("doi:10.1103/physrevd.76.013009")
    assert published.url == plain.url


def test_authors_without_parse_and_old_ids(tmp_path: Path) -> None:
    paper = read_one(tmp_path, id="math.GT/0309136", authors_parsed=None, versions=None)
    assert paper.url == "https://arxiv.org/abs/math/0309136"
    assert paper.published == date(2008, 11, 26)
    assert paper.paper is not None
    assert paper.paper.authors == ("C. Balázs", "E. Berger", "C.-P. Yuan")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"abstract": ""}, "no text"),
        ({"abstract": None}, "no text"),
        ({"abstract": " \n "}, "no text"),
        ({"abstract": 7}, "wrong shape"),
        ({"id": ""}, "no id"),
        ({"id": None}, "no id"),
    ],
)
def test_unusable_records_are_values(
    tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    outcomes = read(tmp_path, {**RECORD, **changes}, RECORD)
    assert isinstance(outcomes[0], Rejected)
    assert outcomes[0].reason == reason
    assert isinstance(outcomes[1], Document)


anything = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(RECORD)), anything)
def test_any_field_may_hold_anything(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    (outcome,) = read(tmp_path_factory.mktemp("a"), {**RECORD, field: value})
    assert isinstance(outcome, Document | Rejected)


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"Erd\H{o}s and G\"odel", "Erdős and Gödel"),
        (r"\v{S}koda, {\O}rsted, Fran\c cois", "Škoda, Ørsted, François"),
        (r"na\"{\i}ve {\'e}t{\'e} \L{}\'od\'z", "naïve été Łódź"),
        (r"5\% of~this {\it thing} and \emph{that}", "5% of this thing and that"),
        (r"$\'a {\bf x} \%$ stays", r"$\'a {\bf x} \%$ stays"),
        (r"x_{i} \alpha \cite{Key}", r"x_{i} \alpha \cite{Key}"),
    ],
)
def test_tex_is_read(tex: str, text: str) -> None:
    assert read_tex(tex) == text


@given(st.text("\\{}$~'\"`^=.uvHco AZaz%", max_size=80))
def test_any_tex_is_read(tex: str) -> None:
    assert len(read_tex(tex)) <= len(tex) * 2


def test_much_tex_takes_little_time() -> None:
    for evil in (
        "$" * 50_000,
        "{" * 50_000,
        "\\'{" * 20_000,
        "{\\it " * 20_000,
        "\\emph{" * 20_000,
    ):
        read_tex(evil)


@pytest.mark.skipif("AUCTOR_DATA" not in os.environ, reason="AUCTOR_DATA names no folder")
def test_real_records() -> None:
    path = Path(os.environ["AUCTOR_DATA"], "papers", "arxiv", "arxiv-oai-metadata-200.jsonl")
    outcomes = list(read_arxiv(path))
    papers = [each for each in outcomes if isinstance(each, Document)]
    assert (len(outcomes), len(papers)) == (200, 200)
    assert len({paper.document_id for paper in papers}) == 200
    assert sum(paper.doi is not None for paper in papers) == 117
    assert all(paper.published and paper.paper and paper.paper.authors for paper in papers)
