"""TEI: papers as GROBID writes them, books as editors do."""

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import BlockKind, Document, Rejected, identify
from corpora.reader import Head
from corpora.readers.tei import READER, read_tei

HEADER = """<teiHeader xml:lang="en"><fileDesc><titleStmt><title level="a" type="main">On Trust</title></titleStmt>
<publicationStmt><publisher/></publicationStmt><sourceDesc><biblStruct><analytic>
<author><persName><forename type="first">Ada</forename><forename type="middle">K</forename><surname>Byron</surname></persName></author>
<author><affiliation><orgName>Nowhere</orgName></affiliation></author></analytic>
<monogr><title level="j">Journal</title><idno type="ISSN">1234-5678</idno><imprint><date type="published" when="2019-03-04"/></imprint></monogr>
<idno type="DOI">10.1000/T</idno></biblStruct></sourceDesc></fileDesc>
<profileDesc><abstract><div><p>We ask.</p></div></abstract></profileDesc></teiHeader>"""
BACK = """<back><div type="acknowledgement"><div><head>Thanks</head><p>To all.</p></div></div>
<div type="annex"><div><head n="A">Proofs</head><p>Trivial.</p></div></div><div type="references"><listBibl>
<biblStruct xml:id="b0"><analytic><title level="a">Known</title><idno type="DOI">10.1000/Known</idno></analytic><monogr/></biblStruct>
<biblStruct xml:id="b1"><monogr><title level="m">A book</title></monogr><note type="raw_reference">arXiv:1901.00001</note></biblStruct>
</listBibl></div></back>"""


def tei(body: str, header: str = HEADER, back: str = BACK) -> str:
    return (
        f'<TEI xmlns="http://www.tei-c.org/ns/1.0">{header}<text xml:lang="en"><body>{body}</body>'
        f"{back}</text></TEI>"
    )


def read(folder: Path, text: str, name: str = "paper.tei.xml") -> list[Document | Rejected]:
    path = folder / name
    path.write_text(f"<?xml version='1.0' encoding='UTF-8'?>\n{text}", encoding="utf-8")
    return list(read_tei(path))


def read_paper(folder: Path, text: str) -> Document:
    (paper,) = read(folder, text)
    assert isinstance(paper, Document), paper
    return paper


def body_blocks(folder: Path, body: str) -> list[tuple[str, str, tuple[str, ...]]]:
    paper = read_paper(folder, tei(body, back=""))
    return [(block.kind.value, block.text, block.heading_path) for block in paper.blocks[2:]]


def test_what_a_paper_says_of_itself(tmp_path: Path) -> None:
    paper = read_paper(tmp_path, tei("<p>x</p>"))
    assert paper.document_id == identify("doi:10.1000/t")
    assert (paper.title, paper.language, paper.published) == ("On Trust", "en", date(2019, 3, 4))
    assert paper.paper is not None
    assert (paper.paper.authors, paper.paper.venue) == (("Ada K Byron",), "Journal")
    assert paper.paper.identifiers == (("doi", "10.1000/t"), ("issn", "1234-5678"))


def test_flat_divisions_nest_by_their_numbers(tmp_path: Path) -> None:
    body = """<div><head n="1">Intro</head><p>One.</p></div><div><head n="1.1">Why</head><p>Two.</p></div>
    <div><head n="2">End</head><p>Three.</p></div>"""
    paper = read_paper(tmp_path, tei(body))
    assert [(block.text, block.heading_path) for block in paper.blocks] == [
        ("Abstract", ()), ("We ask.", ("Abstract",)),
        ("Intro", ()), ("One.", ("Intro",)), ("Why", ("Intro",)), ("Two.", ("Intro", "Why")),
        ("End", ()), ("Three.", ("End",)), ("Proofs", ()), ("Trivial.", ("Proofs",)),
    ]  # fmt: skip


def test_nested_divisions(tmp_path: Path) -> None:
    body = "<div1><head>Part</head><div2><head>Chapter</head><p>a<lb/>b</p><lg><l>One</l><l>Two</l></lg></div2></div1>"
    assert body_blocks(tmp_path, body) == [
        ("heading", "Part", ()),
        ("heading", "Chapter", ("Part",)),
        ("paragraph", "a b", ("Part", "Chapter")),
        ("paragraph", "One", ("Part", "Chapter")),
        ("paragraph", "Two", ("Part", "Chapter")),
    ]


