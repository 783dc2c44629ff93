import zlib
from itertools import pairwise

import numpy as np
import pytest
from datasketch import MinHash
from hypothesis import given
from hypothesis import strategies as st

from indexer.signature import (
    MIN_WORDS,
    VALUES,
    resemblance,
    sign,
    sign_all,
    words,
)

WORDS = st.lists(st.sampled_from([f"word{n}" for n in "abcdefghijklmnopqrstuvwxyz"]), max_size=60)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10mg", ["10", "mg"]),
        ("1,000.5 or .05", ["1000.5", "or", ".05"]),
        ("-5 °C, 5-10 km, p<.05", ["-", "5", "°", "c", "5", "10", "km", "p", "<", ".05"]),
        ("It didn't, can’t, WON'T, cannot.", "it did not can not will not can not".split()),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("北京 5 天", ["北", "京", "5", "天"]),
        ("Straße ﬁne ｗide", ["strasse", "fine", "wide"]),
        ("«Quoted» — “text”…", ["quoted", "text"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_signature_is_what_it_was() -> None:
    """A change here is a change of SIGNATURE_VERSION."""
    found = sign("The quick brown fox jumps over the lazy dog, twice a day.")
    assert found is not None
    assert found.dtype == np.uint16
    assert found[:6].tolist() == [29904, 53055, 8933, 37505, 30272, 51116]


@given(WORDS)
def test_signatures_are_the_low_bits_of_the_librarys(found: list[str]) -> None:
    signature = sign(" ".join(found))
    if len(found) < MIN_WORDS:
        assert signature is None
        return
    sketch = MinHash(VALUES, seed=20_260_314, scheme="affine32", hashfunc=lambda value: value)
    for one, two in pairwise(found):
        first, second = (zlib.crc32(word.encode()) for word in (one, two))
        mixed = (first * 0x9E3779B97F4A7C15 + second * 0x6A09E667F3BCC909) % 2**64
        sketch.update(mixed >> 32)
    assert signature is not None
    assert signature.tolist() == (sketch.hashvalues & 0xFFFF).tolist()


def test_estimates_follow_the_share_of_common_pairs() -> None:
    rng = np.random.default_rng(7)
    errors = []
    for share in np.linspace(0.1, 0.9, 60):
        common = int(400 * share)
        one, other = ([f"w{n}" for n in rng.integers(0, 10**9, 400)] for _ in range(2))
        other[:common] = one[:common]
        pairs = [set(pairwise(text)) for text in (one, other)]
        exact = len(pairs[0] & pairs[1]) / len(pairs[0] | pairs[1])
        signatures = sign_all([" ".join(one), " ".join(other)])
        errors.append(float(resemblance(signatures[:1], signatures[1:])[0]) - exact)
    assert abs(np.mean(errors)) < 0.02
    assert np.max(np.abs(errors)) < 4 * 0.5 / VALUES**0.5


def test_long_texts_are_signed_in_parts_that_join() -> None:
    text = " ".join(f"w{n}" for n in range(10_000))
    found = sign(text)
    assert found is not None
    ends = sign_all([text, " ".join(f"w{n}" for n in range(9_900))])
    assert resemblance(ends[:1], ends[1:])[0] > 0.9


def test_case_and_punctuation_make_no_difference() -> None:
    text = "“Nothing,” he wrote - and more: it is not so, is it? Very well."
    other = '"NOTHING" HE WROTE AND MORE IT IS NOT SO IS IT VERY WELL'
    assert np.array_equal(sign_all([text]), sign_all([other]))


def test_short_texts_have_none() -> None:
    assert sign("one two three four five six seven") is None
    assert not sign_all(["", "one two"]).any()
    assert sign_all([]).shape == (0, VALUES)


@given(st.text(max_size=80))
def test_any_text_is_read(text: str) -> None:
    assert words(text) == words(text)
    sign(text * 3)


def test_lone_surrogates_are_no_failure() -> None:
    assert sign("\ud800 a b c d e f g h \udfff i") is not None
