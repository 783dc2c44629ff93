"""Near copies, found once a generation: signatures of all rows to a group number for each row.

    fold       exact copies to one text                       sort by copy key
    propose    texts whose signatures agree in a band         sort by band, 16 times
    settle     from long to short, each text joins the most   indexer.alike, on the few proposed
               similar one that leads a group, or leads one

A text joins a group only as a near copy of the text that leads it, so that a chain of small steps
leads nowhere. The result does not depend on the order of rows or on shards: texts are ordered by
length and copy key alone.

Memory, measured at 10^6 rows: 90 bytes a row beside the signatures, which may be mapped, and 500
for each text that has a proposal. Time: 16 sorts, 8 s for 10^6 rows on one slow core, and 0.3 ms
for each text that is laid beside others.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.alike import are_alike
from indexer.profile import Profile, profile
from indexer.signature import VALUES, Signatures, resemblance

BANDS = 16
"""Signatures that agree in all values of any band are compared: of two texts that resemble each
other by .8, .7, .6, .5, .3 these are 99.98%, 99%, 89%, 64%, 12%."""

MIN_ESTIMATE = 0.42
"""Least estimated resemblance of two texts that are laid beside each other."""

MAX_TRIES = 12
"""Most texts that one is laid beside; the most similar ones are."""

_HUBS = 8
"""Longest texts of a bucket that all its texts are compared with."""

_BUCKET = 16
"""Larger buckets are parted by the bands that follow before all are compared with all."""

_AT_ONCE = 1 << 18
"""Pairs compared at once."""

Uint32s = NDArray[np.uint32]
Int64s = NDArray[np.int64]
AreTwins = Callable[[int, int], bool]
"""Whether the texts of two rows are near copies."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Texts that may be near copies, by number; one row a pair.

    Attributes:
        later: the text that may join, int64 [n].
        earlier: the one it may join, int64 [n], always less.
        alike: estimated resemblance in 64ths, uint8 [n].
    """

    later: Int64s
    earlier: Int64s
    alike: NDArray[np.uint8]

    @classmethod
    def join(cls, parts: Iterable["_Pairs"]) -> "_Pairs":
        """The most similar MAX_TRIES of each text, by it, then falling resemblance."""
        kept = list(parts)
        later = np.concatenate([part.later for part in kept])
        earlier = np.concatenate([part.earlier for part in kept])
        alike = np.concatenate([part.alike for part in kept])
        order = np.lexsort((earlier, 255 - alike, later))
        later, earlier, alike = later[order], earlier[order], alike[order]
        is_new = np.ones(len(later), dtype=bool)
        is_new[1:] = (later[1:] != later[:-1]) | (earlier[1:] != earlier[:-1])
        later, earlier, alike = later[is_new], earlier[is_new], alike[is_new]
        # Place of each pair among those of its text: 0, 1, 2 ...
        place = np.arange(len(later)) - np.searchsorted(later, later)
        best = place < MAX_TRIES
        return cls(later[best], earlier[best], alike[best])


def cluster(
    signatures: Signatures,
    copy_keys: NDArray[np.void],
    lengths: NDArray[np.integer],
    are_twins: AreTwins,
    ties: NDArray[np.void] | None = None,
) -> Uint32s:
    """Groups of near copies.

    Args:
        signatures: uint16 [n, VALUES], from `indexer.signature`; rows of zeros are alone. May be
            a memory map.
        copy_keys: 16 bytes each [n], equal for exact copies.
        lengths: of each text, in any unit [n]; longer texts lead groups.
        are_twins: asked about two rows with different copy keys; symmetric.
        ties: 16 bytes each [n]; of equally long copies, which differ in white space, the one with
            the least stands for all. None takes the first row.

    Returns:
        Group number of each row, from 1; 0 where no other text is a near copy. Exact copies have
        the same number, and none where they have no other near copies.
    """
    groups = np.zeros(len(signatures), dtype=np.uint32)
    if len(signatures) == 0:
        return groups
    texts = _Texts.fold(signatures, copy_keys, lengths, ties)
    rows = texts.rows
    leaders = _settle(
        _propose(signatures, rows), lambda a, b: are_twins(int(rows[a]), int(rows[b]))
    )
    if not leaders:
        return groups
    of_text = np.zeros(len(rows), dtype=np.uint32)
    numbers = {leader: number for number, leader in enumerate(sorted(set(leaders.values())), 1)}
    for text, leader in leaders.items():
        of_text[text] = of_text[leader] = numbers[leader]
    signed = np.flatnonzero(texts.of_row >= 0)
    groups[signed] = of_text[texts.of_row[signed]]
    return groups


def families(groups: Uint32s, copy_keys: NDArray[np.void]) -> Uint32s:
    """Numbers for near and exact copies alike, from those of near copies alone.

    Args:
        groups: uint32 [n], from `cluster`.
        copy_keys: 16 bytes each [n].

    Returns:
        uint32 [n]: `groups`, and a number above all of those for each text that has exact copies
        only; 0 for a text that is there once and is like no other.
    """
    numbers = groups.copy()
    rows = np.flatnonzero(groups == 0)
    halves = _halves(copy_keys[rows])
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = np.any(halves[order[1:]] != halves[order[:-1]], axis=1)
    text = np.cumsum(is_first) - 1
    is_shared = np.bincount(text, minlength=1) > 1
    number_of = np.cumsum(is_shared) * is_shared
    found = number_of[text]
    found[found > 0] += int(groups.max(initial=0))
    numbers[rows[order]] = found.astype(np.uint32)
    return numbers


class Judge:
    """Compares texts by row, and remembers the last ones.

    Args:
        load: the text of a row.
        most: characters of text remembered.
    """

    def __init__(self, load: Callable[[int], str], most: int = 1 << 24) -> None:
        self._load = load
        self._most = most
        self._held = 0
        self._known: OrderedDict[int, tuple[Profile | None, int]] = OrderedDict()

    def __call__(self, row: int, other: int) -> bool:
        """Whether the texts of two rows are near copies."""
        one, two = self._profile(row), self._profile(other)
        return one is not None and two is not None and are_alike(one, two)

    def _profile(self, row: int) -> Profile | None:
        if row in self._known:
            self._known.move_to_end(row)
            return self._known[row][0]
        text = self._load(row)
        found = profile(text)
        self._known[row] = found, len(text)
        self._held += len(text)
        while self._held > self._most and len(self._known) > 2:
            _, (_, length) = self._known.popitem(last=False)
            self._held -= length
        return found


@dataclass(frozen=True, slots=True)
class _Texts:
    """Different texts that have a signature, longest first, then by copy key.

    Attributes:
        rows: a row of each, int64 [texts].
        of_row: text of each row, int64 [rows]; -1 for rows without a signature.
    """

    rows: Int64s
    of_row: Int64s

    @classmethod
    def fold(
        cls,
        signatures: Signatures,
        copy_keys: NDArray[np.void],
        lengths: NDArray[np.integer],
        ties: NDArray[np.void] | None,
    ) -> "_Texts":
        signed = np.flatnonzero(_has_signature(signatures))
        halves = _halves(copy_keys[signed])
        order_by = [-lengths[signed].astype(np.int64), halves[:, 1], halves[:, 0]]
        if ties is not None:
            least = _halves(ties[signed])
            order_by = [least[:, 1], least[:, 0], *order_by]
        by_key = np.lexsort(order_by)
        keys = halves[by_key]
        is_first = np.ones(len(signed), dtype=bool)
        is_first[1:] = np.any(keys[1:] != keys[:-1], axis=1)
        # Of each text the longest copy: copies differ in white space.
        firsts = signed[by_key[is_first]]
        order = np.argsort(-lengths[firsts].astype(np.int64), kind="stable")
        rank = np.empty(len(firsts), dtype=np.int64)
        rank[order] = np.arange(len(firsts))
        of_row = np.full(len(signatures), -1, dtype=np.int64)
        of_row[signed[by_key]] = rank[np.cumsum(is_first) - 1]
        return cls(firsts[order], of_row)


def _halves(keys: NDArray[np.void]) -> NDArray[np.uint64]:
    """Keys of 16 bytes as two numbers each that order them, uint64 [n, 2]."""
    halves: NDArray[np.uint64] = np.ascontiguousarray(keys).view(">u8").reshape(-1, 2)
    return halves


def _has_signature(signatures: Signatures) -> NDArray[np.bool_]:
    found = np.empty(len(signatures), dtype=bool)
    for start in range(0, len(signatures), _AT_ONCE):
        found[start : start + _AT_ONCE] = signatures[start : start + _AT_ONCE].any(axis=1)
    return found


def _propose(signatures: Signatures, rows: Int64s) -> _Pairs:
    """Pairs of texts whose signatures agree in a band and resemble each other."""
    nothing = np.zeros(0, dtype=np.int64)
    found = _Pairs(nothing, nothing, nothing.astype(np.uint8))
    for band in range(BANDS):
        starts, members = _buckets(_band(signatures, rows, band))
        new = [
            _estimated(signatures, rows, later, earlier)
            for later, earlier in _pairs(signatures, rows, band, starts, members)
        ]
        found = _Pairs.join([found, *new])
    return found


def _band(signatures: Signatures, rows: Int64s, band: int) -> NDArray[np.uint64]:
    """The values of a band of some rows as one number, uint64 [rows]."""
    width = VALUES // BANDS
    values = signatures[:, band * width : (band + 1) * width][rows]
    return np.ascontiguousarray(values).view(np.uint64).reshape(-1)


def _buckets(keys: NDArray[np.uint64]) -> tuple[Int64s, Int64s]:
    """Texts with equal keys: where each bucket of two or more starts among the members, members.

    Members are text numbers, rising within a bucket; the starts end with the number of members.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(keys), dtype=bool)
    shared[1:] |= same
    shared[:-1] |= same
    members = order[shared]
    of_members = ordered[shared]
    is_first = np.ones(len(members), dtype=bool)
    is_first[1:] = of_members[1:] != of_members[:-1]
    return np.append(np.flatnonzero(is_first), len(members)), members


