"""Whether two texts say the same in nearly the same words: what decides that they are twins.

Two texts are laid beside each other and every difference must be harmless: punctuation, case, a
few words and phrases replaced by synonyms, a sentence moved, a copy that was cut off, a by-line or
headline, an invitation to read more. A number, unit, negation, name or other decisive word that
differs makes two texts different, and so does anything that is not understood: a missed twin is
shown twice, a false one hides evidence. In scripts without capitals a replaced word may be a name, so none may be.
"""

from collections.abc import Sequence

from indexer.differences import Hunk, begins, hunks
from indexer.inflections import spelled
from indexer.profile import Border, Kind, Profile
from indexer.syndication import (
    MAX_LINE_WORDS,
    denies,
    fills_title,
    is_byline,
    is_furniture,
    is_line,
    is_publication,
)
from indexer.synonyms import are_forms, mean_the_same

MIN_RESEMBLANCE = 0.5
"""Least share of all pairs of neighbouring words that both texts have."""

MIN_CONTAINMENT = 0.7
"""Least share of the shorter text's pairs that the longer one has."""

MAX_REPLACED = 0.1
"""Largest share of words that may be replaced, all of them by synonyms. Nothing else tells a text
that was reworded from a form that was filled in, and an author who rewords from one who corrects."""

MIN_REPLACED_WORDS = 24
"""In shorter texts no word may be replaced."""

MIN_HEADED_WORDS = 50
"""A text is the same under another headline where so many words below are."""

MIN_CUT_SHARE = 0.6
"""Least share of a text that a copy holds which was cut off."""

MIN_CUT_WORDS = 8


def are_alike(one: Profile, other: Profile) -> bool:
    """Whether two texts are twins; the order of the two does not matter."""
    if one.words == other.words:
        return True
    ends = _end_without_furniture(one), _end_without_furniture(other)
    if ends[0] < len(one.words) and ends[1] < len(other.words):
        one, other = one.up_to(ends[0]), other.up_to(ends[1])
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


