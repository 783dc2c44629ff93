"""Texts with known near copies and texts that only look like some, the same in every run."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from random import Random

from benchmarks import planted_spun as spun
from benchmarks import planted_texts as given
from benchmarks.planted_near import NEAR_MISSES
from corpora.document import Document
from corpora.readers.s2orc import read_s2orc
from indexer.passage import ChunkLimits, chunk

Change = Callable[[str, Random], str | None]
"""A text to another; None where the change does not apply to it."""

PAPERS = 60
PER_PAPER = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and how the second came about.

    Attributes:
        kind: of change.
        one, other: the texts.
    """

    kind: str
    one: str
    other: str


def passages(half: int) -> list[list[str]]:
    """Passages of every other paper of the package aclsum, one list a paper, in reading order."""
    spec = find_spec("aclsum")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("needs the package aclsum")
    folder = Path(spec.submodule_search_locations[0], "dataset", "paper_jsons")
    limits = ChunkLimits(max_tokens=254)
    found = []
    for path in sorted(folder.glob("*.json"))[half : 2 * PAPERS : 2]:
        for document in read_s2orc(path):
            if isinstance(document, Document):
                texts = [each.text for each in chunk(document, limits, _count)]
                found.append([text for text in texts if len(text.split()) >= 40])
    return found


