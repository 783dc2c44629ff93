"""Records written once come back in any order."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.spool import Spool


@given(st.data(), st.lists(st.one_of(st.text(), st.binary(), st.none()), max_size=20))
def test_records_come_back_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, records: list[object]
) -> None:
    path = tmp_path_factory.mktemp("spool") / "x"
    with Spool[object](path) as spool:
        assert [spool.append(record) for record in records] == list(range(len(records)))
        assert len(spool) == len(records)
        wanted = data.draw(st.lists(st.sampled_from(range(len(records))))) if records else []
        for _ in range(2):
            assert list(spool.read(wanted)) == [records[number] for number in wanted]


def test_two_readings_at_once(tmp_path: Path) -> None:
    with Spool[int](tmp_path / "x") as spool:
        for number in range(5):
            spool.append(number)
        pairs = zip(spool.read(range(5)), spool.read(reversed(range(5))), strict=True)
        assert list(pairs) == [(0, 4), (1, 3), (2, 2), (3, 1), (4, 0)]


def test_nothing_is_appended_once_it_is_read(tmp_path: Path) -> None:
    with Spool[int](tmp_path / "x") as spool:
        spool.append(1)
        assert list(spool.read([0])) == [1]
        with pytest.raises(ValueError, match="closed"):
            spool.append(2)


def test_it_closes_its_file_when_the_build_fails(tmp_path: Path) -> None:
    # An open file would be a ResourceWarning, and warnings are errors here.
    def fail() -> None:
        with Spool[int](tmp_path / "x") as spool:
            spool.append(1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
