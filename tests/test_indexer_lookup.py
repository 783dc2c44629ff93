import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.lookup import ID_BYTES, Halves, Lookup, Rows, first_halves

# Ids that often begin alike, and differ after their first half.
IDS = st.lists(
    st.builds(lambda a, b: bytes([a] * 8 + [b] * 8), st.integers(0, 3), st.integers(0, 3)),
    max_size=20,
    unique=True,
)


def make_lookup(ids: list[bytes], rows: list[int]) -> Lookup:
    halves = first_halves(np.frombuffer(b"".join(ids), dtype=f"V{ID_BYTES}"))
    return Lookup(lambda: (halves, np.asarray(rows, dtype=np.uint32)))


@given(IDS, IDS)
def test_candidates_are_the_rows_that_begin_alike(ids: list[bytes], others: list[bytes]) -> None:
    rows = list(range(100, 100 + len(ids)))
    lookup = make_lookup(ids, rows)
    for key in ids + others:
        expected = [row for row, each in zip(rows, ids, strict=True) if each[:8] == key[:8]]
        assert lookup.candidates(key) == expected


def test_the_table_is_built_once_when_first_asked_for() -> None:
    ids = [bytes([n] * ID_BYTES) for n in range(50)]
    built: list[int] = []
    all_ask = threading.Event()

    def read() -> tuple[Halves, Rows]:
        built.append(1)
        assert all_ask.wait(10)
        halves = first_halves(np.frombuffer(b"".join(ids), dtype=f"V{ID_BYTES}"))
        return halves, np.arange(50, dtype=np.uint32)

    lookup = Lookup(read)
    assert built == []
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(lookup.candidates, key) for key in ids[:8]]
        all_ask.set()
        assert [each.result() for each in asked] == [[n] for n in range(8)]
    assert built == [1]
