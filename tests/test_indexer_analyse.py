"""Terms: the same at build and at query time, in every script."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.analyse import FUNCTION_WORDS, MAX_TERM_CHARS, query_terms, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The dogs' running, dog's run", ["the", "dog", "run", "dog", "run"]),
        ("C++ and C# and F#, c", ["c++", "and", "c#", "and", "f#", "c"]),
        ("Python 3.11 costs 1,000", ["python", "3.11", "cost", "1000"]),
        ("don't don’t", ["dont", "dont"]),
        ("Café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("ﬁre ＦＵＬＬ", ["fire", "full"]),
        ("Straße", ["strass"]),
        ("snake_case", ["snake", "case"]),
        ("IL6, IL-6", ["il6", "il", "6", "il", "6"]),
        ("H1N1", ["h1n1", "h", "1", "n", "1"]),
        ("a1b2c3d4", ["a1b2c3d4"]),
        ("水在零度结冰。", ["水在", "在零", "零度", "度结", "结冰"]),
        ("水", ["水"]),
        ("人々", ["人々"]),
        ("ジョン・スミス", ["ジョ", "ョン", "スミ", "ミス"]),
        ("GPUで計算", ["gpu", "で計", "計算"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("தமிழ் மொழி", ["தமிழ்", "மொழி"]),
        ("كِتَاب كتاب", ["كتاب", "كتاب"]),
        ("שָׁלוֹם שלום", ["שלום", "שלום"]),
        ("မြန်မာ။", ["မြ", "ြန", "န်", "်မ", "မာ"]),
        ("", []),
        ("!?… \t\n", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is the boiling point of water?", ["boil", "point", "water"]),
        ("WHO guidelines", ["who", "guidelin"]),
        ("who guidelines", ["guidelin"]),
        ("to be or not to be", ["to", "be", "or", "not", "to", "be"]),
        ("WHAT IS WATER", ["water"]),
        ("I don’t know C++", ["know", "c++"]),
        ("A C# compiler", ["c#", "compil"]),
        ("", []),
    ],
)
def test_query_terms(text: str, expected: list[str]) -> None:
    assert query_terms(text) == expected


def test_a_word_that_is_too_long_is_cut_and_still_matches_itself() -> None:
    blob = "a1" * 10_000
    assert terms(blob) == query_terms(blob) == [blob[:MAX_TERM_CHARS]]


@given(st.text())
@example("İstanbul")
@example("ΐ ŉ ß ﬃ Å")
@example("C++")
@example("what1")
def test_queries_and_passages_meet(text: str) -> None:
    # Whatever stands in a passage is found by asking for it in the same words.
    asked = query_terms(text)
    assert set(asked) <= set(terms(text))
    # Function words are all that a query may lose.
    lost = {term for term in terms(text) if term not in asked}
    assert lost <= {term for word in FUNCTION_WORDS for term in terms(word)}


@given(st.text())
@example("a" * 100 + "1")
def test_terms_are_storable(text: str) -> None:
    for term in terms(text):
        assert term
        assert len(term) <= MAX_TERM_CHARS
        assert not any(character.isspace() for character in term)


@given(st.text())
def test_spelling_variants_of_unicode_do_not_matter(text: str) -> None:
    assert terms(unicodedata.normalize("NFD", text)) == terms(unicodedata.normalize("NFC", text))


def test_lone_surrogates_and_control_characters_do_no_harm() -> None:
    assert terms("a\ud800b \x00c") == ["a", "b", "c"]


def test_threads_agree() -> None:
    text = "running quickly nationalities " * 50
    with ThreadPoolExecutor(4) as pool:
        assert all(result == terms(text) for result in pool.map(terms, [text] * 40))
