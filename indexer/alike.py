"""Whether two texts say the same in nearly the same words: what decides that they are twins.

Two texts are laid beside each other and every difference must be harmless: punctuation, case, a
few words replaced by others, a sentence moved, a copy that was cut off, a by-line, a sentence of
boilerplate at its end. A number, unit, negation, name or other decisive word that differs makes
two texts different, and so does anything that is not understood: a missed twin is shown twice, a
false one hides evidence. In scripts without capitals a replaced word may be a name, so none may be.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import IntEnum
from itertools import compress, pairwise

from indexer.decisive import DECISIVE, DECISIVE_CHARACTERS, FREE, are_opposed
from indexer.signature import MIN_WORDS, WORD, plain
from indexer.synonyms import are_forms, mean_the_same, stem

MAX_CHARS = 1_000_000
"""Longer texts are like no other."""

MIN_RESEMBLANCE = 0.5
"""Least share of all pairs of neighbouring words that both texts have."""

MIN_CONTAINMENT = 0.7
"""Least share of the shorter text's pairs that the longer one has."""

MAX_REPLACED = 0.1
"""Largest share of words that may be replaced. A word that is no known synonym counts only beside
two that are: where most are, somebody reworded a text, where none is, somebody filled in a form."""

MIN_REPLACED_WORDS = 24
"""In shorter texts no word may be replaced."""

MAX_ADDED = 0.25
"""Largest share of the longer text that may be sentences which the other lacks."""

MAX_ADDED_WORDS = 15
MAX_HUNK_WORDS = 4
MAX_BYLINE_WORDS = 10
MIN_LINE_WORDS = 5
MAX_LINE_WORDS = 20
MAX_FURNITURE_WORDS = 25
MIN_HEADED_WORDS = 50
"""A text is the same under another headline where so many words below are."""

MIN_CUT_SHARE = 0.6
"""Least share of a text that a copy holds which was cut off."""

_GAP = 60
"""Between fixed points so few words apart the difference is looked for word by word."""

_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u0964\u061f]")
_CLAUSE_END = re.compile(r"[,;:()\u2013\u2014\u3001\uff0c\uff1b\uff1a\u060c]")
_ELLIPSIS = re.compile(r"(?:\.\.\.|\u2026)[\]) ]*(?:\W*\w+){0,3}\W*$")
_NOT = frozenset(("no", "not", "ne", "nicht", "kein", "не", "nie", "ni", "sin", "sans", "sem"))
_FINAL = re.compile(r"[.!?\u3002\uff01\uff1f\u0964\u061f:;][\"'\u201d\u2019\u00bb)\]]*$")
_FURNITURE = re.compile(
    r"\b(?:read (?:more|on|the full)|continue reading|click here|subscribe|sign up|newsletter"
    r"|follow us|share this|all rights reserved|copyright|cookies?|advertisement|sponsored"
    r"|(?:originally|first) (?:published|appeared)|this (?:article|story|post|page) (?:was|is|first)"
    r"|our (?:website|site|app|newsletter)|weiterlesen|mehr (?:lesen|erfahren)|newsletter|anzeige"
    r"|alle rechte vorbehalten|lire (?:la suite|aussi)|tous droits réservés|abonnez vous|leer más"
    r"|todos los derechos reservados|suscríbete|leia mais|todos os direitos reservados|leggi anche"
    r"|tutti i diritti riservati|lees (?:meer|verder)|читать далее|все права защищены"
    r"|подписывайтесь)\b|版 权 所 有|转 载|責 任 編 輯|责 任 编 辑|原 标 题|阅 读 全 文|点 击"
)
"""What sites put around texts of others; of words with one space between."""

_BY = frozenset(("by", "von", "par", "por", "di", "da", "door", "av", "af", "от"))
_AGENCIES = frozenset(
    """
    reuters ap afp dpa ansa efe xinhua tass bloomberg upi pti correspondent reporter staff newsroom
    posted updated aktualisiert publié actualizado aggiornato bijgewerkt
    """.split()
)


class Kind(IntEnum):
    """What a word may do where two texts differ, from harmless to decisive."""

    FREE = 0
    CONTENT = 1
    NAME = 2
    DECISIVE = 3


class Border(IntEnum):
    """What stands before a word."""

    NONE = 0
    CLAUSE = 1
    SENTENCE = 2
    LINE = 3


