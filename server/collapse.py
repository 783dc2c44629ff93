"""Exact copies to groups, and which copy stands for each; pure."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def collapse(
    copy_keys: Sequence[bytes],
    relevance: Floats,
    prior: Floats,
    passage_ids: Sequence[str],
    epsilon: float,
) -> list[list[int]]:
    """Groups candidates with equal texts.

    The most authoritative copy stands for a group if its relevance is within epsilon of the best
    copy's; else the most relevant one stays.

    Args:
        copy_keys: equal for equal texts [n].
        relevance: float64 [n].
        prior: float64 [n].
        passage_ids: [n], to break ties.
        epsilon: in units of relevance.

    Returns:
        Groups of candidate numbers, the one that stands for the group first, the others by
        falling relevance; groups in order of their first candidate.
    """
    members: defaultdict[bytes, list[int]] = defaultdict(list)
    for number, key in enumerate(copy_keys):
        members[key].append(number)
    groups: list[list[int]] = []
    for group in members.values():
        if len(group) > 1:
            group.sort(key=lambda i: (-relevance[i], passage_ids[i]))
            best = relevance[group[0]]
            near = [i for i in group if best - relevance[i] <= epsilon]
            chosen = min(near, key=lambda i: (-prior[i], -relevance[i], passage_ids[i]))
            group.remove(chosen)
            group.insert(0, chosen)
        groups.append(group)
    return groups
