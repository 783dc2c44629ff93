"""Segmenters: which text goes to which, what they keep, and that nobody pays who has no such text."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.segment import (
    han_and_kana_words,
    han_characters,
    is_japanese,
    korean_pairs,
    korean_words,
    simplified,
    syllable_pairs,
)


@pytest.mark.parametrize(
    ("text", "japanese"),
    [
        ("東京都の人口", True),
        ("東京都庁", False),
        ("研究所 データ", True),
        ("阿里の商店在全国各地开设了三百多家分店并计划明年进入海外市场", False),
        ("plain", False),
        ("", False),
    ],
)
def test_kana_makes_a_text_japanese(text: str, japanese: bool) -> None:
    assert is_japanese(text) is japanese


def test_the_same_characters_are_cut_by_the_language_around_them() -> None:
    assert han_and_kana_words("関西国際空港", japanese=True) == ["関西", "国际", "空港"]
    assert han_and_kana_words("中华人民共和国成立", japanese=False) == ["中华人民共和国", "成立"]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("食べられなかった", ["食べる"]),
        ("高くなった", ["高い", "成る"]),
        ("附属の", ["付属"]),
        ("でした", []),
    ],
)
def test_japanese_endings_go(run: str, words: list[str]) -> None:
    assert han_and_kana_words(run, japanese=True) == words


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("연구자들은", ["연구자"]),
        ("높이는", ["높이"]),
        ("갔다", ["가"]),
        ("먹었습니다", ["먹"]),
        ("에서", []),
        ("는", []),
    ],
)
def test_korean_particles_and_endings_go(run: str, words: list[str]) -> None:
    assert korean_words(run) == words


def test_parts_of_words() -> None:
    assert han_characters("北京大学") == ["北", "京", "大", "学"]
    assert han_characters("食べる") == ["食"]
    assert han_characters("水") == []
    assert korean_pairs("한국은행") == ["한국", "국은", "은행"]
    assert korean_pairs("한국") == []
    assert syllable_pairs("ก") == ["ก"]
    assert syllable_pairs("") == []


@pytest.mark.parametrize(
    ("traditional", "simple"), [("發展中國家", "发展中国家"), ("臺灣", "台湾"), ("abc", "abc")]
)
def test_traditional_characters_are_simplified(traditional: str, simple: str) -> None:
    assert simplified(traditional) == simple


@given(st.text(st.characters(min_codepoint=0x3041, max_codepoint=0x9FFF)))
def test_simplifying_looks_at_no_context_and_is_done_once(text: str) -> None:
    assert simplified(text) == "".join(map(simplified, text))
    assert simplified(simplified(text)) == simplified(text)


@given(st.text("中华人民共和国成立水零度的了发展研究生命起源", max_size=60))
def test_chinese_words_partition_their_run(run: str) -> None:
    assert "".join(han_and_kana_words(run, japanese=False)) == run


@given(st.text("กขเาิ่ำမြန်្កុໃ", max_size=30))
def test_pairs_of_syllables_cover_their_run(run: str) -> None:
    pairs = syllable_pairs(run)
    assert all(pair in run for pair in pairs)
    if pairs:
        assert run.endswith(pairs[-1])


def test_long_runs_are_cut_and_lose_nothing() -> None:
    run = "水在零度结冰" * 500
    assert "".join(han_and_kana_words(run, japanese=False)) == run
    assert korean_words("한국은행" * 500)
    assert han_and_kana_words("あ漢" * 1_000, japanese=True)


def test_english_loads_no_dictionary() -> None:
    program = (
        "import sys; from indexer import segment; from indexer.analyse import query_terms, terms; "
        "terms('The café is open, naïve “quotes” – and 10²'); query_terms('what is it'); "
        "assert 'rjieba' not in sys.modules; "
        "assert not segment._sudachi.cache_info().currsize; "
        "assert not segment._simplifier.cache_info().currsize; "
        "assert not hasattr(segment._local, 'korean')"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