@dataclass(frozen=True, slots=True)
class Profile:
    """A text, ready to be compared.

    Attributes:
        words: casefolded.
        kinds: of each word.
        borders: before each word, and one after the last.
        pairs: neighbouring words.
        numbers: how often each occurs.
        is_cut: whether the text stops in the middle of a sentence.
    """

    words: tuple[str, ...]
    kinds: tuple[Kind, ...]
    borders: tuple[Border, ...]
    pairs: frozenset[tuple[str, str]]
    numbers: Counter[str]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Hunk:
    """A difference: words [start, end) of one text stand for words of the other; one may be empty."""

    start: int
    end: int
    other_start: int
    other_end: int

    @property
    def is_one_sided(self) -> bool:
        return self.start == self.end or self.other_start == self.other_end


def profile(text: str) -> Profile | None:
    """Prepares a text; None where it is too short or too long to have near copies."""
    if len(text) > MAX_CHARS:
        return None
    text = plain(text).rstrip()
    ellipsis = _ELLIPSIS.search(text, max(0, len(text) - 80))
    if ellipsis:
        text = text[: ellipsis.start()]
    found = list(WORD.finditer(text))
    if len(found) < MIN_WORDS:
        return None
    forms = [match[0] for match in found]
    words = tuple(form.casefold() for form in forms)
    gaps = [text[one.end() : two.start()] for one, two in pairwise(found)]
    borders = (Border.LINE, *map(_border, gaps), Border.LINE)
    kinds = tuple(_kinds(forms, words, gaps))
    return Profile(
        words,
        kinds,
        borders,
        frozenset(pairwise(words)),
        Counter(word for word in words if word[-1].isdigit()),
        bool(ellipsis) or not _FINAL.search(text),
    )


def are_alike(one: Profile, other: Profile) -> bool:
    """Whether two texts are twins; the order of the two does not matter."""
    if one.words == other.words:
        return True
    longer, shorter = sorted((one, other), key=lambda each: (-len(each.words), each.words))
    # Each says a number that the other does not: pages of one template, at no cost.
    if longer.numbers - shorter.numbers and shorter.numbers - longer.numbers:
        return False
    common = len(longer.pairs & shorter.pairs)
    if (
        common < MIN_CONTAINMENT * min(len(longer.pairs), len(shorter.pairs))
        or common < MIN_RESEMBLANCE * len(longer.pairs | shorter.pairs)
    ):  # fmt: skip
        return False
    return _Comparison(longer, shorter).is_harmless()


def _border(gap: str) -> Border:
    if "\n" in gap:
        return Border.LINE
    if _SENTENCE_END.search(gap):
        return Border.SENTENCE
    return Border.CLAUSE if _CLAUSE_END.search(gap) else Border.NONE


def _kinds(forms: Sequence[str], words: Sequence[str], gaps: Sequence[str]) -> Iterator[Kind]:
    lowercase = {form for form in forms if form[0].islower()}
    capitals = sum(form[0].isupper() for form in forms)
    # Where nothing or nearly everything is in capitals, they tell nothing.
    tells = 0 < capitals < 0.6 * (len(lowercase) + capitals)
    for number, (form, word) in enumerate(zip(forms, words, strict=True)):
        after_number = (
            number > 0 and forms[number - 1][-1].isdigit() and not gaps[number - 1].strip()
        )
        if word in FREE:
            yield Kind.FREE
        elif after_number or _is_decisive(word):
            yield Kind.DECISIVE
        elif tells and (form[0].islower() or word in lowercase):
            yield Kind.CONTENT
        else:
            yield Kind.NAME


def _is_decisive(word: str) -> bool:
    """Listed, or a number, a sign, a single letter."""
    if not word.isalpha():
        # Letters with marks (Devanagari) are no number either.
        return len(word) == 1 or not any(map(str.isalpha, word))
    if len(word) == 1:
        has_case = word.upper() != word.lower()
        return has_case or word in DECISIVE_CHARACTERS
    return word in DECISIVE


