"""S2ORC papers of every generation, broken ones, and the places they are read from."""

import gzip
import hashlib
import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import json_records
from corpora.document import BlockKind, Document, DocumentKind, OffsetBase, Rejected, identify
from corpora.errors import CorpusError
from corpora.readers.s2orc import read_s2orc
from corpora.sections import Paragraph, section_blocks

Json = Mapping[str, object]


def paragraph(text: str, section: str = "", sec_num: str | None = None) -> dict[str, object]:
    return {"text": text, "section": section, "sec_num": sec_num, "cite_spans": []}


def parse(*body: dict[str, object], abstract: str = "We abstract.") -> dict[str, object]:
    return {"abstract": [paragraph(abstract, "Abstract")], "body_text": list(body)}


BODY = (paragraph("We begin.", "Introduction", "1"), paragraph("We end.", "Ending", "2"))
AUTHOR = {"first": "Ada", "middle": ["K", "L"], "last": "Byron", "suffix": "Jr"}


def read(folder: Path, *values: object, name: str = "paper.json") -> list[Document | Rejected]:
    path = folder / name
    data = "\n".join(json.dumps(value) for value in values).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return list(read_s2orc(path))


def read_paper(folder: Path, value: object, name: str = "paper.json") -> Document:
    (paper,) = read(folder, value, name=name)
    assert isinstance(paper, Document), paper
    return paper


def test_release_20190928(tmp_path: Path) -> None:
    metadata = {
        "title": " On Trust ", "authors": [AUTHOR], "year": "2017", "doi": "10.1000/ABC.1",
        "arxiv_id": None, "acl_id": None, "pmc_id": "PMC123", "pubmed_id": 456,
        "venue": None, "journal": "Journal of Trust", "abstract": "We abstract.",
    }  # fmt: skip
    value = {"paper_id": "77", "metadata": metadata, "grobid_parse": parse(*BODY),
             "latex_parse": None}  # fmt: skip
    paper = read_paper(tmp_path, value, name="77.json")
    assert paper.document_id == identify("doi:10.1000/abc.1")
    assert paper.url == "https://doi.org/10.1000/abc.1"
    assert (paper.doi, paper.host, paper.title) == ("10.1000/abc.1", "doi.org", "On Trust")
    assert paper.kind is DocumentKind.PAPER
    assert paper.published is None
    assert paper.paper is not None
    assert paper.paper.paper_id == "77"
    assert paper.paper.authors == ("Ada K L Byron Jr",)
    assert (paper.paper.venue, paper.paper.year) == ("Journal of Trust", 2017)
    assert paper.paper.identifiers == (
        ("doi", "10.1000/abc.1"), ("pmc", "PMC123"), ("pubmed", "456"),
    )  # fmt: skip
    assert [(block.kind, block.text, block.heading_path) for block in paper.blocks] == [
        (BlockKind.HEADING, "Abstract", ()),
        (BlockKind.PARAGRAPH, "We abstract.", ("Abstract",)),
        (BlockKind.HEADING, "Introduction", ()),
        (BlockKind.PARAGRAPH, "We begin.", ("Introduction",)),
        (BlockKind.HEADING, "Ending", ()),
        (BlockKind.PARAGRAPH, "We end.", ("Ending",)),
    ]


def test_release_20200705_has_no_metadata(tmp_path: Path) -> None:
    paper = read_paper(tmp_path, {"paper_id": "18980380", **parse(*BODY)})
    assert paper.document_id == identify("paper:18980380")
    assert (paper.url, paper.host, paper.doi, paper.title) == (None, None, None, None)


def test_release_20210101_with_its_dates(tmp_path: Path) -> None:
    metadata = {"title": "T", "authors": [{"first": "", "last": "Solo"}, "Duo D."]}
    for when, year, published in (
        ("2011-11", 2011, None),
        ("2011-11-05", 2011, date(2011, 11, 5)),
        ("2011-99-99", 2011, None),
        ("", None, None),
        ("0000", None, None),
    ):
        value = {"paper_id": "f" * 40, "metadata": {**metadata, "year": when}, **parse(*BODY)}
        paper = read_paper(tmp_path, value)
        assert paper.paper is not None
        assert (paper.paper.year, paper.published) == (year, published)
        assert paper.paper.authors == ("Solo", "Duo D.")


