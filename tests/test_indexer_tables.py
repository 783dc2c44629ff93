import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.tables import Cells


@given(st.lists(st.lists(st.none() | st.text(max_size=5), max_size=4), min_size=1, max_size=5))
def test_cells_are_those_of_the_table(batches: list[list[str | None]]) -> None:
    """The oracle: the table as Python values; some batches are empty."""
    schema = pa.schema([("word", pa.string()), ("size", pa.int64())])
    table = pa.Table.from_batches(
        [
            pa.RecordBatch.from_pydict(
                {"word": words, "size": [len(word or "") for word in words]}, schema=schema
            )
            for words in batches
        ],
        schema=schema,
    )
    cells = Cells(table)
    rows = table.to_pylist()
    for number, row in enumerate(rows):
        assert cells.values(number, ("word", "size")) == row
        assert cells.scalar(number, "word").as_py() == row["word"]
    with pytest.raises(IndexError):
        cells.scalar(len(rows), "word")
