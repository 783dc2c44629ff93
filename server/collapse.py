"""Copies to groups, which copy stands for each, and how many of a document stay; pure."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Uint32s = NDArray[np.uint32]


def collapse(
    copy_keys: Sequence[bytes],
    relevance: Floats,
    prior: Floats,
    passage_ids: Sequence[str],
    epsilon: float,
    twins: Uint32s | None = None,
) -> list[list[int]]:
    """Groups candidates with equal texts, and near copies of each other.

    The most authoritative copy stands for a group if its relevance is within epsilon of the best
    copy's; else the most relevant one stays.

    Args:
        copy_keys: equal for equal texts [n].
        relevance: float64 [n].
        prior: float64 [n].
        passage_ids: [n], to break ties.
        epsilon: in units of relevance.
        twins: uint32 [n], equal for near copies, 0 for what has none; None where nothing has.

    Returns:
        Groups of candidate numbers, the one that stands for the group first, the others by
        falling authority, then relevance; groups in order of their first candidate.
    """
    members: defaultdict[bytes | int, list[int]] = defaultdict(list)
    for number, group_key in enumerate(group_keys(copy_keys, twins)):
        members[group_key].append(number)
    groups: list[list[int]] = []
    for group in members.values():
        if len(group) > 1:
            group.sort(key=lambda i: (-prior[i], -relevance[i], passage_ids[i]))
            best = max(float(relevance[i]) for i in group)
            chosen = next(i for i in group if _is_near(best, float(relevance[i]), epsilon))
            group.remove(chosen)
            group.insert(0, chosen)
        groups.append(group)
    return groups


def group_keys(copy_keys: Sequence[bytes], twins: Uint32s | None) -> list[bytes | int]:
    """What the members of a group share: the number of their twins, else their text."""
    if twins is None or not twins.any():
        return list(copy_keys)
    numbers = twins.tolist()
    # A copy whose row knows of no twins belongs to the twins of its text all the same.
    known = {key: number for key, number in zip(copy_keys, numbers, strict=True) if number}
    return [number or known.get(key, key) for key, number in zip(copy_keys, numbers, strict=True)]


def capped(places: list[int], documents: Sequence[Hashable], most: int) -> list[int]:
    """The places of a list in its order, but no more than `most` of each document."""
    seen: Counter[Hashable] = Counter()
    kept = []
    for place in places:
        seen[documents[place]] += 1
        if seen[documents[place]] <= most:
            kept.append(place)
    return kept


def most_relevant(
    groups: list[list[int]], relevance: Floats, passage_ids: Sequence[str]
) -> list[int]:
    """The member of each group that stands for it with authority off."""
    return [
        group[0] if len(group) == 1 else min(group, key=lambda i: (-relevance[i], passage_ids[i]))
        for group in groups
    ]


def _is_near(best: float, relevance: float, epsilon: float) -> bool:
    """Whether `best - relevance <= epsilon`, exactly: a rounded difference may hide an ulp."""
    gap = best - relevance
    if abs(gap - epsilon) > 2.0**-50 * (1.0 + epsilon):
        return gap < epsilon
    return Fraction(best) - Fraction(relevance) <= Fraction(epsilon)
