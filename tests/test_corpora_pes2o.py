"""peS2o: title on the first line, sections as lines that stand alone."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import BlockKind, Document, Rejected, identify
from corpora.readers.pes2o import read_pes2o

RECORD: dict[str, object] = {
    "added": "2023-01-03T00:00:00.000Z", "created": "2019-05-17T00:00:00.000Z", "id": "77",
    "source": "s2orc/train", "version": "v3-fos-license",
    "text": "On trust\n\nWe abstract.\n\nIntroduction\nWe begin.\n\n2.1. Methods\n\nWe do.\n\nThe end",
}  # fmt: skip


def read(folder: Path, *values: object) -> list[Document | Rejected]:
    path = folder / "shard.jsonl"
    path.write_text("\n".join(json.dumps(value) for value in values), encoding="utf-8")
    return list(read_pes2o(path))


def read_one(folder: Path, **changes: object) -> Document:
    (paper,) = read(folder, {**RECORD, **changes})
    assert isinstance(paper, Document), paper
    return paper


def test_a_full_paper(tmp_path: Path) -> None:
    paper = read_one(tmp_path)
    assert paper.title == "On trust"
    assert paper.document_id == identify("paper:77")
    assert paper.url == "https://api.semanticscholar.org/CorpusID:77"
    assert paper.published == date(2019, 5, 17)
    assert paper.paper is not None
    assert (paper.paper.paper_id, paper.paper.year) == ("77", 2019)
    assert [(block.kind, block.text, block.heading_path) for block in paper.blocks] == [
        (BlockKind.PARAGRAPH, "We abstract.", ()),
        (BlockKind.HEADING, "Introduction", ()),
        (BlockKind.PARAGRAPH, "We begin.", ("Introduction",)),
        (BlockKind.HEADING, "2.1. Methods", ()),
        (BlockKind.PARAGRAPH, "We do.", ("2.1. Methods",)),
        (BlockKind.PARAGRAPH, "The end", ("2.1. Methods",)),
    ]


def test_an_abstract_and_what_its_metadata_say(tmp_path: Path) -> None:
    metadata = {"title": "Known", "external_ids": {"DOI": "10.1/X.y"}, "venue": "V"}
    doi = {"text": "Known\n\nWe say.", "source": "s2ag/train", "metadata": metadata}
    metadata["external_ids"] = {"DOI": "10.1000/X.y"}
    paper = read_one(tmp_path, **doi)
    assert (paper.title, paper.text) == ("Known", "We say.")
    assert paper.document_id == identify("doi:10.1000/x.y")
    other = read_one(tmp_path, text="We say.\n\nMore.", metadata=metadata)
    assert (other.title, other.text) == ("Known", "We say.\n\nMore.")


def test_the_first_of_january_stands_for_a_year(tmp_path: Path) -> None:
    paper = read_one(tmp_path, created="2018-01-01T00:00:00.000Z")
    assert paper.published is None
    assert paper.paper is not None
    assert paper.paper.year == 2018


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": "Only a title"}, "no text"),
        ({"text": "  \n"}, "no text"),
        ({"text": None}, "no text"),
        ({"text": ["x"]}, "wrong shape"),
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


@given(st.text("AB ab.\n1:", max_size=60))
def test_no_word_is_lost(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    (outcome,) = read(tmp_path_factory.mktemp("p"), {**RECORD, "text": f"T\n{text}\n\nx."})
    assert isinstance(outcome, Document)
    assert outcome.title == "T"
    assert outcome.text.split() == [*text.split(), "x."]
