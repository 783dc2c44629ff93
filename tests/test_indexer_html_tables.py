"""Tables of data: rows that read well alone."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from corpora.document import BlockKind
from indexer.body import walk
from indexer.pieces import Piece, put_together


def pieces(html: str) -> list[Piece]:
    return put_together(walk(lxml_html.document_fromstring(f"<body>{html}</body>")).runs)


def rows(html: str) -> list[str]:
    (table,) = [piece for piece in pieces(html) if piece.kind is BlockKind.TABLE]
    return table.text.split("\n")


HEAD = "<tr><th>City<th>Year<th>People</tr>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            f"<table>{HEAD}<tr><td>Rome<td>2020<td>4</table>",
            ["City: Rome | Year: 2020 | People: 4"],
        ),
        (f"<table>{HEAD}<tr><td>Rome<td><td>4</table>", ["City: Rome | People: 4"]),
        (
            f"<table>{HEAD}<tr><td rowspan=2>Rome<td>2020<td>4<tr><td>2021<td>5</table>",
            ["City: Rome | Year: 2020 | People: 4", "City: Rome | Year: 2021 | People: 5"],
        ),
        (
            "<table><tr><th rowspan=2>City<th colspan=2>People<tr><th>Men<th>Women"
            "<tr><td>Rome<td>1<td>2</table>",
            ["City: Rome | People / Men: 1 | People / Women: 2"],
        ),
        (f"<table>{HEAD}<tr><td colspan=2>all<td>9</table>", ["City, Year: all | People: 9"]),
        (
            "<table><tr><th colspan=2>Cities<tr><th>City<th>People<tr><td>Rome<td>4</table>",
            ["City: Rome | People: 4"],
        ),
        (
            "<table><tr><th scope=row>Capital<td>Paris<tr><th scope=row>People:<td>67</table>",
            ["Capital: Paris", "People: 67"],
        ),
        (
            "<table><tr><td><th>2020<th>2021<tr><th>Rome<td>4<td>5</table>",
            ["Rome | 2020: 4 | 2021: 5"],
        ),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", ["a | b", "c | d"]),
        (
            "<table><thead><tr><td>City<td>People</thead><tr><td>Rome<td>4</table>",
            ["City: Rome | People: 4"],
        ),
        (
            f"<table>{HEAD}<tr><td>Rome<td><ul><li>2020<li>2021</ul><td><p>4<p>million</table>",
            ["City: Rome | Year: 2020, 2021 | People: 4 million"],
        ),
        ("<table><tr><th>only<th>names</table>", ["only | names"]),
    ],
)
def test_rows(html: str, expected: list[str]) -> None:
    assert rows(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>{}</td></tr></table>",
        "<table role=presentation><tr><td>{}<td>x<tr><td>{}<td>y</table>",
        "<table><tr><td><h2>Head</h2>{}<td>menu</table>",
        "<table><tr><td><table><tr><th>a<th>b<tr><td>c<td>d</table><td>{}</table>",
        "<table><tr><td>{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}<td>menu<tr><td>a<td>b</table>",
    ],
)
def test_tables_that_arrange_are_no_tables(html: str) -> None:
    text = "<p>" + "A sentence in a cell of a page laid out with tables. " * 3 + "</p>"
    found = pieces(html.replace("{}", text))
    assert any(piece.kind is BlockKind.PARAGRAPH and "A sentence" in piece.text for piece in found)


def test_a_caption_stands_before_its_table() -> None:
    found = pieces(f"<table><caption>Cities</caption>{HEAD}<tr><td>Rome<td>2020<td>4</table>")
    assert [piece.kind for piece in found] == [BlockKind.CAPTION, BlockKind.TABLE]


def oracle(grid: list[list[str]]) -> list[str]:
    head, *body = grid
    return [" | ".join(f"{n}: {v}" for n, v in zip(head, row, strict=True)) for row in body]


WORDS = st.text("abcdefgh", min_size=1, max_size=6)


@given(st.integers(2, 5), st.integers(1, 5), st.data())
def test_rows_as_a_simple_reader_has_them(width: int, height: int, data: st.DataObject) -> None:
    names = st.lists(WORDS, min_size=width, max_size=width, unique=True)
    head = [f"H{name}" for name in data.draw(names)]
    row = st.lists(WORDS, min_size=width, max_size=width)
    body = data.draw(st.lists(row, min_size=height, max_size=height))
    cells: Callable[[str, list[str]], str] = lambda tag, values: "".join(  # noqa: E731
        f"<{tag}>{value}</{tag}>" for value in values
    )
    html = f"<tr>{cells('th', head)}</tr>" + "".join(f"<tr>{cells('td', r)}</tr>" for r in body)
    assert rows(f"<table>{html}</table>") == oracle([head, *body])


@given(
    st.lists(
        st.lists(st.tuples(WORDS, st.integers(0, 2000), st.integers(0, 70_000)), max_size=4),
        min_size=1,
        max_size=6,
    )
)
def test_no_spans_lose_a_cell_or_take_long(table: list[list[tuple[str, int, int]]]) -> None:
    html = "".join(
        "<tr>" + "".join(f"<td colspan={c} rowspan={r}>{t}</td>" for t, c, r in row) + "</tr>"
        for row in table
    )
    found = " ".join(piece.text for piece in pieces(f"<table>{html}</table>"))
    for row in table:
        for text, _, _ in row:
            assert text in found