def _pairs(
    signatures: Signatures, rows: Int64s, band: int, starts: Int64s, members: Int64s
) -> Iterator[tuple[Int64s, Int64s]]:
    """(later, earlier) text numbers: all with the longest of their bucket, then small buckets."""
    yield from _with_earlier(starts, members, _HUBS, from_start=True)
    for step in range(BANDS):
        large = np.repeat(np.diff(starts) > _BUCKET, np.diff(starts))
        small_starts, small = _subset(starts, members, ~large)
        yield from _with_earlier(small_starts, small, _BUCKET, from_start=False)
        if not large.any():
            return
        # What is too large is parted by the next band too; what cannot be parted by any band
        # has nearly the same signature throughout, and its longest texts represent it.
        starts, members = _subset(starts, members, large)
        bucket = np.repeat(np.arange(len(starts) - 1), np.diff(starts)).astype(np.uint64)
        keys = _band(signatures, rows[members], (band + step + 1) % BANDS)
        starts, places = _buckets(_mixed(keys, bucket))
        members = members[places]


def _mixed(keys: NDArray[np.uint64], bucket: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Keys that differ where either part does, but for one chance in 2^64."""
    mixed = (keys ^ (keys >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    return mixed + bucket * np.uint64(0xBF58476D1CE4E5B9)


def _subset(starts: Int64s, members: Int64s, kept: NDArray[np.bool_]) -> tuple[Int64s, Int64s]:
    """Whole buckets, those whose members are kept."""
    sizes = np.diff(starts)
    whole = kept[starts[:-1]] if len(sizes) else np.zeros(0, dtype=bool)
    return np.concatenate(([0], np.cumsum(sizes[whole]))), members[kept]


def _with_earlier(
    starts: Int64s, members: Int64s, most: int, *, from_start: bool
) -> Iterator[tuple[Int64s, Int64s]]:
    """Pairs of each member with its n-th, for each n below `most`, of its bucket or before it."""
    first = np.repeat(starts[:-1], np.diff(starts))
    place = np.arange(len(members))
    for number in range(most):
        other = first + number if from_start else place - number - 1
        valid = (other < place) & (other >= first)
        if valid.any():
            yield members[valid], members[other[valid]]


def _estimated(signatures: Signatures, rows: Int64s, later: Int64s, earlier: Int64s) -> _Pairs:
    """The pairs that resemble each other, with how much."""
    alike = np.empty(len(later), dtype=np.uint8)
    for start in range(0, len(later), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        estimates = resemblance(signatures[rows[later[part]]], signatures[rows[earlier[part]]])
        alike[part] = np.rint(estimates * VALUES).astype(np.uint8)
    kept = alike >= MIN_ESTIMATE * VALUES
    # Members of a bucket rise, so the later one has the greater number.
    return _Pairs(later[kept], earlier[kept], alike[kept])


def _settle(pairs: _Pairs, are_twins: AreTwins) -> dict[int, int]:
    """The leader of each text that joins one, by text number."""
    leaders: dict[int, int] = {}
    borders = np.append(np.flatnonzero(np.diff(pairs.later, prepend=-1)), len(pairs.later))
    for start, end in zip(borders[:-1].tolist(), borders[1:].tolist(), strict=True):
        text = int(pairs.later[start])
        # Who has joined a group stands for its leader.
        candidates = (leaders.get(other, other) for other in pairs.earlier[start:end].tolist())
        for leader in dict.fromkeys(candidates):
            if are_twins(text, leader):
                leaders[text] = leader
                break
    return leaders
