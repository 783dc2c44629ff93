"""Where two texts differ, word by word; pure."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_GAP = 60
"""Between fixed points so few words apart the difference is looked for word by word."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """A difference: words [start, end) of one text stand for words of the other; one may be empty."""

    start: int
    end: int
    other_start: int
    other_end: int

    @property
    def is_one_sided(self) -> bool:
        """Whether words are only in one of the texts."""
        return self.start == self.end or self.other_start == self.other_end


def hunks(one: Sequence[str], other: Sequence[str], *, may_be_cut: bool = False) -> Iterator[Hunk]:
    """Where two texts differ, in order.

    Args:
        one: words.
        other: words.
        may_be_cut: whether the other may stop in the middle of a word, which then stands for all
            that follows rather than for the same letters further on.
    """
    at, other_at = 0, 0
    for start, other_start in anchors(one, other):
        if start < at or other_start < other_at:
            continue  # overlaps the anchor before
        yield from _differences(one, other, Hunk(at, start, other_at, other_start))
        at, other_at = start, other_start
    rest = Hunk(at, len(one), other_at, len(other))
    cut = _cut(one, other, rest) if may_be_cut else None
    yield from _differences(one, other, rest) if cut is None else [cut]


def _cut(one: Sequence[str], other: Sequence[str], rest: Hunk) -> Hunk | None:
    """All but the common beginning of a gap, where what is left of the other may be a word's."""
    head = 0
    while rest.start + head < rest.end and rest.other_start + head < rest.other_end:
        if one[rest.start + head] != other[rest.other_start + head]:
            break
        head += 1
    left, other_left = one[rest.start + head : rest.end], other[rest.other_start + head :]
    left = left[: len(other_left) + 1]
    is_cut = len(left) > len(other_left) and (len(other_left) <= 1 or begins(left, other_left))
    return (
        Hunk(rest.start + head, rest.end, rest.other_start + head, rest.other_end)
        if is_cut
        else None
    )


def begins(words: Sequence[str], start: Sequence[str]) -> bool:
    """Whether words begin with others, the last of which may be cut off anywhere."""
    return " ".join(words).startswith(" ".join(start))


def _differences(one: Sequence[str], other: Sequence[str], gap: Hunk) -> Iterator[Hunk]:
    """Differences between two fixed points."""
    here, there = one[gap.start : gap.end], other[gap.other_start : gap.other_end]
    if here == there:
        return
    if max(len(here), len(there)) > _GAP or not here or not there:
        yield _trimmed(here, there, gap)
        return
    for tag, a, b, c, d in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Hunk(gap.start + a, gap.start + b, gap.other_start + c, gap.other_start + d)


def _trimmed(here: Sequence[str], there: Sequence[str], gap: Hunk) -> Hunk:
    """A gap without the words that it begins and ends with in both texts."""
    most = min(len(here), len(there))
    head = next((i for i in range(most) if here[i] != there[i]), most)
    most -= head
    tail = next((i for i in range(most) if here[-1 - i] != there[-1 - i]), most)
    return Hunk(gap.start + head, gap.end - tail, gap.other_start + head, gap.other_end - tail)


def anchors(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]]:
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