def test_citations(tmp_path: Path) -> None:
    body = """<p><s>As <ref type="bibr" target="#b0">(Known, 2001;</ref><ref type="bibr" target="#b1">Book, 2002)</ref>
    say.</s><s>See <ref type="figure" target="#f">1</ref> and <ref type="bibr">[9]</ref>.</s></p>"""
    paper = read_paper(tmp_path, tei(body))
    (block,) = [block for block in paper.blocks if block.citations]
    assert block.text == "As (Known, 2001;Book, 2002) say. See 1 and [9]."
    assert [(block.text[c.start : c.end], c.cited, c.title) for c in block.citations] == [
        ("(Known, 2001;", identify("doi:10.1000/known"), "Known"),
        ("Book, 2002)", identify("paper:1901.00001"), "A book"),
        ("[9]", None, None),
    ]


def test_lists_tables_figures_and_notes(tmp_path: Path) -> None:
    body = """<p>Before<note place="foot">A note.</note> it.</p><list><item>one</item><item>two<list><item>deep</item></list></item></list>
    <figure type="table"><head>Table 1</head><figDesc>Counts.</figDesc><table><row role="label"><cell>Year</cell><cell>N</cell></row>
    <row><cell>2001</cell><cell>5</cell></row></table></figure><p>x <formula>a = b</formula> y <choice><sic>teh</sic><corr>the</corr></choice></p>"""
    assert [each[:2] for each in body_blocks(tmp_path, body)] == [
        ("paragraph", "Before it."),
        ("footnote", "A note."),
        ("list", "- one\n- two\n  - deep"),
        ("caption", "Table 1 Counts."),
        ("table", "Year: 2001 | N: 5"),
        ("paragraph", "x a = b y the"),
    ]


def test_figures_inside_figures(tmp_path: Path) -> None:
    body = "<figure><head>Figure 1</head><figure><head>a</head><figDesc>Left.</figDesc></figure></figure>"
    assert [each[:2] for each in body_blocks(tmp_path, body)] == [
        ("caption", "Figure 1"),
        ("caption", "a Left."),
    ]


def test_corpora_of_texts(tmp_path: Path) -> None:
    bare = tei("<p>x</p>", header="<teiHeader/>", back="")
    papers = read(tmp_path, f"<teiCorpus><teiHeader/>{bare}{bare}</teiCorpus>")
    assert len({each.document_id for each in papers if isinstance(each, Document)}) == 2
    assert read_paper(tmp_path, bare).document_id == identify("paper:paper")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<TEI><teiHeader/></TEI>", "no text"),
        ("<TEI><teiHeader/><text><body/></text></TEI>", "no text"),
        (tei("<p>x</p>")[:-300], "record cut off"),
        (tei("<div>" * 50_000), "broken xml"),
        ("<teiCorpus></teiCorpus>", "no record"),
    ],
)
def test_what_is_no_text(tmp_path: Path, text: str, reason: str) -> None:
    (rejected,) = read(tmp_path, text)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


def test_recognised_by_its_root() -> None:
    assert READER.recognise(Head("x", b"<?xml version='1.0'?><!-- c --><tei:TEI xmlns:tei='u'>"))
    assert READER.recognise(Head("x", b"<teiCorpus>"))
    assert not READER.recognise(Head("x.tei.xml", b"<html><TEI>"))


TAGS = st.sampled_from(
    ["p", "div", "head", "list", "item", "note", "figure", "table", "row", "cell", "ref", "s", "hi"]
)
TREES = st.recursive(
    st.sampled_from(["a", "b ", " c", ""]),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0]}>"
    ),
    max_leaves=15,
)  # fmt: skip


@given(TREES)
def test_no_tree_breaks_it(tmp_path_factory: pytest.TempPathFactory, body: str) -> None:
    (outcome,) = read(tmp_path_factory.mktemp("tei"), tei(body))
    assert isinstance(outcome, Document)
    for block in outcome.blocks:
        assert block.text.strip() == block.text != ""


SAMPLES = os.environ.get("AUCTOR_DATA")


@pytest.mark.skipif(SAMPLES is None, reason="AUCTOR_DATA names no folder of real samples")
@pytest.mark.parametrize(
    ("name", "blocks", "citations", "titled", "footnotes"),
    [("N18-3011", 85, 28, 20, 2), ("2020.acl-main.207", 91, 79, 61, 4)],
)
def test_real_papers(name: str, blocks: int, citations: int, titled: int, footnotes: int) -> None:
    (paper,) = read_tei(Path(f"{SAMPLES}/papers/s2orc/pdf/{name}.tei.xml"))
    assert isinstance(paper, Document)
    assert paper.url == f"https://aclanthology.org/{name}"
    found = [each for block in paper.blocks for each in block.citations]
    kinds = [block.kind for block in paper.blocks]
    assert (len(kinds), len(found)) == (blocks, citations)
    assert sum(each.title is not None for each in found) == titled
    assert kinds.count(BlockKind.FOOTNOTE) == footnotes
