"""MinHash signatures: how much two texts resemble each other, from 128 bytes each.

Only user of datasketch. Its scheme "affine32" is a published formula of 32-bit integers, so that a
signature is the same on every machine; what goes in is ours too, see `WORD` and `_shingles`.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

SIGNATURE_VERSION = "auctor-2/bigrams/affine32-64x16"
"""Of signatures and of the rules in `indexer.alike`: families of two versions do not compare."""

VALUES = 64
"""Values of a signature. Of two texts that resemble each other by .7, one estimate in six is off by
more than .06: enough to propose, and `indexer.alike` decides."""

MIN_WORDS = 8
"""Shorter texts have no signature: they are exact copies or nothing."""

Signatures = NDArray[np.uint16]
"""One row a text. The low 16 bits of each minimum: two different ones agree once in 65,536 times."""

_SEED = 20_260_314
_AT_ONCE = 4_096
"""Shingles hashed at once, which bounds memory whatever the length of a text."""

_MARKS = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    r"\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a"
    r"\u0900-\u0903\u093a-\u093c\u093e-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc"
    r"\u09be-\u09cd\u09d7\u0a01-\u0a03\u0a3c-\u0a51\u0a70\u0a71\u0a75\u0a81-\u0a83\u0abc"
    r"\u0abe-\u0acd\u0b01-\u0b03\u0b3c\u0b3e-\u0b57\u0b82\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04"
    r"\u0c3e-\u0c56\u0c81-\u0c83\u0cbc\u0cbe-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d\u0d57\u0d81-\u0d83"
    r"\u0dca-\u0ddf\u0f18\u0f19\u0f35\u0f37\u0f39\u0f3e\u0f3f\u0f71-\u0f84\u0f86-\u0fbc"
)
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Thai, Lao, Myanmar, Khmer, kana and Han: no spaces between words, each character counts."""

_LETTERS = rf"[^\W\d_{UNSPACED}]"
WORD = re.compile(
    rf"{_LETTERS}+(?:[{_MARKS}]+{_LETTERS}*)*"
    r"|\d+(?:[.,]\d+)*|\.(?<![\w.]\.)\d+"
    rf"|[^\W_]|[{UNSPACED}]"
    # Signs that change what is said: a minus only where it can be no hyphen, dash or range, others
    # between words, where they are no mark-up.
    r"|[-\u2212\u2013](?<![\w.)\]].)(?=\.?\d)"
    r"|[/*^](?:(?<=[\w)].)(?=[\w(])|(?<=\s.)(?=\s))"
    r"|[%\u2030\u00b0$\u20ac\u00a3\u00a5\u20b9<>\u2264\u2265=\u2260\u00b1+~\u2248\u221e]"
)
"""Letters and digits part ways: "10mg" is read as "10 mg"."""

_NOT = re.compile(r"(?i)(\b(?:ca|wo|sha))?n['\u2019\u02bc]t\b|\bcannot\b")
_NOT_SIGNS = ("n't", "n\u2019t", "n\u02bct", "N'T", "N\u2019T", "N\u02bcT", "annot", "ANNOT")
_NOT_IN_FULL = {"ca": "can not", "wo": "will not", "sha": "shall not"}


_THOUSANDS = re.compile(r"\d(?<![\d.,]\d)\d{0,2}(?:,\d{3})+(?![\d,])")


def plain(text: str) -> str:
    """The text as it is compared: compatibility forms replaced, "n't", "cannot" and 1,000 written out."""
    text = unicodedata.normalize("NFKC", text)
    if any(sign in text for sign in _NOT_SIGNS):  # much faster than to look for a match
        text = _NOT.sub(_not_in_full, text)
    return _THOUSANDS.sub(_without_commas, text)


def _not_in_full(match: re.Match[str]) -> str:
    if match[0].lower() == "cannot":
        return "can not"
    return _NOT_IN_FULL.get((match[1] or "").lower(), " not")


def _without_commas(match: re.Match[str]) -> str:
    return match[0].replace(",", "")


def words(text: str) -> list[str]:
    """The words, numbers and signs of a text, characters in scripts without spaces; casefolded."""
    return WORD.findall(plain(text).casefold())


def sign(text: str) -> Signatures | None:
    """The signature of a text, uint16 [VALUES]; None where it is too short to have one."""
    found = words(text)
    if len(found) < MIN_WORDS:
        return None
    sketch = MinHash(VALUES, scheme="affine32", hashfunc=_as_it_is, permutations=_PERMUTATIONS)
    for shingles in _shingles(found):
        sketch.update_batch(shingles)
    values: Signatures = (sketch.hashvalues & 0xFFFF).astype(np.uint16)
    return values


def sign_all(texts: Iterable[str]) -> Signatures:
    """The signatures of texts, uint16 [n, VALUES]; all zeros where a text has none."""
    nothing = np.zeros(VALUES, dtype=np.uint16)
    signatures = [nothing if found is None else found for found in map(sign, texts)]
    return np.stack(signatures) if signatures else np.zeros((0, VALUES), dtype=np.uint16)


def resemblance(one: Signatures, other: Signatures) -> NDArray[np.float64]:
    """Estimates of the share of common shingles, float64 [n], of rows of signatures."""
    return np.asarray((one == other).mean(axis=-1), dtype=np.float64)


def _shingles(found: Sequence[str]) -> Iterator[NDArray[np.uint32]]:
    """Hashes of pairs of neighbours, some at a time."""
    for start in range(0, len(found) - 1, _AT_ONCE):
        part = found[start : start + _AT_ONCE + 1]
        hashes = np.fromiter(
            (zlib.crc32(word.encode("utf-8", "replace")) for word in part), np.uint64, len(part)
        )
        pairs = hashes[:-1] * _FIRST + hashes[1:] * _SECOND
        yield (pairs >> np.uint64(32)).astype(np.uint32)


def _as_it_is(value: int) -> int:
    return value


# Odd 64-bit constants, so that neither word of a pair can be told from the sum and "a b" is not
# "b a": the fractional parts of the golden ratio and of the square root of two.
_FIRST = np.uint64(0x9E3779B97F4A7C15)
_SECOND = np.uint64(0x6A09E667F3BCC909)
_PERMUTATIONS = MinHash(VALUES, seed=_SEED, scheme="affine32").permutations
