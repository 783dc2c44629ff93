import hashlib
from collections.abc import Sequence
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.alike import are_alike
from indexer.profile import profile
from indexer.signature import VALUES, sign_all
from indexer.twins import BANDS, Judge, cluster, families

VOCABULARY = [f"{a}{b}el" for a in "bcdfghklmnprst" for b in "aeiou"]


def text_of(rng: np.random.Generator, words: int = 60) -> str:
    body = rng.choice(VOCABULARY, words)
    return "The " + " ".join(body.tolist()) + "."


def reworded(rng: np.random.Generator, text: str, words: int) -> str:
    parts = text.split()
    for place in rng.choice(np.arange(2, len(parts) - 1), words, replace=False):
        parts[place] += rng.choice((" also", " that", " very", " however", " this", " indeed"))
    return " ".join(parts)


def keys_of(texts: Sequence[str]) -> NDArray[np.void]:
    joined = b"".join(hashlib.blake2b(t.encode(), digest_size=16).digest() for t in texts)
    return np.frombuffer(joined, dtype="V16")


def groups_of(texts: Sequence[str]) -> list[int]:
    judge = Judge(lambda row: texts[row])
    lengths = np.asarray([len(text) for text in texts])
    return list(cluster(sign_all(texts), keys_of(texts), lengths, judge).tolist())


def partition(texts: Sequence[str], groups: Sequence[int]) -> set[frozenset[str]]:
    members: dict[int, set[str]] = {}
    for text, group in zip(texts, groups, strict=True):
        if group:
            members.setdefault(group, set()).add(text)
    return {frozenset(group) for group in members.values()}


def test_near_copies_are_found_among_others() -> None:
    rng = np.random.default_rng(1)
    texts = [text_of(rng) for _ in range(40)]
    texts += [reworded(rng, text, 2) for text in texts[:15]]
    groups = groups_of(texts)
    assert all(groups[i] == groups[40 + i] != 0 for i in range(15))
    assert not any(groups[15:40])
    assert sorted(set(groups) - {0}) == list(range(1, 16))


