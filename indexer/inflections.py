"""Which word an inflected English word comes from, and how it is inflected; rough and pure."""

import re
from functools import lru_cache

_IRREGULAR = """
    became become  began begin  begun begin  bought buy  broke break  broken break  brought bring
    built build  came come  chose choose  chosen choose  did do  done do  drew draw  drawn draw
    fallen fall  fell fall  felt feel  found find  gave give  given give  gone go  got get
    gotten get  grew grow  grown grow  held hold  kept keep  knew know  known know  laid lay
    led lead  left leave  lost lose  made make  meant mean  met meet  paid pay  put put  ran run
    rose rise  risen rise  said say  sat sit  saw see  seen see  sent send  set set  shown show
    sold sell  spent spend  spoke speak  spoken speak  stood stand  taken take  taught teach
    thought think  told tell  took take  understood understand  went go  wore wear  written write
    wrote write
""".split()
_PAST = dict(zip(_IRREGULAR[::2], _IRREGULAR[1::2], strict=True))

_BRITISH = (("isation", "ization"), ("yse", "yze"), ("ogue", "og"), ("our", "or"), ("lled", "led"),
            ("lling", "ling"), ("ise", "ize"), ("ising", "izing"), ("ised", "ized"), ("centre", "center"))  # fmt: skip
_LEAST_SPELLED = 5
_LEAST_DOUBLED = 8
"""Shorter words with a double letter are other words: "filed" and "filled"."""

_PLURAL = re.compile(r"(?<=ch|sh|ss|.x)es$|(?<=[^s'])s$")

Inflected = tuple[str, str]
"""A word, and "s", "ed" or "ing"; empty for none."""


@lru_cache(maxsize=1 << 14)
def spelled(word: str) -> str:
    """A word as Americans spell it, as far as rules tell."""
    if len(word) >= _LEAST_SPELLED:
        for british, american in _BRITISH:
            if british[:2] != "ll" or len(word) >= _LEAST_DOUBLED:
                word = word.replace(british, american)
    return word


def singular(word: str) -> str:
    """A word without the ending of a plural or of a third person."""
    if len(word) < 4:
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return _PLURAL.sub("", word)


@lru_cache(maxsize=1 << 14)
def readings(word: str) -> frozenset[Inflected]:
    """What a word may be an inflection of; itself is always among them."""
    word = spelled(word)
    found = {(word, "")}
    if word in _PAST:
        found.add((_PAST[word], "ed"))
    base = singular(word)
    if base != word:
        found.add((base, "s"))
    for ending in ("ed", "ing"):
        if word.endswith(ending) and len(word) >= len(ending) + 2:
            stem = word[: -len(ending)]
            found |= {(stem, ending), (f"{stem}e", ending)}
            if stem[-1] == stem[-2]:
                found.add((stem[:-1], ending))
            if stem.endswith("i") and ending == "ed":
                found.add((f"{stem[:-1]}y", ending))
    return frozenset(found)
