from hypothesis import given
from hypothesis import strategies as st

from indexer.analyse import query_terms
from server.snippet import snippet

TEXT = (
    "Wings lift aircraft. The finally clause runs after the try block. It also runs when an "
    "exception was raised. " + "Nothing else matters here. " * 20
)


def test_shows_the_sentences_that_hold_the_terms() -> None:
    shown = snippet(TEXT, query_terms("when does the finally clause run"), size=120)
    assert shown.startswith("The finally clause runs after the try block.")
    assert len(shown) <= 120


def test_stems_find_their_other_endings() -> None:
    text = "One. Two. We study them. Three."
    assert snippet(text, query_terms("studies"), size=16) == "We study them."


def test_begins_at_the_start_without_a_match() -> None:
    assert snippet(TEXT, ["zzz"], size=60).startswith("Wings lift aircraft.")


def test_a_long_sentence_is_cut_at_a_word() -> None:
    shown = snippet("word " * 200, ["word"], size=50)
    assert len(shown) <= 50
    assert shown.endswith("word…")


def test_terms_are_no_pattern() -> None:
    assert snippet("Use c++ here.", query_terms("c++ (.*"), size=50) == "Use c++ here."


def test_empty_text() -> None:
    assert snippet("", ["a"]) == ""


@given(st.text(max_size=400), st.text(max_size=60), st.integers(2, 200))
def test_never_longer_than_asked_and_made_of_the_text(text: str, query: str, size: int) -> None:
    shown = snippet(text, query_terms(query), size)
    assert len(shown) <= size
    assert shown.rstrip("…").rstrip() in " ".join(text.split()) or not shown


def test_a_short_text_is_shown_whole() -> None:
    assert snippet("One.\n\nTwo three.", ["three"]) == "One. Two three."


def test_places_are_right_where_small_letters_are_longer() -> None:
    text = "İ" * 30 + ". The finally clause runs. Nothing else matters here at all."
    shown = snippet(text, query_terms("finally clause"), size=40)
    assert shown == "The finally clause runs."


def test_words_without_spaces_and_in_other_letters_are_found() -> None:
    filler = "这里没有别的内容，只是为了凑够长度。" * 4
    text = filler + "大熊猫几乎完全以竹子為食。" + filler
    assert snippet(text, query_terms("大熊貓吃竹子嗎"), size=20) == "大熊猫几乎完全以竹子為食。"
    text = "ここには何もない。" * 9 + "味噌は大豆から作られる。" + "ここには何もない。" * 9
    assert snippet(text, query_terms("大豆で味噌を作る"), size=14) == "味噌は大豆から作られる。"
    text = "Nothing. " * 9 + "Un élève étudie. " + "Nothing. " * 9
    assert snippet(text, query_terms("eleve"), size=18) == "Un élève étudie."


def test_a_long_sentence_without_spaces_is_cut_anywhere() -> None:
    shown = snippet("第一 " + "水" * 100, ["水"], size=50)
    assert len(shown) == 50
    assert shown.endswith("水…")