@pytest.mark.parametrize(
    ("stem", "inside", "year"),
    [
        ("P13-1066", "P13-1066", 2013),
        ("P99-1066", "P99-1066", 1999),
        ("2020.acl-main.47", "2020", 2020),
        ("2021.naacl-main.29", "2021", 2021),
    ],
)
def test_acl_papers_are_known_by_their_file_name(
    tmp_path: Path, stem: str, inside: str, year: int
) -> None:
    value = {
        "paper_id": inside,
        "title": "T",
        "year": "",
        "abstract": "x",
        "pdf_parse": parse(*BODY),
    }
    paper = read_paper(tmp_path, value, name=f"{stem}.json")
    assert paper.document_id == identify(f"paper:{stem}")
    assert paper.url == f"https://aclanthology.org/{stem}"
    assert paper.paper is not None
    assert (paper.paper.paper_id, paper.paper.year) == (stem, year)


def test_an_acl_id_gives_the_url_and_the_identity(tmp_path: Path) -> None:
    value = {"paper_id": "1", "doi": "https://doi.org/10.18653/V1/P13-1066", "acl_id": "P13-1066",
             "pdf_parse": parse(*BODY)}  # fmt: skip
    paper = read_paper(tmp_path, value)
    assert paper.url == "https://aclanthology.org/P13-1066"
    assert paper.doi == "10.18653/v1/p13-1066"
    assert paper.document_id == identify("paper:P13-1066")  # as in a dump that states no DOI


def test_other_addresses(tmp_path: Path) -> None:
    for ids, url in (
        ({"arxiv_id": "2004.14974"}, "https://arxiv.org/abs/2004.14974"),
        ({"arxiv_id": "cs/0101001"}, "https://arxiv.org/abs/cs/0101001"),
        ({"pmc_id": "PMC7"}, "https://pmc.ncbi.nlm.nih.gov/articles/PMC7/"),
        ({"pubmed_id": "7"}, "https://pubmed.ncbi.nlm.nih.gov/7/"),
        ({"doi": "none"}, None),
    ):
        assert read_paper(tmp_path, {"paper_id": "1", **ids, **parse(*BODY)}).url == url


def test_the_body_does_not_repeat_the_abstract(tmp_path: Path) -> None:
    value = {"paper_id": "1", **parse(paragraph("We abstract."), *BODY)}
    assert read_paper(tmp_path, value).text.count("We abstract.") == 1


def test_a_plain_abstract_serves_where_the_parse_has_none(tmp_path: Path) -> None:
    value = {"paper_id": "1", "abstract": "Plain.", "pdf_parse": {"body_text": list(BODY)}}
    assert read_paper(tmp_path, value).blocks[1].text == "Plain."
    assert (
        read_paper(tmp_path, {"paper_id": "1", "abstract": "Plain."}).text == "Abstract\n\nPlain."
    )


def test_latex_is_preferred_and_back_matter_is_left_out(tmp_path: Path) -> None:
    latex = parse(paragraph("From LaTeX.", "A::B", None))
    value = {"paper_id": "1", "latex_parse": latex,
             "pdf_parse": {**parse(*BODY), "back_matter": [paragraph("We thank.")]}}  # fmt: skip
    paper = read_paper(tmp_path, value)
    assert "We begin." not in paper.text
    assert "We thank." not in paper.text
    assert paper.blocks[-1].heading_path == ("A", "B")


def test_text_is_cleaned(tmp_path: Path) -> None:
    value = {"paper_id": "1", **parse(paragraph(" e\u0301\x00\ud800 "), paragraph(" \u200b "))}
    assert read_paper(tmp_path, value).blocks[-1].text == "\u00e9\ufffd?"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"paper_id": "1", "body_text": "x"}, "wrong shape"),
        ({"paper_id": "1", "body_text": [1]}, "wrong shape"),
        ({"paper_id": "1", "body_text": [{"text": 5}]}, "wrong shape"),
        ({"paper_id": "1", "pdf_parse": []}, "wrong shape"),
        ({"paper_id": "1", "body_text": []}, "no text"),
        ({"paper_id": "1", "abstract": "", "body_text": None}, "no text"),
        ({"a": 1}, "not an s2orc paper"),
        ([], "not a json object"),
        (5, "not a json object"),
    ],
)
def test_unusable_records_are_values(tmp_path: Path, value: object, reason: str) -> None:
    (rejected,) = read(tmp_path, value)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


@pytest.mark.parametrize(
    "text", ['{"paper_id": "1", ', "no json", "[" * 100_000, "\x80", "1" * 9999]
)
def test_a_file_that_is_no_json_is_one_rejected(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, encoding="latin-1")
    (rejected,) = read_s2orc(path)
    assert isinstance(rejected, Rejected)
    assert rejected.damaged
    assert (rejected.source.offset, rejected.source.length) == (0, len(text))


