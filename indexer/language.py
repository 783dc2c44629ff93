"""Which language a document and each of its passages is in; only user of py3langid.

Scripts that one language writes decide by themselves (kana, hangul, Thai, Greek, ...); a
statistical identifier tells the rest apart. It sees words only: numbers, formulas, addresses and
signs are taken out first, because it finds some language in all of them. What is then too short,
or not clearly in one language, has none of its own: a document takes what its page claims, a
passage its document's.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

MIN_LETTERS = 40
"""Below this, identification is a guess; scripts of their own need fewer."""
_MIN_SCRIPT_LETTERS = 8
_SAMPLE_CHARS = 1_000
_DOCUMENT_SAMPLES = 3
_PASSAGE_CHARS = 500

_SURE = 0.5
"""Confidence that a language needs."""
_UNLIKELY = 0.05
"""What is left to the document's language where a passage is clearly in another one."""

# Words, with the vowel signs and accents that belong to them; not names with a digit, an
# underscore or a slash in them.
_WORD = re.compile(
    r"(?<![\w./:@])[^\W\d_][^\s\x00-\x26\x28-\x2c\x2e-\x40\x5b-\x60\x7b-\xbf\u2000-\u2018"
    r"\u201a-\u206f\u3000-\u3004\u3008-\u3020\uff01-\uff20]*+(?![\w/@])"
)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+")

# Code points of scripts that one language has for itself, or nearly so.
_SCRIPTS = {
    "ja": "\u3041-\u309f\u30a1-\u30fa\u30fc\u31f0-\u31ff\uff66-\uff9d",
    "ko": "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff",
    "zh": "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",
    "th": "\u0e01-\u0e5b",
    "lo": "\u0e81-\u0eff",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u0590-\u05ff",
    "ka": "\u10a0-\u10ff",
    "hy": "\u0530-\u058f",
    "am": "\u1200-\u139f",
    "km": "\u1780-\u17ff",
    "my": "\u1000-\u109f",
    "si": "\u0d80-\u0dff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "gu": "\u0a80-\u0aff",
    "pa": "\u0a00-\u0a7f",
}
_SCRIPT_RUN = re.compile("|".join(f"(?P<{code}>[{chars}]+)" for code, chars in _SCRIPTS.items()))
_KANA_SHARE = 0.05
"""Of kana and Han together: less is Chinese that quotes a Japanese name."""
_HAN_WEIGHT = 3
"""A Han character or a syllable of hangul says as much as so many letters."""

# ISO 639-1 codes that the identifier finds in all sorts of scraps and hardly ever rightly.
_RARE = frozenset("ia ie io vo la".split())


def identify_language(text: str, claimed: str | None = None) -> str | None:
    """ISO 639-1 code of a document.

    Args:
        text: the document's text; its beginning, middle and end are looked at.
        claimed: what the page declares; believed only where the text does not tell.
    """
    words = _words(_samples(text))
    return _by_script(words) or _by_statistics(words, None) or claimed


def identify_passages(texts: Sequence[str], document_language: str | None) -> list[str | None]:
    """ISO 639-1 code of each passage.

    Args:
        texts: the passages of one document; the first 500 characters of each are looked at.
        document_language: what a passage inherits unless it is clearly in another language.
    """
    return [_identify_passage(text[:_PASSAGE_CHARS], document_language) for text in texts]


def _identify_passage(sample: str, document_language: str | None) -> str | None:
    words = _words(sample)
    language = _by_script(words)
    if language == "zh" and document_language == "ja" and len(words) < MIN_LETTERS:
        language = None  # titles and tables of Japanese often have no kana
    if language is None:
        language = _by_statistics(words, document_language)
    return language or document_language


def _samples(text: str) -> str:
    if len(text) <= _DOCUMENT_SAMPLES * _SAMPLE_CHARS:
        return text
    middle = (len(text) - _SAMPLE_CHARS) // 2
    return "\n".join(
        text[start : start + _SAMPLE_CHARS] for start in (0, middle, len(text) - _SAMPLE_CHARS)
    )


def _words(sample: str) -> str:
    return " ".join(_WORD.findall(_ADDRESS.sub(" ", sample)))


def _by_statistics(words: str, document_language: str | None) -> str | None:
    """The language that the identifier is sure of, and sure that it is not the document's."""
    if len(words) - words.count(" ") < MIN_LETTERS:
        return None
    ranking = _identifier().rank(words)
    language, confidence = ranking[0]
    if confidence < _SURE or dict(ranking).get(document_language or "", 0.0) > _UNLIKELY:
        return None
    return str(language)


def _by_script(words: str) -> str | None:
    """The language of a script that most of the words are in; None for shared scripts."""
    if words.isascii():
        return None
    counts = dict.fromkeys(_SCRIPTS, 0)
    for run in _SCRIPT_RUN.finditer(words):
        counts[str(run.lastgroup)] += run.end() - run.start()
    han, kana, hangul = counts["zh"], counts["ja"], counts["ko"]
    others = len(words) - words.count(" ") - han - kana - hangul
    counts["ja"] = counts["zh"] = 0
    counts["ja" if kana > _KANA_SHARE * (han + kana) else "zh"] = _HAN_WEIGHT * (han + kana)
    counts["ko"] = _HAN_WEIGHT * hangul
    total = others + _HAN_WEIGHT * (han + kana + hangul)
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] >= max(_MIN_SCRIPT_LETTERS, total / 2) else None


def load() -> None:
    """Reads the model now, for a process that others are forked from."""
    _identifier()


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """The model, read when first needed (a second, 100 MB); it knows two-letter codes only."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(
        [label for label in identifier.labels if len(label) == 2 and label not in _RARE]
    )
    return identifier