@given(st.integers(0, 1000), st.data())
def test_the_order_of_rows_makes_no_difference(seed: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(seed)
    texts = [text_of(rng, 40) for _ in range(3)]
    texts += [reworded(rng, texts[int(rng.integers(len(texts)))], 2) for _ in range(9)]
    texts += [texts[0], texts[4], "too short to be signed"]
    order = data.draw(st.permutations(range(len(texts))))
    shuffled = [texts[i] for i in order]
    assert partition(texts, groups_of(texts)) == partition(shuffled, groups_of(shuffled))


@given(st.integers(0, 1000))
def test_no_chain_leads_astray(seed: int) -> None:
    rng = np.random.default_rng(seed)
    texts = [text_of(rng, 50)]
    for _ in range(12):  # each is a near copy of the one before, the last no copy of the first
        texts.append(reworded(rng, texts[-1], 3))
    profiles = [profile(text) for text in texts]
    for group in partition(texts, groups_of(texts)):
        members = [profiles[texts.index(text)] for text in group]
        # Somebody leads: all others are near copies of that one.
        assert any(
            all(one is other or (one and other and are_alike(one, other)) for other in members)
            for one in members
        )


def test_exact_copies_share_a_number_only_where_there_are_near_ones() -> None:
    rng = np.random.default_rng(3)
    alone, text = text_of(rng), text_of(rng)
    near = reworded(rng, text, 1)
    assert groups_of([alone, text, alone, near, text]) == [0, 1, 0, 1, 1]


def test_every_near_copy_of_a_flood_is_found() -> None:
    rng = np.random.default_rng(4)
    text = text_of(rng, 80)
    texts = [text, *(reworded(rng, text, 2) for _ in range(300))]
    groups = np.asarray(groups_of(texts))
    counts = np.bincount(groups)
    assert counts[0] == 0
    assert counts.max() >= 290


def test_a_twin_in_a_large_family_of_templates_is_found() -> None:
    rng = np.random.default_rng(5)
    frame = text_of(rng, 80)[:-1]
    texts = [f"{frame} and it costs {price} euro." for price in range(400)]
    texts += [reworded(rng, texts[i], 1) for i in range(0, 400, 40)]
    calls = 0
    judge = Judge(lambda row: texts[row])

    def counted(row: int, other: int) -> bool:
        nonlocal calls
        calls += 1
        return judge(row, other)

    lengths = np.asarray([len(text) for text in texts])
    groups = cluster(sign_all(texts), keys_of(texts), lengths, counted)
    for group in partition(texts, groups.tolist()):
        assert len({text.split("costs ")[1] for text in group}) == 1
    found = sum(groups[i] == groups[400 + n] != 0 for n, i in enumerate(range(0, 400, 40)))
    assert found >= 6
    assert calls < 13 * len(texts)


def test_it_agrees_with_a_brute_force_of_five_lines() -> None:
    rng = np.random.default_rng(6)
    texts = [text_of(rng) for _ in range(10)]
    texts += [reworded(rng, text, n) for text in texts for n in (1, 2, 9)]
    profiles = {text: profile(text) for text in texts}
    groups = groups_of(texts)
    for (i, one), (j, other) in combinations(enumerate(texts), 2):
        a, b = profiles[one], profiles[other]
        assert a is not None
        assert b is not None
        if groups[i] == groups[j] != 0:  # at most one step away from their leader
            continue
        led = [k for k, g in enumerate(groups) if g == groups[i] != 0 or g == groups[j] != 0]
        assert not are_alike(a, b) or led


def test_nothing_and_no_signature() -> None:
    nothing = np.zeros((0, VALUES), dtype=np.uint16)
    empty = np.zeros(0, dtype=np.int64)
    assert len(cluster(nothing, keys_of([]), empty, lambda *_: True)) == 0
    assert groups_of(["a b", "a b", "c"]) == [0, 0, 0]


def test_a_band_is_eight_bytes() -> None:
    assert VALUES // BANDS * 2 == 8


@pytest.mark.parametrize("most", [0, 10, 1 << 20])
def test_the_judge_forgets_but_does_not_change_its_mind(most: int) -> None:
    rng = np.random.default_rng(8)
    texts = [text_of(rng) for _ in range(4)]
    texts += [reworded(rng, text, 1) for text in texts]
    judge = Judge(lambda row: texts[row], most)
    for i, j in combinations(range(8), 2):
        assert judge(i, j) == judge(j, i) == (j - i == 4)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 1)), max_size=20))
def test_families_hold_near_and_exact_copies(rows: list[tuple[str, int]]) -> None:
    group_of = {text: number for text, number in rows}  # equal texts have equal groups
    texts = [text for text, _ in rows]
    groups = np.asarray([group_of[text] for text in texts], dtype=np.uint32)
    numbers = families(groups, keys_of(texts)).tolist()
    for i, one in enumerate(texts):
        assert (numbers[i] == 0) == (groups[i] == 0 and texts.count(one) == 1)
        for j, other in enumerate(texts):
            belong = i == j or one == other or groups[i] == groups[j] != 0
            assert (numbers[i] == numbers[j] != 0 or i == j) == belong


def test_which_of_equally_long_copies_comes_first_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    body = text_of(rng, 80)
    texts = [f"By Jane Smith\n{body}", f"By Jane Smith {body}", body, text_of(rng)]
    found = set()
    for order in permutations(texts):
        keys = keys_of([" ".join(text.split()) for text in order])
        judge = Judge(order.__getitem__)
        lengths = np.asarray([len(text) for text in order])
        groups = cluster(sign_all(order), keys, lengths, judge, keys_of(order)).tolist()
        found.add(frozenset(partition(order, groups)))
    assert len(found) == 1