class _Comparison:
    """Two texts beside each other."""

    def __init__(self, longer: Profile, shorter: Profile) -> None:
        self._longer, self._shorter = longer, shorter
        self._replaced = self._headlines = 0

    def is_harmless(self) -> bool:
        """Whether every difference is, each by itself and all together."""
        may_be_cut = self._shorter.is_open or self._shorter.says_more
        found = self._slid(
            list(hunks(self._longer.words, self._shorter.words, may_be_cut=may_be_cut))
        )
        return all(map(self._may_stand, self._without_moved(found))) and self._fits()

    def _fits(self) -> bool:
        length = self._shorter.length
        if self._replaced and length < MIN_REPLACED_WORDS:
            return False
        if self._headlines and (self._replaced or length < MIN_HEADED_WORDS):
            return False
        return self._replaced <= MAX_REPLACED * length

    def _slid(self, hunks: list[Hunk]) -> list[Hunk]:
        """Moves one-sided differences to a border where the same words can be read in two ways.

        Of "the cat. the dog." and "the dog." the first two words are added, not "cat. the".
        """
        slid: list[Hunk] = []
        at = 0
        ends = [hunk.start for hunk in hunks[1:]] + [len(self._longer.words)]
        for hunk, end in zip(hunks, ends, strict=True):
            placed = hunk
            if hunk.is_one_sided:
                placed = self._best_place(hunk, hunk.start - at, end - hunk.end)
            slid.append(placed)
            at = placed.end
        return slid

    def _best_place(self, hunk: Hunk, before: int, after: int) -> Hunk:
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
        return Hunk(
            *(place + best for place in (hunk.start, hunk.end)),
            *(place + best for place in (hunk.other_start, hunk.other_end)),
        )

    def _without_moved(self, hunks: list[Hunk]) -> list[Hunk]:
        """Takes out sentences, and harmless clauses, that stand elsewhere in the other text."""
        gone = {
            (self._here(h), self._bordered(h)): h for h in hunks if h.other_start == h.other_end
        }
        moved: set[Hunk] = set()
        for hunk in hunks:
            if hunk.start == hunk.end:
                key = (self._there(hunk), self._bordered(hunk))
                if key in gone and gone[key] not in moved and self._may_move(hunk):
                    moved |= {hunk, gone[key]}
        return [hunk for hunk in hunks if hunk not in moved]

    def _may_move(self, hunk: Hunk) -> bool:
        border, words = self._bordered(hunk), hunk.other_end - hunk.other_start
        if border >= Border.SENTENCE:
            return words >= 3
        kinds = self._shorter.kinds[hunk.other_start : hunk.other_end]
        return border is Border.CLAUSE and words > 1 and max(kinds) <= Kind.CONTENT

    def _bordered(self, hunk: Hunk) -> Border:
        """The weaker of the two borders of a one-sided difference, where the words are."""
        if hunk.start < hunk.end:
            return _within(self._longer, hunk.start, hunk.end)
        return _within(self._shorter, hunk.other_start, hunk.other_end)

    def _here(self, hunk: Hunk) -> tuple[str, ...]:
        return self._longer.words[hunk.start : hunk.end]

    def _there(self, hunk: Hunk) -> tuple[str, ...]:
        return self._shorter.words[hunk.other_start : hunk.other_end]

    def _may_stand(self, hunk: Hunk) -> bool:
        here, there = self._here(hunk), self._there(hunk)
        kinds = self._longer.kinds[hunk.start : hunk.end]
        other_kinds = self._shorter.kinds[hunk.other_start : hunk.other_end]
        worst = max((*kinds, *other_kinds))
        if worst is Kind.FREE or self._is_cut_word(hunk):
            return True
        if _is_joined(here, there):
            return True
        if hunk.is_one_sided:
            return self._is_longer_title(hunk) or self._may_be_added(hunk)
        return self._is_headline(hunk, worst) or self._may_be_replaced(hunk)

    def _may_be_replaced(self, hunk: Hunk) -> bool:
        mine = _words_of(self._longer, hunk.start, hunk.end)
        theirs = _words_of(self._shorter, hunk.other_start, hunk.other_end)
        self._replaced += max(len(mine), len(theirs))
        if len(mine) != len(theirs):
            mine, theirs = (
                [each for each in side if each[1] is not Kind.FREE] for side in (mine, theirs)
            )
        return len(mine) == len(theirs) and all(map(_is_synonym, mine, theirs))

    def _may_be_added(self, hunk: Hunk) -> bool:
        of_longer = hunk.start < hunk.end
        text = self._longer if of_longer else self._shorter
        start, end = (hunk.start, hunk.end) if of_longer else (hunk.other_start, hunk.other_end)
        if of_longer and end == len(text.words) and self._is_cut_off(start):
            return True
        is_edge = start == 0 or end == len(text.words)
        added = text.words[start:end]
        if end == len(text.words) and self._shorter.is_open and is_furniture(added):
            return True  # nothing sets apart what follows a text without a full stop
        if _within(text, start, end) is Border.NONE or not is_edge:
            return False
        kinds = text.kinds[start:end]
        if (
            is_furniture(added)
            or is_publication(added, kinds)
            or is_byline(added, kinds, is_first=start == 0)
        ):
            return True
        if start == 0 and text.borders[end] is Border.LINE and is_line(added):
            self._headlines += 1
            return True
        return False

    def _is_longer_title(self, hunk: Hunk) -> bool:
        """Whether one of the titles says more, and that is nothing."""
        title, other_title = _title(self._longer), _title(self._shorter)
        return (
            hunk.end <= len(title)
            and hunk.other_end <= len(other_title)
            and (hunk.start == 0 or hunk.end == len(title))
            and fills_title((*self._here(hunk), *self._there(hunk)))
        )

    def _is_cut_word(self, hunk: Hunk) -> bool:
        """Whether the shorter text stops in the middle of a word of the longer one."""
        return (
            hunk.other_start < hunk.other_end == len(self._shorter.words)
            and hunk.start < hunk.end == len(self._longer.words)
            and begins(self._here(hunk), self._there(hunk))
            and self._shorter.words[-1].replace(" ", "").isalpha()
            and self._is_cut_off(hunk.start)
        )

    def _is_cut_off(self, start: int) -> bool:
        """Whether the shorter text stops where the longer one goes on."""
        longer, shorter = self._longer, self._shorter
        if shorter.length < MIN_CUT_SHARE * longer.length or longer.borders[start] is Border.LINE:
            return False
        # Without an ellipsis there must be more than a condition that was added, and full stops
        # where a text ends.
        is_broken_off = shorter.is_open and not longer.is_open and not longer.says_more
        rest = len(longer.words) - start
        return shorter.says_more or (
            is_broken_off and rest >= MIN_CUT_WORDS and start >= MIN_REPLACED_WORDS
        )

    def _is_headline(self, hunk: Hunk, worst: Kind) -> bool:
        """Whether both texts begin with a line of their own: a by-line, or another headline."""
        if hunk.start or hunk.other_start:
            return False
        here, there = self._here(hunk), self._there(hunk)
        kinds, other_kinds = self._longer.kinds[: hunk.end], self._shorter.kinds[: hunk.other_end]
        if (
            worst is not Kind.DECISIVE
            and is_byline(here, kinds, is_first=True)
            and is_byline(there, other_kinds, is_first=True)
        ):
            return True
        borders = self._longer.borders[hunk.end], self._shorter.borders[hunk.other_end]
        shared = len(set(here) & set(there))
        if (
            not is_line(here)
            or not is_line(there)
            or 3 * shared >= min(len(here), len(there))
            or min(borders) is not Border.LINE
        ):
            return False
        self._headlines += 1
        return True