def _count(texts: Sequence[str]) -> list[int]:
    return [4 * len(text.split()) // 3 for text in texts]


def rewordings(half: int) -> Iterator[Pair]:
    """Pairs that ought to be one group."""
    rng = Random(f"rewordings {half}")
    pairs = given.OTHER_SYNONYMS if half else given.SYNONYMS
    changes = REWORDINGS | {
        "one synonym": _synonyms(pairs, 1),
        "three synonyms": _synonyms(pairs, 3),
        "six synonyms": _synonyms(pairs, 6),
    }
    for texts in passages(half):
        for text in texts[:PER_PAPER]:
            yield from _changed(text, changes, rng)
    for number, text in enumerate(given.PARAGRAPHS):
        if number % 2 == half:
            for kind in ("typography", "furniture", "moved sentence", "cut off", "by-line"):
                yield from _changed(text, {kind: REWORDINGS[kind]}, rng, "foreign: ")
    yield from _spun(half, rng)


def lookalikes(half: int) -> Iterator[Pair]:
    """Pairs that must not be one group."""
    rng = Random(f"lookalikes {half}")
    papers = passages(half)
    for texts in papers:
        for text in texts[:PER_PAPER]:
            yield from _changed(text, CHANGES, rng)
        yield from (Pair("same paper", *pair) for pair in combinations(texts[:PER_PAPER], 2))
    everything = [text for texts in papers for text in texts]
    yield from (Pair("unrelated", *rng.sample(everything, 2)) for _ in range(5_000))
    yield from _filled_in(half, rng)
    yield from _opposed(half, rng)
    for text, edits in given.OTHER_EDITIONS if half else given.EDITIONS:
        for old, new in edits:
            yield Pair("edition", text, _replaced(text, old, new))
    for text, wrong in zip(given.PARAGRAPHS, given.WRONG_IN, strict=True):
        for old, new in wrong[half::2]:
            yield Pair("foreign", text, _replaced(text, old, new))


def _spun(half: int, rng: Random) -> Iterator[Pair]:
    """Articles as spinners of articles copy them."""
    pairs = spun.OTHER_SPUN if half else spun.SPUN
    endings = spun.OTHER_REPUBLISHED if half else spun.REPUBLISHED
    titles = spun.OTHER_TITLES if half else spun.TITLES
    for text in spun.OTHER_ARTICLES if half else spun.ARTICLES:
        for pair in pairs:
            yield from _changed(text, {"spun: one phrase": _synonyms([pair], 1)}, rng)
        for _ in range(40):
            changes = {f"spun: {most} phrases": _synonyms(pairs, most) for most in (3, 8)}
            yield from _changed(text, changes, rng)
        for ending in endings:
            yield Pair("spun: republished", text, f"{text}\n\n{ending}")
        for title, other in titles:
            yield Pair("spun: title", f"{title}\n\n{text}", f"{other}\n\n{text}")
    for texts in passages(half):
        for text in texts[:PER_PAPER]:
            yield from _changed(text, {"spun: papers": _synonyms(pairs, 3)}, rng)


def _opposed(half: int, rng: Random) -> Iterator[Pair]:
    """Articles that were made to say something else, and pages of a template; spun besides."""
    spin = _synonyms(spun.OTHER_SPUN if half else spun.SPUN, 4)
    for text in spun.OTHER_ARTICLES if half else spun.ARTICLES:
        for pair in spun.OPPOSED:
            for changed in _changed(text, {"opposed": _synonyms([pair], 1)}, rng):
                yield changed
                yield Pair("opposed, spun", text, spin(changed.other, rng) or "")
    for one, other in NEAR_MISSES[half::2]:
        yield Pair("near miss", f"{spun.AROUND} {one}", f"{spun.AROUND} {other}")
    for template in spun.TEMPLATES:
        for name, words in spun.BLANKS.items():
            if f"{{{name}}}" not in template:
                continue
            for one, other in combinations(words[half::2], 2):
                first, second = (template.replace(f"{{{name}}}", word) for word in (one, other))
                yield Pair("filled in", first, second)
                yield Pair("filled in, spun", first, spin(second, rng) or "")


def _filled_in(half: int, rng: Random) -> Iterator[Pair]:
    """Pages made from templates."""
    for name, templates in (("template", given.TEMPLATES), ("attribute", given.ATTRIBUTES)):
        for template in templates[half::2] if name == "template" else templates:
            filled = sorted({_fill(template, rng) for _ in range(24)})
            yield from (Pair(name, *pair) for pair in combinations(filled, 2))
    for template in given.TEMPLATES[half::2]:
        for _ in range(60):
            yield Pair("template, one blank", *_one_blank(template, rng))


def _changed(
    text: str, changes: dict[str, Change], rng: Random, prefix: str = ""
) -> Iterator[Pair]:
    for kind, change in changes.items():
        other = change(text, rng)
        if other is not None and other.split() != text.split():
            yield Pair(prefix + kind, text, other)


def _replaced(text: str, old: str, new: str) -> str:
    if old not in text:
        raise ValueError(f"{old!r} is not in {text[:60]!r}")
    return text.replace(old, new, 1)


def _fill(template: str, rng: Random) -> str:
    return template.format(**_blanks(rng))


def _one_blank(template: str, rng: Random) -> tuple[str, str]:
    """A template filled twice, with one blank filled differently."""
    values = _blanks(rng)
    name = rng.choice(sorted(set(re.findall(r"{(\w+)}", template))))
    other = dict(values)
    while other[name] == values[name]:
        other[name] = _blanks(rng)[name]
    return template.format(**values), template.format(**other)


def _blanks(rng: Random) -> dict[str, str]:
    lists = {
        "city": given.CITIES, "person": given.PEOPLE, "colour": given.COLOURS,
        "material": given.MATERIALS, "animal": given.ANIMALS, "illness": given.ILLNESSES,
        "zh": given.ZH_CITIES, "ja": given.JA_CITIES, "ru": given.RU_CITIES, "ar": given.AR_CITIES,
        "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(),
        "month": "January March April June July August October December".split(),
        "month_fr": "janvier mars avril juin juillet octobre".split(),
    }  # fmt: skip
    blanks = {name: rng.choice(values) for name, values in lists.items()}
    most = {"n": 40, "m": 30, "k": 60, "p": 4000, "h": 20}
    return blanks | {name: str(rng.randint(2, top)) for name, top in most.items()}


def _typography(text: str, rng: Random) -> str:
    choice = rng.randrange(4)
    if choice == 0:
        return text.upper()
    if choice == 1:
        return re.sub(r"[,;:\"“”](?!\d)", "", text)
    if choice == 2:
        return text.replace('"', "“").replace("'", "’").replace(" - ", " — ").replace(". ", ".  ")
    return "\n".join(re.split(r"(?<=[.!?] )|(?<=[。])", text)).lower()


def _markup(text: str, rng: Random) -> str:
    words = text.split()
    for _ in range(2):
        place = rng.randrange(1, len(words))
        if words[place].isalpha() and len(words[place]) > 7:
            words[place] = f"{words[place][:4]}-{words[place][4:]}"
    place = rng.randrange(1, len(words) - 1)
    return " ".join((*words[:place], "•", *words[place:]))


def _synonyms(pairs: Sequence[tuple[str, str]], most: int) -> Change:
    def change(text: str, rng: Random) -> str | None:
        fitting = [pair for pair in pairs if re.search(rf"\b{pair[0]}\b", text)]
        for old, new in rng.sample(fitting, min(most, len(fitting))):
            text = re.sub(rf"\b{old}\b", new, text, count=1)
        return text

    return change


def _spelling(text: str, rng: Random) -> str:
    for old, new in given.SPELLINGS:
        text = text.replace(old, new)
    return text


def _moved_sentence(text: str, rng: Random) -> str | None:
    sentences = _sentences(text)
    if len(sentences) < 3:
        return None
    place = rng.randrange(len(sentences) - 1)
    sentences[place], sentences[place + 1] = sentences[place + 1], sentences[place]
    return ("" if "。" in text else " ").join(sentences)


def _sentences(text: str) -> list[str]:
    return [
        part.strip()
        for part in re.split(r"(?<=[。])|(?<=[a-zа-яّ-٩]{3}[.।]) ", text)
        if part.strip()
    ]


def _furniture(text: str, rng: Random) -> str:
    return f"{text.strip()} {rng.choice(given.BOILERPLATE)}"


def _byline(text: str, rng: Random) -> str:
    return rng.choice(given.BYLINES) + text


def _headline(text: str, rng: Random) -> str:
    return rng.choice(given.HEADLINES) + text


def _cut_off(text: str, rng: Random) -> str:
    cut = text[: int(len(text) * rng.uniform(0.65, 0.95))].rstrip(" .")
    return cut + rng.choice(("", "...", " …", "… Read more", " [...]"))


def _cut_at_sentence(text: str, rng: Random) -> str | None:
    sentences = _sentences(text)
    return " ".join(sentences[:-1]) if len(sentences) > 4 else None


def _syndicated(text: str, rng: Random) -> str:
    return _byline(_furniture(_typography(text, Random(2)), rng), rng)


def _number(text: str, rng: Random) -> str | None:
    places = list(re.finditer(r"\d+", text))
    if not places:
        return None
    place = rng.choice(places)
    value = int(place[0]) if len(place[0]) < 18 else 7
    other = rng.choice((value + 1, value * 10, max(0, value - 1) if value else 2))
    return f"{text[: place.start()]}{other if other != value else value + 1}{text[place.end() :]}"


def _negation(text: str, rng: Random) -> str | None:
    verbs = list(
        re.finditer(r"\b(is|are|was|were|can|does|do|has|have|will|would)\b(?! not)", text)
    )
    if not verbs:
        return None
    verb = rng.choice(verbs)
    return f"{text[: verb.end()]}{rng.choice((' not', ' never', ' no longer'))}{text[verb.end() :]}"


def _antonym(text: str, rng: Random) -> str | None:
    pairs = [*given.ANTONYMS, *((b, a) for a, b in given.ANTONYMS)]
    fitting = [pair for pair in pairs if re.search(rf"\b{pair[0]}\b", text)]
    if not fitting:
        return None
    old, new = rng.choice(fitting)
    return re.sub(rf"\b{old}\b", new, text, count=1)


def _name(text: str, rng: Random) -> str | None:
    names = re.findall(r"(?<=[a-z] )[A-Z][a-z]{3,}", text)
    return text.replace(rng.choice(names), rng.choice(given.PEOPLE)) if names else None


def _swapped_names(text: str, rng: Random) -> str | None:
    names = sorted(set(re.findall(r"(?<=[a-z] )[A-Z][a-z]{3,}", text)))
    if len(names) < 2:
        return None
    one, other = rng.sample(names, 2)
    if one[:4] == other[:4]:
        return None  # "Section" and "Sections"
    return re.sub(rf"\b({one}|{other})\b", lambda m: other if m[0] == one else one, text)


def _swapped_numbers(text: str, rng: Random) -> str | None:
    numbers = sorted(set(re.findall(r"\b\d+\b", text)))
    if len(numbers) < 2:
        return None
    one, other = rng.sample(numbers, 2)
    return re.sub(rf"\b({one}|{other})\b", lambda m: other if m[0] == one else one, text)


def _clause(text: str, rng: Random) -> str | None:
    """An amendment: a condition where there was none."""
    stops = [match.start() for match in re.finditer(r"(?<=[a-z]{3})\.", text)]
    if not stops:
        return None
    clauses = (
        " only where the minister has approved it", ", except in rural areas", " for new customers",
        " unless the parties agree otherwise", " in adults with diabetes", " on weekdays",
    )  # fmt: skip
    stop = rng.choice(stops)
    return f"{text[:stop]}{rng.choice(clauses)}{text[stop:]}"


def _other_sentence(text: str, rng: Random) -> str | None:
    """A sentence gives way to another."""
    sentences = _sentences(text)
    if len(sentences) < 3:
        return None
    place = rng.randrange(len(sentences))
    source = rng.choice(given.TEMPLATES[:6]).format(**_blanks(rng))
    sentences[place] = rng.choice(_sentences(source))
    return " ".join(sentences)


REWORDINGS: dict[str, Change] = {
    "typography": _typography,
    "mark-up": _markup,
    "spelling": _spelling,
    "moved sentence": _moved_sentence,
    "furniture": _furniture,
    "by-line": _byline,
    "headline": _headline,
    "cut off": _cut_off,
    "cut at a sentence": _cut_at_sentence,
    "syndicated": _syndicated,
}

CHANGES: dict[str, Change] = {
    "number": _number,
    "negation": _negation,
    "antonym": _antonym,
    "name": _name,
    "swapped names": _swapped_names,
    "swapped numbers": _swapped_numbers,
    "clause": _clause,
    "other sentence": _other_sentence,
}
