import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from server.fuse import Floats, convex, reciprocal_rank

SCORES = arrays(np.float64, st.integers(0, 30), elements=st.floats(0, 40))


def fuse(bm25: Floats, cosine: Floats, adjacency: Floats | None = None) -> list[float]:
    fused = convex(
        bm25,
        cosine,
        np.zeros(len(bm25)) if adjacency is None else adjacency,
        lexical_weight=0.4,
        adjacency_weight=0.0 if adjacency is None else 0.1,
        bm25_anchor=2.0,
        cosine_anchor=0.6,
    )
    return list(fused.tolist())


def test_convex_is_the_formula() -> None:
    bm25, cosine = np.asarray([4.0, 1.0, 0.0]), np.asarray([0.3, 0.8, -0.2])
    reference = [0.4 * b / 4 + 0.6 * max(c, 0) / 0.8 for b, c in zip(bm25, cosine, strict=True)]
    assert fuse(bm25, cosine) == pytest.approx(reference)


def test_adjacency_has_its_share() -> None:
    bm25, cosine = np.asarray([4.0, 4.0]), np.asarray([0.8, 0.8])
    assert fuse(bm25, cosine, np.asarray([1.0, 0.25])) == pytest.approx([1.0, 0.925])


def test_anchors_keep_poor_matches_poor() -> None:
    assert fuse(np.asarray([1.0]), np.asarray([0.3])) == pytest.approx([0.4 / 2 + 0.6 / 2])


@given(SCORES, st.data())
def test_convex_stays_in_range_and_follows_each_channel(bm25: Floats, data: st.DataObject) -> None:
    cosine = data.draw(arrays(np.float64, len(bm25), elements=st.floats(-1, 1)))
    fused = fuse(bm25, cosine)
    assert all(0 <= value <= 1 for value in fused)
    for i in range(len(fused)):
        for j in range(len(fused)):
            if bm25[i] >= bm25[j] and cosine[i] >= cosine[j]:
                assert fused[i] >= fused[j]


@given(SCORES, st.data())
def test_dropping_others_keeps_values_while_the_best_stay(
    bm25: Floats, data: st.DataObject
) -> None:
    cosine = data.draw(arrays(np.float64, len(bm25), elements=st.floats(-1, 1)))
    if not len(bm25):
        return
    best = {int(bm25.argmax()), int(cosine.argmax())}
    kept = sorted(best | set(data.draw(st.lists(st.sampled_from(range(len(bm25)))))))
    assert fuse(bm25[kept], cosine[kept]) == [fuse(bm25, cosine)[i] for i in kept]


def test_reciprocal_rank_is_the_reference() -> None:
    bm25, cosine = np.asarray([3.0, 5.0, 0.0]), np.asarray([0.1, 0.5, 0.5])
    ranks = [(2, 3), (1, 1), (None, 1)]
    reference = [
        ((1 / (60 + lexical) if lexical else 0) + 1 / (60 + dense)) * 61 / 2
        for lexical, dense in ranks
    ]
    assert reciprocal_rank(bm25, cosine, k=60).tolist() == pytest.approx(reference)


def test_no_candidates() -> None:
    none = np.zeros(0)
    assert fuse(none, none) == []
    assert reciprocal_rank(none, none, k=60).tolist() == []


def test_no_match_at_all_is_zero() -> None:
    zero = np.zeros(3)
    fused = convex(
        zero,
        zero,
        zero,
        lexical_weight=0.4,
        adjacency_weight=0.1,
        bm25_anchor=0.0,
        cosine_anchor=0.0,
    )
    assert fused.tolist() == [0, 0, 0]