class _Comparison:
    """Two texts beside each other."""

    def __init__(self, longer: Profile, shorter: Profile) -> None:
        self._longer, self._shorter = longer, shorter
        self._replaced = self._known = self._unknown = self._added = self._headlines = 0

    def is_harmless(self) -> bool:
        """Whether every difference is, each by itself and all together."""
        hunks = list(_hunks(self._longer.words, self._shorter.words))
        hunks = self._without_moved(self._slid(hunks))
        return all(map(self._may_stand, hunks)) and self._fits()

    def _fits(self) -> bool:
        length = len(self._shorter.words)
        if self._replaced and length < MIN_REPLACED_WORDS:
            return False
        if self._headlines and (self._replaced or length < MIN_HEADED_WORDS):
            return False
        return (
            2 * self._unknown <= self._known
            and self._replaced <= MAX_REPLACED * length
            and self._added <= MAX_ADDED_WORDS
            and self._added <= MAX_ADDED * len(self._longer.words)
        )

    def _slid(self, hunks: list[_Hunk]) -> list[_Hunk]:
        """Moves one-sided differences to a border where the same words can be read in two ways.

        Of "the cat. the dog." and "the dog." the first two words are added, not "cat. the".
        """
        slid: list[_Hunk] = []
        at = 0
        ends = [hunk.start for hunk in hunks[1:]] + [len(self._longer.words)]
        for hunk, end in zip(hunks, ends, strict=True):
            placed = hunk
            if hunk.is_one_sided:
                placed = self._best_place(hunk, hunk.start - at, end - hunk.end)
            slid.append(placed)
            at = placed.end
        return slid

    def _best_place(self, hunk: _Hunk, before: int, after: int) -> _Hunk:
        """The place within so many equal words before and after that has the strongest border."""
        text, start, end = self._longer, hunk.start, hunk.end
        if start == end:
            text, start, end = self._shorter, hunk.other_start, hunk.other_end
        words = text.words
        shifts = [0]
        while -shifts[-1] < before and words[start + shifts[-1] - 1] == words[end + shifts[-1] - 1]:
            shifts.append(shifts[-1] - 1)
        right = 0
        while right < after and words[start + right] == words[end + right]:
            right += 1
            shifts.append(right)
        best = max(shifts, key=lambda by: (_within(text, start + by, end + by), by))
        return _Hunk(
            *(place + best for place in (hunk.start, hunk.end)),
            *(place + best for place in (hunk.other_start, hunk.other_end)),
        )

    def _without_moved(self, hunks: list[_Hunk]) -> list[_Hunk]:
        """Takes out sentences, and harmless clauses, that stand elsewhere in the other text."""
        gone = {
            (self._here(h), self._bordered(h)): h for h in hunks if h.other_start == h.other_end
        }
        moved: set[_Hunk] = set()
        for hunk in hunks:
            if hunk.start == hunk.end:
                key = (self._there(hunk), self._bordered(hunk))
                if key in gone and gone[key] not in moved and self._may_move(hunk):
                    moved |= {hunk, gone[key]}
        return [hunk for hunk in hunks if hunk not in moved]

    def _may_move(self, hunk: _Hunk) -> bool:
        border, words = self._bordered(hunk), hunk.other_end - hunk.other_start
        if border >= Border.SENTENCE:
            return words >= 3
        kinds = self._shorter.kinds[hunk.other_start : hunk.other_end]
        return border is Border.CLAUSE and words > 1 and max(kinds) <= Kind.CONTENT

    def _bordered(self, hunk: _Hunk) -> Border:
        """The weaker of the two borders of a one-sided difference, where the words are."""
        if hunk.start < hunk.end:
            return _within(self._longer, hunk.start, hunk.end)
        return _within(self._shorter, hunk.other_start, hunk.other_end)

    def _here(self, hunk: _Hunk) -> tuple[str, ...]:
        return self._longer.words[hunk.start : hunk.end]

    def _there(self, hunk: _Hunk) -> tuple[str, ...]:
        return self._shorter.words[hunk.other_start : hunk.other_end]

    def _may_stand(self, hunk: _Hunk) -> bool:
        here, there = self._here(hunk), self._there(hunk)
        kinds = self._longer.kinds[hunk.start : hunk.end]
        other_kinds = self._shorter.kinds[hunk.other_start : hunk.other_end]
        worst = max((*kinds, *other_kinds))
        if worst is Kind.FREE or self._is_cut_word(hunk):
            return True
        if _is_joined(here, there):
            return True
        if hunk.is_one_sided:
            return self._may_be_added(hunk, worst)
        return self._is_headline(hunk, worst) or self._may_be_replaced(hunk)

    def _may_be_replaced(self, hunk: _Hunk) -> bool:
        mine = list(zip(self._here(hunk), self._longer.kinds[hunk.start : hunk.end], strict=True))
        theirs = list(
            zip(
                self._there(hunk),
                self._shorter.kinds[hunk.other_start : hunk.other_end],
                strict=True,
            )
        )
        self._replaced += max(len(mine), len(theirs))
        if len(mine) == len(theirs):
            strange = [not _is_synonym(*pair) for pair in zip(mine, theirs, strict=True)]
            self._known += sum(
                len(pair[0][0]) > 3 and not odd
                for pair, odd in zip(zip(mine, theirs, strict=True), strange, strict=True)
            )
            mine, theirs = list(compress(mine, strange)), list(compress(theirs, strange))
        if not mine and not theirs:
            return True
        if any(_of(mine, kind) != _of(theirs, kind) for kind in (Kind.DECISIVE, Kind.NAME)):
            return False
        words, other_words = _of(mine, Kind.CONTENT), _of(theirs, Kind.CONTENT)
        lengths = sorted((len(words), len(other_words)))
        self._unknown += lengths[1]
        return (
            0 < lengths[0]
            and lengths[1] <= MAX_HUNK_WORDS
            and lengths[1] - lengths[0] <= 2
            and not any(are_opposed(a, b) for a in words for b in other_words if a != b)
        )

    def _may_be_added(self, hunk: _Hunk, worst: Kind) -> bool:
        of_longer = hunk.start < hunk.end
        text = self._longer if of_longer else self._shorter
        start, end = (hunk.start, hunk.end) if of_longer else (hunk.other_start, hunk.other_end)
        if of_longer and end == len(text.words) and self._is_cut_off(start):
            return True
        is_edge = start == 0 or end == len(text.words)
        if _within(text, start, end) is Border.NONE or not is_edge:
            return False
        added = text.words[start:end]
        if _is_furniture(added) or _is_byline(added, text.kinds[start:end], is_first=start == 0):
            return True
        if start == 0 and text.borders[end] is Border.LINE and _is_line(added):
            self._headlines += 1
            return True
        return self._is_unrelated(text, start, end, worst)

    def _is_unrelated(self, text: Profile, start: int, end: int, worst: Kind) -> bool:
        """Whether a sentence at the beginning or end has nothing to do with the rest."""
        if worst is Kind.DECISIVE or _within(text, start, end) < Border.SENTENCE:
            return False
        rest = self._shorter if text is self._longer else self._longer
        stems = {
            stem(word)
            for word, kind in zip(text.words[start:end], text.kinds[start:end], strict=True)
            if kind is not Kind.FREE and len(word) > 3
        }
        self._added += end - start
        return end - start <= MAX_ADDED_WORDS and stems.isdisjoint(map(stem, rest.words))

    def _is_cut_word(self, hunk: _Hunk) -> bool:
        """Whether the shorter text stops in the middle of a word of the longer one."""
        return (
            hunk.other_end == len(self._shorter.words) == hunk.other_start + 1
            and hunk.start < hunk.end == len(self._longer.words)
            and self._longer.words[hunk.start].startswith(self._shorter.words[-1])
            and self._shorter.words[-1].isalpha()
            and self._is_cut_off(hunk.start)
        )

    def _is_cut_off(self, start: int) -> bool:
        """Whether the shorter text stops where the longer one is in the middle of a sentence."""
        return (
            self._shorter.is_cut
            and self._longer.borders[start] is not Border.LINE
            and start >= MIN_CUT_SHARE * len(self._longer.words)
        )

    def _is_headline(self, hunk: _Hunk, worst: Kind) -> bool:
        """Whether both texts begin with a line of their own: a by-line, or another headline."""
        if hunk.start or hunk.other_start:
            return False
        here, there = self._here(hunk), self._there(hunk)
        kinds, other_kinds = self._longer.kinds[: hunk.end], self._shorter.kinds[: hunk.other_end]
        if (
            worst is not Kind.DECISIVE
            and _is_byline(here, kinds, is_first=True)
            and _is_byline(there, other_kinds, is_first=True)
        ):
            return True
        borders = self._longer.borders[hunk.end], self._shorter.borders[hunk.other_end]
        shared = len(set(here) & set(there))
        if (
            not _is_line(here)
            or not _is_line(there)
            or 3 * shared >= min(len(here), len(there))
            or min(borders) is not Border.LINE
        ):
            return False
        self._headlines += 1
        return True