def test_an_empty_or_missing_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(CorpusError, match="No such file"):
        list(read_s2orc(path))
    path.write_bytes(b" \n")
    with pytest.raises(CorpusError, match="is empty"):
        list(read_s2orc(path))


@pytest.mark.parametrize("name", ["many.jsonl", "many.jsonl.gz", "shard.json"])
def test_lines_are_read_one_by_one_with_their_places(tmp_path: Path, name: str) -> None:
    lines = [json.dumps({"paper_id": str(number), **parse(*BODY)}) for number in range(3)]
    data = "\n".join([lines[0], "{broken}", "", lines[1], lines[2]]).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    outcomes = list(read_s2orc(path))
    ids = [each.paper.paper_id for each in outcomes if isinstance(each, Document) and each.paper]
    assert ids == ["0", "1", "2"]
    assert [each.reason for each in outcomes if isinstance(each, Rejected)] == ["broken json"]
    base = OffsetBase.STREAM if name.endswith(".gz") else OffsetBase.FILE
    for each in outcomes:
        source = each.source
        assert source.length is not None
        line = data[source.offset : source.offset + source.length]
        assert source.digest == f"sha256:{hashlib.sha256(line).hexdigest()}"
        assert source.base is base


def test_cut_off_gzip_keeps_what_came_before(tmp_path: Path) -> None:
    lines = b"".join(
        json.dumps({"paper_id": os.urandom(300).hex(), **parse(*BODY)}).encode() + b"\n"
        for _ in range(200)
    )
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(lines)[:-9000])
    *kept, lost = read_s2orc(path)
    assert len(kept) > 100
    assert all(isinstance(each, Document) for each in kept)
    assert isinstance(lost, Rejected)
    assert lost.reason == "record cut off"
    assert lines[lost.source.offset - 1 : lost.source.offset] == b"\n"


def test_long_lines_are_rejected_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_records, "MAX_RECORD_BYTES", 1000)
    long = {"paper_id": "x" * 5000, **parse(*BODY)}
    short = {"paper_id": "1", **parse(*BODY)}
    first, second = read(tmp_path, long, short, name="a.jsonl")
    assert isinstance(first, Rejected)
    assert first.reason == "record too large"
    assert isinstance(second, Document)
    (whole,) = read_s2orc_text(tmp_path, json.dumps(long, indent=1))
    assert isinstance(whole, Rejected)
    assert whole.reason == "record too large"


def read_s2orc_text(folder: Path, text: str) -> list[Document | Rejected]:
    path = folder / "pretty.json"
    path.write_text(text, encoding="utf-8-sig")
    return list(read_s2orc(path))


def test_pretty_printed_files_and_byte_order_marks(tmp_path: Path) -> None:
    (paper,) = read_s2orc_text(tmp_path, json.dumps({"paper_id": "1", **parse(*BODY)}, indent=2))
    assert isinstance(paper, Document)


# Citations, captions, tables, footnotes.


def spans_of(text: str, *markers: str, **facts: str) -> list[dict[str, object]]:
    return [{"start": text.index(m), "end": text.index(m) + len(m), "text": m, **facts}
            for m in markers]  # fmt: skip


def test_citations_lead_to_the_paper_as_it_would_be_known(tmp_path: Path) -> None:
    text = "\u200bCafe\u0301 (Smith, 2020), [2], [3] and [4] [5]."
    names = {"(Smith, 2020)": "BIBREF0", "[2]": "BIBREF1", "[3]": "BIBREF2", "[4]": "BIBREF3",
             "[5]": None}  # fmt: skip
    cites: list[dict[str, object]] = [
        {**spans_of(text, marker)[0], "ref_id": name} for marker, name in names.items()
    ]
    bibliography = {
        "BIBREF0": {"title": " On\nTrust ", "other_ids": {"DOI": ["10.1000/ABC"]}, "link": "9"},
        "BIBREF1": {"title": "", "other_ids": {"arXiv": ["arXiv:1301.3781v2"]}},
        "BIBREF2": {"title": "T", "raw_text": "In ACL. doi: 10.3115/v1/P14-1002.", "urls": []},
        "BIBREF3": {"title": "Only linked", "links": "42323520"},
    }
    body = [{"text": text, "section": "", "cite_spans": [*cites, {"start": "x"}, 5]}]
    paper = read_paper(tmp_path, {"paper_id": "1", "body_text": body, "bib_entries": bibliography})
    (block,) = paper.blocks
    assert block.text == "Café (Smith, 2020), [2], [3] and [4] [5]."
    found = [(block.text[c.start : c.end], c.cited, c.title) for c in block.citations]
    assert found == [
        ("(Smith, 2020)", identify("doi:10.1000/abc"), "On Trust"),
        ("[2]", identify("paper:1301.3781"), None),
        ("[3]", identify("paper:P14-1002"), "T"),
        ("[4]", identify("paper:42323520"), "Only linked"),
        ("[5]", None, None),
    ]


