"""Sentences partition their text and end where a reader would say so."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.sentences import sentence_spans


def sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("He said “Stop.” Then left.", ["He said “Stop.”", "Then left."]),
        ("See Fig. 3 of Smith et al. for it. Next.", ["See Fig. 3 of Smith et al. for it.", "Next."]),
        ("The U.S. Army came. It left.", ["The U.S. Army came.", "It left."]),
        ("about 3.5 km. and more. End.", ["about 3.5 km. and more.", "End."]),
        ("水结冰。零度！真的", ["水结冰。", "零度！", "真的"]),
        ("पहला वाक्य। दूसरा वाक्य।", ["पहला वाक्य।", "दूसरा वाक्य।"]),
        ("ایک۔ دو۔", ["ایک۔", "دو۔"]),
        ("line one\nline two", ["line one", "line two"]),
        ("Wait... What?! Yes.", ["Wait...", "What?!", "Yes."]),
        ("no end", ["no end"]),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(". !?\n。”)a"))))
def test_spans_partition_the_text(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize("character", [".", "!", ")", ".)", "。", "\n", " ", ". ", "a.", "”"])
def test_a_million_of_anything_takes_no_time(character: str) -> None:
    text = character * (300_000 // len(character)) + "x"
    before = time.process_time()
    spans = sentence_spans(text)
    assert time.process_time() - before < 3
    assert spans[-1][1] == len(text)


def test_nothing_holds_no_sentence() -> None:
    assert sentence_spans("") == []