def _is_joined(here: Sequence[str], there: Sequence[str]) -> bool:
    """Whether only a hyphen or space was lost; "not able" is not "notable", nor "1 0" "10"."""
    joined = "".join(here)
    return (
        joined == "".join(there)
        and _NOT.isdisjoint((*here, *there))
        and not any(map(str.isdigit, joined))
    )


def _is_synonym(one: tuple[str, Kind], other: tuple[str, Kind]) -> bool:
    """Whether a word may stand for another, whatever the text is about."""
    (word, kind), (other_word, other_kind) = one, other
    if word == other_word or mean_the_same(word, other_word):
        return True
    # Names that differ in an ending are two names.
    return Kind.NAME not in {kind, other_kind} and are_forms(word, other_word)


def _of(words: Sequence[tuple[str, Kind]], kind: Kind) -> list[str]:
    return [word for word, each in words if each is kind]


def _within(text: Profile, start: int, end: int) -> Border:
    """The weaker of the borders before and after some words."""
    return min(text.borders[start], text.borders[end])


def _is_furniture(words: Sequence[str]) -> bool:
    return len(words) <= MAX_FURNITURE_WORDS and bool(_FURNITURE.search(" ".join(words)))


def _is_line(words: Sequence[str]) -> bool:
    """Whether words may be a headline that says nothing of its own."""
    return MIN_LINE_WORDS <= len(words) <= MAX_LINE_WORDS and not any(w[0].isdigit() for w in words)