def test_floats_follow_the_paragraph_that_names_them(tmp_path: Path) -> None:
    html = ("<html><body><table><tr><td>a &amp; b</td><td/></tr><tr><td/></tr>"
            "<tr><td>1</td><td><i>2</i> m</td></tr></table></body></html>")  # fmt: skip
    floats = {
        "FIGREF0": {"text": "Nobody names me", "type": "figure"},
        "TABREF0": {"text": "Numbers", "type_str": "table", "html": html, "num": "2"},
        "FOOTREF0": {"text": "A note.", "type": "footnote"},
        "SECREF0": {"text": "Section", "type": "section"},
    }
    named = {
        "text": "See Table 2.",
        "section": "A",
        "ref_spans": [
            {"start": 4, "end": 11, "ref_id": "TABREF0"},
            {"start": 0, "end": 3, "ref_id": "FOOTREF0"},
        ],
    }
    value = {"paper_id": "1", "body_text": [named, named, paragraph("End.", "B")],
             "ref_entries": floats}  # fmt: skip
    paper = read_paper(tmp_path, value)
    assert [(block.kind, block.text, block.heading_path) for block in paper.blocks] == [
        (BlockKind.HEADING, "A", ()),
        (BlockKind.PARAGRAPH, "See Table 2.", ("A",)),
        (BlockKind.CAPTION, "Table 2: Numbers", ("A",)),
        (BlockKind.TABLE, "a & b\n1 | 2 m", ("A",)),
        (BlockKind.FOOTNOTE, "A note.", ("A",)),
        (BlockKind.PARAGRAPH, "See Table 2.", ("A",)),
        (BlockKind.HEADING, "B", ()),
        (BlockKind.PARAGRAPH, "End.", ("B",)),
        (BlockKind.CAPTION, "Nobody names me", ()),
    ]


def test_tables_name_their_columns(tmp_path: Path) -> None:
    html = (
        "<table><thead><tr><th rowspan='2'>K</th><TH COLSPAN=\"2\">V</TH></tr>"
        "<tr><th>a</th><th>b</th></tr></thead><tr><td>k</td><td>1</td><td>2</td></tr></table>"
    )
    floats = {"TABREF0": {"text": "", "type": "table", "html": html}}
    value = {"paper_id": "1", "body_text": [paragraph("x")], "ref_entries": floats}
    assert read_paper(tmp_path, value).blocks[-1].text == "K: k | V / a: 1 | V / b: 2"


def test_placeholders_of_latex_parses_become_text(tmp_path: Path) -> None:
    text = "By BIBREF3, INLINEFORM0 in Table TABREF1: EQUATION"
    entry = {"text": text, "section": "", "sec_num": None,
             "cite_spans": spans_of(text, "BIBREF3", ref_id="BIBREF3"),
             "ref_spans": spans_of(text, "TABREF1", ref_id="TABREF1"),
             "eq_spans": [*spans_of(text, "INLINEFORM0", latex="x^2"),
                          *spans_of(text, "EQUATION", raw_str="a = b", eq_num="(5)")]}  # fmt: skip
    (block,) = read_paper(tmp_path, {"paper_id": "1", "body_text": [entry]}).blocks
    assert block.text == "By [4], $x^2$ in Table 2: a = b (5)"
    (citation,) = block.citations
    assert block.text[citation.start : citation.end] == "[4]"


# The releases that came through the API.


