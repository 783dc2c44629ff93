"""Spellings that readers take for one fold into one, and other words stay apart."""

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.fold import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("é", "e"),
        ("ﬁ", "fi"),
        ("ＡＢＣ", "ABC"),
        ("Ørsted", "Orsted"),
        ("ё", "е"),
        ("ή", "η"),
        ("أ", "ا"),
        ("کتاب", "كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("क़", "क"),
        ("हिन्\u200dदी", "हिन्दी"),
        ("ｶﾞ", "ガ"),
        ("٤٥", "45"),
        ("१२", "12"),
    ],
)
def test_one_spelling(one: str, other: str) -> None:
    assert fold(one) == fold(other) == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("й", "и"),
        ("ї", "і"),
        ("ў", "у"),
        ("が", "か"),
        ("กา", "ก"),
        ("हिन्दी", "हन्द"),
        ("10²", "102"),
        ("1½", "11⁄2"),
        ("می‌رود", "میرود"),
    ],
)
def test_other_words_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text() | st.text("иiу\u0306\u0308\u0301йїў\u200cहक़ـأ²1½", max_size=20))
@example("и\u0301\u0306")
def test_folding_is_done_once_and_knows_no_normal_form(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded
    assert fold(unicodedata.normalize("NFC", text)) == folded


def test_case_is_kept() -> None:
    assert fold("ÉCOLE École") == "ECOLE Ecole"


@pytest.mark.parametrize("marks", ["\u0301\u0323", "\u0730\u0731", "\u05b0\u05b1", "\u0306\u0301"])
def test_piles_of_marks_take_no_time(marks: str) -> None:
    before = time.process_time()
    fold("a" + marks * 300_000)
    assert time.process_time() - before < 5
