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
        ("他问：“水会结冰吗？”她说会。", ["他问：“水会结冰吗？”", "她说会。"]),
        ("水会结冰吗?会!零度。", ["水会结冰吗?", "会!", "零度。"]),
        ("圆周率是3.14。约等于３．１４．次は", ["圆周率是3.14。", "约等于３．１４．", "次は"]),
        ("彼は「寒い。」と言った。そして去った。", ["彼は「寒い。」と言った。", "そして去った。"]),
        ("「寒い。」彼は去った。", ["「寒い。」", "彼は去った。"]),
        ("서울은 수도이다. 부산은 항구이다.", ["서울은 수도이다.", "부산은 항구이다."]),
        ("هل تجمد؟ نعم. عند الصفر.", ["هل تجمد؟", "نعم.", "عند الصفر."]),
        ("ជំរាបសួរ។ អរគុណ៕ ចប់", ["ជំរាបសួរ។", "អរគុណ៕", "ចប់"]),
        ("А. С. Пушкин жил в XIX в. Он поэт.", ["А. С. Пушкин жил в XIX в. Он поэт."]),
        ("См. рис. 3 и др. источники. Конец.", ["См. рис. 3 и др. источники.", "Конец."]),
        ("Das ist z.B. Wasser, vgl. Abb. 3 dort. Ende.", ["Das ist z.B. Wasser, vgl. Abb. 3 dort.", "Ende."]),
        ("¿Qué es? ¡Agua! La Sra. Díaz.", ["¿Qué es?", "¡Agua!", "La Sra. Díaz."]),
        ("Is it 5?He said.", ["Is it 5?He said."]),
    ],
)  # fmt: skip
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(". !?\n。”)a"))))
def test_spans_partition_the_text(text: str) -> None:
    spans = sentence_spans(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize(
    "character",
    [".", "!", ")", ".)", "。", "\n", " ", ". ", "a.", "”", "。」", "?水", "．", "．1", "z.B."],
)
def test_a_million_of_anything_takes_no_time(character: str) -> None:
    text = character * (300_000 // len(character)) + "x"
    before = time.process_time()
    spans = sentence_spans(text)
    assert time.process_time() - before < 3
    assert spans[-1][1] == len(text)


def test_nothing_holds_no_sentence() -> None:
    assert sentence_spans("") == []