def annotated(**changes: object) -> dict[str, object]:
    text = "On Trust\nA. Bee\nWe abstract.\n1 Intro\nWe cite [1] here.\nFig. 1. It.\nAcknowledgements\nThanks.\nB. Cee. Older. doi:10.1000/old."

    def mark(*markers: str, **facts: object) -> str:
        return json.dumps([
            {"start": text.index(each), "end": text.index(each) + len(each), "attributes": facts}
            for each in markers
        ])  # fmt: skip

    annotations: dict[str, object] = {
        "title": mark("On Trust"), "author": mark("A. Bee"), "abstract": mark("We abstract."),
        "sectionheader": mark("1 Intro", "Acknowledgements"), "bibref": mark("[1]", ref_id="b0"),
        "paragraph": mark("We cite [1] here.", "Thanks."), "figurecaption": mark("Fig. 1. It."),
        "bibentry": mark("B. Cee. Older. doi:10.1000/old.", id="b0", matched_paper_id=5),
        "bibtitle": mark("Older"), "figure": None, "venue": "[]",
    }  # fmt: skip
    value: dict[str, object] = {
        "corpusid": 77, "externalids": {"arxiv": None, "doi": "10.1000/X", "pubmed": "8"},
        "content": {"source": {}, "text": text, "annotations": {**annotations}},
    }  # fmt: skip
    return {**value, **changes}


def test_the_first_release_of_the_api(tmp_path: Path) -> None:
    paper = read_paper(tmp_path, annotated())
    assert paper.document_id == identify("doi:10.1000/x")
    assert paper.title == "On Trust"
    assert paper.paper is not None
    assert (paper.paper.paper_id, paper.paper.authors) == ("77", ("A. Bee",))
    assert [(block.kind, block.text, block.heading_path) for block in paper.blocks] == [
        (BlockKind.HEADING, "Abstract", ()),
        (BlockKind.PARAGRAPH, "We abstract.", ("Abstract",)),
        (BlockKind.HEADING, "1 Intro", ()),
        (BlockKind.PARAGRAPH, "We cite [1] here.", ("1 Intro",)),
        (BlockKind.CAPTION, "Fig. 1. It.", ("1 Intro",)),
    ]
    (citation,) = paper.blocks[3].citations
    assert paper.blocks[3].text[citation.start : citation.end] == "[1]"
    assert (citation.cited, citation.title) == (identify("doi:10.1000/old"), "Older")


def test_the_second_release_of_the_api(tmp_path: Path) -> None:
    content = annotated()["content"]
    assert isinstance(content, dict)
    known = content["annotations"]
    body = {"section_header": known["sectionheader"], "paragraph": known["paragraph"],
            "bib_ref": known["bibref"]}  # fmt: skip
    value = {
        "corpusid": 77, "title": "Stated", "authors": [{"name": "C. Dee"}],
        "openaccessinfo": {"externalids": {"ACL": "P13-1066"}},
        "body": {"text": content["text"], "annotations": body},
        "bibliography": {"text": "Older", "annotations": {"bib_entry": json.dumps(
            [{"start": 0, "end": 5, "attributes": {"id": "b0", "matched_paper_id": "6"}}])}},
    }  # fmt: skip
    paper = read_paper(tmp_path, value)
    assert (paper.title, paper.url) == ("Stated", "https://aclanthology.org/P13-1066")
    assert paper.text == "1 Intro\n\nWe cite [1] here."
    assert paper.blocks[1].citations[0].cited == identify("paper:6")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content": None}, "no text"),
        ({"content": {"text": None}}, "no text"),
        ({"content": {"text": 5}}, "wrong shape"),
        ({"content": {"text": "x", "annotations": {"paragraph": "[{"}}}, "wrong shape"),
        ({"content": {"text": "x", "annotations": {"paragraph": 5}}}, "wrong shape"),
        ({"content": {"text": "x", "annotations": {"paragraph": [{"start": 5, "end": 9}]}}},
         "no text"),
    ],
)  # fmt: skip
def test_unusable_annotations_are_values(
    tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    (rejected,) = read(tmp_path, annotated(**changes))
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason


spans = st.lists(
    st.dictionaries(
        st.sampled_from(["start", "end", "ref_id", "text", "latex"]),
        st.integers(-2, 12) | st.text("BIBREF0", max_size=7) | st.none(),
    )
    | st.none(),
    max_size=4,
)


@given(st.text("ae\u0301\u200b [1]", max_size=10), spans, spans, spans)
def test_any_spans_give_citations_inside_the_text(
    tmp_path_factory: pytest.TempPathFactory, text: str, cites: object, refs: object, eqs: object
) -> None:
    entry = {"text": f"x{text}", "cite_spans": cites, "ref_spans": refs, "eq_spans": eqs}
    value = {"paper_id": "1", "body_text": [entry], "bib_entries": {"BIBREF0": {"title": "T"}}}
    paper = read_paper(tmp_path_factory.mktemp("s"), value)
    for block in paper.blocks:
        for citation in block.citations:
            marker = block.text[citation.start : citation.end]
            assert marker.strip() == marker != ""


# Sections.


def test_sections_nest_by_number() -> None:
    listed = [
        ("", ""), ("Method", "3"), ("Data", "3.1"), ("Run-in:", ""), ("Data", "3.1"),
        ("Fine", "3.1.2"), ("Model", "3.2."), ("Results", "4"), ("4.1 Inline", ""),
        ("5 Last", ""), ("Limitations", ""), ("A.1 Extra", ""),
    ]  # fmt: skip
    blocks = section_blocks(Paragraph(f"p{at}", *each) for at, each in enumerate(listed))
    paths = [block.heading_path for block in blocks if block.kind is BlockKind.PARAGRAPH]
    assert paths == [
        (), ("Method",), ("Method", "Data"), ("Method", "Data", "Run-in:"), ("Method", "Data"),
        ("Method", "Data", "Fine"), ("Method", "Model"), ("Results",), ("Results", "4.1 Inline"),
        ("5 Last",), ("Limitations",), ("A.1 Extra",),
    ]  # fmt: skip


@given(
    st.lists(
        st.builds(
            Paragraph,
            text=st.text(max_size=5),
            section=st.sampled_from(["", "A", "B", "A::B", "1 A", "\u200b", "::"]),
            number=st.sampled_from(["", "1", "1.1", "1.1.1", "2", "x.y", "\x00"]),
        ),
        max_size=12,
    )
)
def test_any_sections_make_clean_blocks(paragraphs: list[Paragraph]) -> None:
    blocks = list(section_blocks(paragraphs))
    path: tuple[str, ...] = ()
    for block in blocks:
        assert block.text
        assert block.text == block.text.strip()
        if block.kind is BlockKind.HEADING:
            path = (*block.heading_path, block.text)
        else:
            assert block.heading_path[: len(path)] == path[: len(block.heading_path)]
    kept = sum(1 for block in blocks if block.kind is BlockKind.PARAGRAPH)
    assert kept <= len(paragraphs)


scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["paper_id", "metadata", "abstract", "body_text", "pdf_parse", "text",
                         "title", "authors", "year", "section", "doi", "identifiers", "first"]),
        inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(values)