def _is_byline(words: Sequence[str], kinds: Sequence[Kind], *, is_first: bool) -> bool:
    """Whether words say who wrote a text, for whom and when."""
    if len(words) > MAX_BYLINE_WORDS or not _NOT.isdisjoint(words):
        return False
    if words[0] in _BY and Kind.NAME in kinds[1:3]:
        return True
    return is_first and kinds.count(Kind.CONTENT) <= 3 and not _AGENCIES.isdisjoint(words)


def _hunks(one: Sequence[str], other: Sequence[str]) -> Iterator[_Hunk]:
    """Where two texts differ, in order."""
    at, other_at = 0, 0
    for start, other_start in (*_anchors(one, other), (len(one), len(other))):
        if start < at or other_start < other_at:
            continue  # overlaps the anchor before
        yield from _differences(one, other, _Hunk(at, start, other_at, other_start))
        at, other_at = start, other_start
    return


def _differences(one: Sequence[str], other: Sequence[str], gap: _Hunk) -> Iterator[_Hunk]:
    """Differences between two fixed points."""
    here, there = one[gap.start : gap.end], other[gap.other_start : gap.other_end]
    if here == there:
        return
    if max(len(here), len(there)) > _GAP or not here or not there:
        trimmed = _trimmed(here, there, gap)
        yield trimmed
        return
    for tag, a, b, c, d in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        if tag != "equal":
            yield _Hunk(gap.start + a, gap.start + b, gap.other_start + c, gap.other_start + d)


def _trimmed(here: Sequence[str], there: Sequence[str], gap: _Hunk) -> _Hunk:
    """A gap without the words that it begins and ends with in both texts."""
    most = min(len(here), len(there))
    head = next((i for i in range(most) if here[i] != there[i]), most)
    most -= head
    tail = next((i for i in range(most) if here[-1 - i] != there[-1 - i]), most)
    return _Hunk(gap.start + head, gap.end - tail, gap.other_start + head, gap.other_end - tail)


def _anchors(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
    """Places of three words in a row that both texts have once, in an order that both share.

    The longest such run of places, by patience sorting: n log n, whatever the texts.
    """
    places, other_places = _once(one), _once(other)
    matched = [(at, other_places[run]) for run, at in places.items() if run in other_places]
    matched.sort()
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(matched):
        pile = bisect_left(tops, place)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(place)
            piles.append(number)
        else:
            tops[pile], piles[pile] = place, number
    chain = []
    number = piles[-1] if piles else -1
    while number >= 0:
        chain.append(matched[number])
        number = before[number]
    return chain[::-1]


def _once(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Where each run of three words stands that occurs once."""
    runs = list(zip(words, words[1:], words[2:], strict=False))
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs) if counts[run] == 1}
