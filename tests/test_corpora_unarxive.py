"""unarXive: formulas back in place, citations where they stand, both releases."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import BlockKind, Document, Rejected, identify
from corpora.readers.unarxive import read_unarxive

METADATA = {
    "id": "2105.05862", "title": "Waves in\n  space", "authors": "A. Bee", "doi": None,
    "categories": "gr-qc", "abstract": "  Plain\nabstract.\n", "update_date": "2021-07-01",
    "authors_parsed": [["Bee", "A.", ""]], "journal-ref": None,
    "versions": [{"version": "v1", "created": "Wed, 12 May 2021 18:00:02 GMT"}],
}  # fmt: skip
CITE, OTHER = "80dbb6c8b9c12f561a8e585faceac5f4e104d60d", "0000000000000000000000000000000000000000"
FORMULA, FIGURE = "7fd88bcd-9013-433d-9756-b874472530d9", "11111111-9013-433d-9756-b874472530d9"
CITE_MARK, OTHER_MARK = "{{cite:" + CITE + "}}", "{{cite:" + OTHER + "}}"
FORMULA_MARK, FIGURE_MARK = "{{formula:" + FORMULA + "}}", "{{figure:" + FIGURE + "}}"
RECORD: dict[str, object] = {
    "paper_id": "2105.05862", "_pdf_hash": None, "_source_hash": "b7", "_source_name": "x.gz",
    "metadata": METADATA, "discipline": "Physics",
    "abstract": {"section": "Abstract", "text": f"We abstract {FORMULA_MARK}.",
                 "cite_spans": [], "ref_spans": []},
    "body_text": [
        {"section": "Memory", "sec_number": "2.1", "sec_type": "subsection",
         "content_type": "paragraph",
         "text": f"See {CITE_MARK}{OTHER_MARK}  and Fig.\n{FIGURE_MARK}, {FORMULA_MARK} e\u0301."},
        {"section": "Memory", "sec_number": "2.1", "sec_type": "subsection",
         "content_type": "list", "text": f"One thing {CITE_MARK}"},
    ],
    "bib_entries": {CITE: {"bib_entry_raw": "B. Cee, Phys. Rev. 1 (2000).", "ids": {
        "doi": "10.1103/PhysRevD.1", "arxiv_id": "", "open_alex_id": "https://openalex.org/W1"}}},
    "ref_entries": {FORMULA: {"latex": "x^{2}\n+ y", "type": "formula"},
                    FIGURE: {"caption": f"The wave {CITE_MARK}.", "type": "figure"}},
}  # fmt: skip


def read(folder: Path, *values: object) -> list[Document | Rejected]:
    path = folder / "arXiv_src_2105_001.jsonl"
    path.write_text("\n".join(json.dumps(value) for value in values), encoding="utf-8")
    return list(read_unarxive(path))


def read_one(folder: Path, **changes: object) -> Document:
    (paper,) = read(folder, {**RECORD, **changes})
    assert isinstance(paper, Document), paper
    return paper


def test_a_paper(tmp_path: Path) -> None:
    paper = read_one(tmp_path)
    assert paper.title == "Waves in space"
    assert paper.url == "https://arxiv.org/abs/2105.05862"
    assert paper.document_id == identify("paper:2105.05862")
    assert [(block.kind, block.text, block.heading_path) for block in paper.blocks] == [
        (BlockKind.HEADING, "Abstract", ()),
        (BlockKind.PARAGRAPH, "We abstract $x^{2} + y$.", ("Abstract",)),
        (BlockKind.HEADING, "Memory", ()),
        (BlockKind.PARAGRAPH, "See [1][2] and Fig. 1, $x^{2} + y$ é.", ("Memory",)),
        (BlockKind.CAPTION, "Figure 1: The wave [1].", ("Memory",)),
        (BlockKind.LIST, "One thing [1]", ("Memory",)),
    ]
    cited = identify("doi:10.1103/physrevd.1")
    found = [
        [(block.text[each.start : each.end], each.cited) for each in block.citations]
        for block in paper.blocks
    ]
    assert found == [
        [],
        [],
        [],
        [("[1]", cited), ("[2]", None)],
        [("[1]", cited)],
        [("[1]", cited)],
    ]


def test_the_release_of_2024(tmp_path: Path) -> None:
    value = {
        "paper_id": "2412.00056", "metadata": {**METADATA, "id": "2412.00056"},
        "abstract": "A plain\nabstract.", "bib_entries": {}, "ref_entries": {},
        "sections": {"Introduction": {"text": "We begin.", "cite_spans": [], "ref_spans": []}},
    }  # fmt: skip
    (paper,) = read(tmp_path, value)
    assert isinstance(paper, Document)
    assert paper.text == "Abstract\n\nA plain abstract.\n\nIntroduction\n\nWe begin."


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"body_text": 5}, "wrong shape"),
        ({"body_text": [{"text": None}]}, "wrong shape"),
        ({"metadata": []}, "wrong shape"),
        ({"paper_id": None}, "no id"),
        ({"abstract": None, "metadata": None, "body_text": [], "ref_entries": {}}, "no text"),
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
    (outcome,) = read(tmp_path_factory.mktemp("u"), {**RECORD, field: value})
    assert isinstance(outcome, Document | Rejected)
    for block in outcome.blocks if isinstance(outcome, Document) else ():
        assert all(block.text[each.start : each.end][0] == "[" for each in block.citations)