def test_any_json_is_a_document_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    outcomes = read(tmp_path_factory.mktemp("j"), value)
    assert outcomes
    assert all(isinstance(outcome, Document | Rejected) for outcome in outcomes)


# Real papers.


def test_all_papers_of_aclsum() -> None:
    spec = find_spec("aclsum")
    assert spec is not None
    assert spec.submodule_search_locations
    files = sorted(Path(spec.submodule_search_locations[0]).rglob("paper_jsons/*.json"))
    assert len(files) == 250
    counts: Counter[str] = Counter()
    for path in files:
        (paper,) = read_s2orc(path)
        assert isinstance(paper, Document), paper
        assert paper.url == f"https://aclanthology.org/{path.stem}"
        assert paper.title
        assert paper.paper is not None
        assert paper.paper.year is not None
        assert 1990 <= paper.paper.year <= 2022
        raw = json.loads(path.read_text(encoding="utf-8"))["pdf_parse"]
        texts = {each["text"].strip() for each in raw["body_text"] + raw["abstract"]} - {""}
        kept = [block for block in paper.blocks if block.kind is BlockKind.PARAGRAPH]
        assert len(kept) >= len(texts) - 2
        for block in paper.blocks:
            counts[block.kind] += 1
            counts["citation"] += len(block.citations)
            counts["cited paper known"] += sum(each.cited is not None for each in block.citations)
            counts["its title known"] += sum(each.title is not None for each in block.citations)
    assert counts == {
        "paragraph": 16462, "heading": 4099, "caption": 1785, "table": 749, "citation": 11358,
        "cited paper known": 1535, "its title known": 9788,
    }  # fmt: skip


@pytest.mark.skipif("AUCTOR_DATA" not in os.environ, reason="AUCTOR_DATA names no folder")
def test_real_samples_of_every_generation() -> None:
    folder = Path(os.environ["AUCTOR_DATA"], "papers", "s2orc")
    files = sorted(folder.glob("s2orc/*/*.json")) + sorted(folder.glob("pdf/*.json"))
    assert len(files) == 10
    for path in files:
        (paper,) = read_s2orc(path)
        assert isinstance(paper, Document), paper
        assert paper.source.length == path.stat().st_size
        assert len(paper.text) > 20_000