def _end_without_furniture(text: Profile) -> int:
    """Where the sentences begin at its end that say who published a text, and nothing else."""
    end = len(text.words)
    for start in range(end - 1, 0, -1):
        if text.borders[start] >= Border.SENTENCE:
            if not is_publication(text.words[start:end], text.kinds[start:end]):
                break
            end = start
    return end


def _title(text: Profile) -> tuple[str, ...]:
    """The first line of a text, where it is short and much follows."""
    line = text.words[: text.borders.index(Border.LINE, 1)]
    is_title = len(line) <= MAX_LINE_WORDS and len(text.words) - len(line) >= MIN_HEADED_WORDS
    return line if is_title else ()


def _is_joined(here: Sequence[str], there: Sequence[str]) -> bool:
    """Whether only a hyphen or space was lost; "not able" is not "notable", nor "1 0" "10"."""
    joined = "".join(here).replace(" ", "")
    return (
        joined == "".join(there).replace(" ", "")
        and not denies((*here, *there))
        and not any(map(str.isdigit, joined))
    )


_Word = tuple[str, Kind, bool]
"""A word, its kind, and whether it opens a sentence."""


def _is_synonym(one: _Word, other: _Word) -> bool:
    """Whether a word may stand for another, whatever the text is about; a name never does."""
    (word, kind, opens), (other_word, other_kind, other_opens) = one, other
    if word == other_word:
        return True
    if Kind.NAME not in {kind, other_kind}:
        return mean_the_same(word, other_word) or are_forms(word, other_word)
    # What opens a sentence has its capital for that: no name, where a list has it.
    is_by_place = (kind is not Kind.NAME or opens) and (other_kind is not Kind.NAME or other_opens)
    return is_by_place and (mean_the_same(word, other_word) or spelled(word) == spelled(other_word))


def _words_of(text: Profile, start: int, end: int) -> list[_Word]:
    """Words with what they are; one that a name follows, as "Field Hospital", opens nothing."""
    following = (*text.kinds[start + 1 : end + 1], Kind.FREE)
    return [
        (word, kind, border >= Border.SENTENCE and after is not Kind.NAME)
        for word, kind, border, after in zip(
            text.words[start:end], text.kinds[start:end], text.borders[start:end], following,
            strict=False,
        )
    ]  # fmt: skip


def _within(text: Profile, start: int, end: int) -> Border:
    """The weaker of the borders before and after some words."""
    return min(text.borders[start], text.borders[end])
