"""Parts of lists, tables and code read well alone: whole rows, with what introduces them."""

import re
import time
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import indexer.leads
import indexer.units
from corpora.document import Block, BlockKind, Document, normalise_text
from corpora.table_rows import Cell, table_text
from indexer.leads import STRUCTURED, entry_spans, first_row, introductions, lead_of
from indexer.passage import MAX_PREFIX_TOKENS, ChunkLimits, Passage, chunk

TextMaker = Callable[..., Document]

LIMITS = ChunkLimits(max_tokens=254)
H, P, CAPTION = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.CAPTION
LIST, TABLE, CODE = STRUCTURED
PATH = ("Trade",)
SENTENCE = "Rivers carry sand and stones to the sea. "


def tokens(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def passages(make_text: TextMaker, *blocks: Block) -> list[Passage]:
    source = make_text(*blocks, title="Rivers")
    found = chunk(source, LIMITS, tokens)
    assert "".join(each.text for each in found) == source.text
    assert all(tokens([each.indexed_text])[0] <= LIMITS.max_tokens for each in found)
    assert all(tokens([each.prefix])[0] <= MAX_PREFIX_TOKENS for each in found)
    return found


def rows(number: int) -> list[list[Cell]]:
    head = [Cell(name, is_header=True) for name in ("River", "Length. In km", "Countries")]
    body = [
        [Cell(f"River no. {n}. So called"), Cell(str(n * 7)), Cell("France, Spain. And others")]
        for n in range(number)
    ]
    return [head, *body]


def lines(each: Passage) -> list[str]:
    return each.text.strip().split("\n")


def test_a_long_table_is_cut_between_rows_that_name_their_columns(make_text: TextMaker) -> None:
    text = table_text(rows(120))
    found = passages(
        make_text, Block("Trade", H), Block("Table 1. Rivers.", CAPTION, PATH),
        Block(text, TABLE, PATH),
    )  # fmt: skip
    assert len(found) > 5
    assert lines(found[0])[:3] == ["Trade", "", "Table 1. Rivers."]
    whole = set(text.split("\n"))
    for each in found[1:]:
        assert set(lines(each)) <= whole
        assert all(line.startswith("River: River no.") for line in lines(each))
        assert each.heading_path == (*PATH, "Table 1. Rivers.")
        assert each.indexed_text.startswith("Rivers\nTrade\nTable 1. Rivers.\nRiver: ")


def test_a_table_that_names_its_columns_once_says_them_above_every_part(
    make_text: TextMaker,
) -> None:
    names = [f"Share of the {n}th decile of all households in the year" for n in range(4)]
    table = [
        [Cell("Country", is_header=True), *(Cell(name, is_header=True) for name in names)],
        *([Cell(f"Land {n}"), *(Cell(str(n + k)) for k in range(4))] for n in range(300)),
    ]
    text = table_text(table)
    assert text.startswith("Country | Share of")  # it would grow too much
    first, *later = passages(make_text, Block("Trade", H), Block(text, TABLE, PATH))
    assert first.heading_path == PATH
    assert len(later) > 5
    for each in later:
        assert each.heading_path[-1].startswith("Country | Share of the 0th decile")
        assert "Country | Share of" in each.prefix
        assert all(line.startswith("Land ") and line.count(" | ") == 4 for line in lines(each))


@pytest.mark.parametrize("marker", ["- ", "12. ", "(a) ", "• "])
def test_a_long_list_carries_what_introduces_it(make_text: TextMaker, marker: str) -> None:
    entries = [f"{marker}Entry {n} of the list. It has two sentences, no less." for n in range(90)]
    intro = f"{SENTENCE}These goods are free of duty:"
    blocks = [Block("Trade", H), Block(intro, P, PATH), Block("\n".join(entries), LIST, PATH)]
    first, *later = passages(make_text, *blocks, Block(SENTENCE.strip(), P, PATH))
    # The introduction is never left behind, and the heading is above both.
    assert lines(first)[:4] == ["Trade", "", intro, ""]
    assert first.heading_path == PATH
    assert len(later) > 3
    for each in later:
        assert each.heading_path == (*PATH, "These goods are free of duty:")
        assert "These goods are free of duty:" in each.prefix
        assert set(lines(each)) <= {*entries, "", SENTENCE.strip()}


def test_a_list_in_several_blocks_has_one_introduction(make_text: TextMaker) -> None:
    part = "\n".join(f"- entry {n} and what belongs to it" for n in range(100))
    found = passages(make_text, Block("Such as:", P), Block(part, LIST), Block(part, LIST))
    assert {each.heading_path for each in found[1:]} == {("Such as:",)}


def test_an_introduction_stays_with_a_short_list(make_text: TextMaker) -> None:
    long = Block((SENTENCE * 26).strip(), P)
    found = passages(make_text, long, Block("Of these:", P), Block("- one\n- two\n- three", LIST))
    assert found[-1].text == "Of these:\n\n- one\n- two\n- three"
    assert found[-1].heading_path == ()


def test_entries_of_several_lines_stay_whole(make_text: TextMaker) -> None:
    entry = "- The first line of it\n  and its second paragraph. With more words.\n  - below it"
    found = passages(make_text, Block("\n".join([entry] * 60), LIST))
    assert len(found) > 3
    for each in found:
        assert not each.text.startswith("  and")


def test_a_part_says_which_entry_and_which_rows_it_belongs_to(make_text: TextMaker) -> None:
    entries = "\n".join(f"  - part {n} of that good and its price" for n in range(120))
    _, *later = passages(make_text, Block(f"- Wood\n- Wool\n{entries}", LIST, PATH))
    assert {each.heading_path for each in later} == {(*PATH, "- Wool")}
    rows = "\n".join(f"{n} | Ships: {n} | Tons: {n}" for n in range(120))
    _, *later = passages(make_text, Block(f"By sail\n7 | Ships: 1\nBy steam\n{rows}", TABLE, PATH))
    assert {each.heading_path for each in later} == {(*PATH, "By steam")}


def test_a_giant_table_takes_no_giant_time(make_text: TextMaker) -> None:
    text = "Ship | Guns\n" + "\n".join(f"ship no. {n} | {n}" for n in range(60_000))
    start = time.perf_counter()
    assert len(passages(make_text, Block(text, TABLE))) > 1_000
    assert time.perf_counter() - start < 30


@pytest.mark.parametrize("blocks", [1, 3])
def test_an_introduction_is_read_once_however_many_parts_it_stands_above(
    make_text: TextMaker, monkeypatch: pytest.MonkeyPatch, blocks: int
) -> None:
    asked: list[Block] = []

    def counted(introduction: Block) -> str:
        asked.append(introduction)
        return lead_of(introduction)

    monkeypatch.setattr(indexer.units, "lead_of", counted)
    entries = "\n".join(f"- entry {n} and what belongs to it" for n in range(2_000))
    introduction = Block(f"{SENTENCE * 500}Such as:", P)
    found = passages(make_text, introduction, *[Block(entries, LIST)] * blocks)
    assert sum(each.heading_path == ("Such as:",) for each in found) > 20 * blocks
    assert asked == [introduction]


@pytest.mark.parametrize(
    "text",
    [
        f"- {'wool ' * 2_000}\n" + "\n".join(f"  - part {n} of that good" for n in range(3_000)),
        f"{'sails ' * 2_000}\n" + "\n".join(f"{n} | Ships: {n}" for n in range(3_000)),
    ],
)
def test_a_long_line_is_shortened_once_however_many_lines_it_stands_above(
    make_text: TextMaker, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    shorten, read = indexer.leads._shorten, 0

    def counted(line: str) -> str:
        nonlocal read
        read += len(line)
        return shorten(line)

    monkeypatch.setattr(indexer.leads, "_shorten", counted)
    found = passages(make_text, Block(text, LIST if text[0] == "-" else TABLE))
    assert sum(each.heading_path[-1:] == (shorten(text.split("\n")[0]),) for each in found) > 20
    assert read <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        f"Name | {'1' * 100_000}x\n{'-' * 100_000}1x | {'1' * 100_000}",
        f"Name | a{' |' * 100_000}\nb{' | ' * 100_000}:",
        f"- a{(chr(10) + ' ') * 100_000}{' ' * 100_000}b",
    ],
)
def test_no_pattern_hangs(make_text: TextMaker, text: str) -> None:
    start = time.process_time()
    for kind in STRUCTURED:
        passages(make_text, Block(text, kind))
    assert time.process_time() - start < 30  # minutes, where one looks again at what it has seen


def test_code_is_cut_between_lines(make_text: TextMaker) -> None:
    code = "\n".join(f"    value_{n} = compute(value). Then {n}" for n in range(150))
    found = passages(make_text, Block("Run this:", P), Block(f"def f():\n{code}", CODE))
    assert len(found) > 3
    for each in found[1:]:
        assert each.text.startswith("    value_")
        assert each.heading_path == ("Run this:",)


def test_long_titles_leave_room_for_the_introduction(make_text: TextMaker) -> None:
    entries = "\n".join(f"- entry {n} and what belongs to it" for n in range(200))
    path = ("heading " * 60,)
    source = make_text(
        Block("Free of duty are:", P, path), Block(entries, LIST, path), title="title " * 60
    )
    for each in chunk(source, LIMITS, tokens)[1:]:
        assert each.prefix.endswith("\nFree of duty are:")
        assert tokens([each.prefix])[0] <= MAX_PREFIX_TOKENS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Year | Ships\n1900 | 7", "Year | Ships"),
        ("Name | Kind\napple | fruit", "Name | Kind"),
        ("Year: 1900 | Ships: 7\nYear: 1901 | Ships: 8", None),
        ("France | Capital: Paris\nSpain | Capital: Madrid", None),
        ("France | 7 | 8\nSpain | 9 | 10", None),  # the first row is as good as any
        ("1 | 2\n3 | 4", None),
        ("Ships of the line\nName | Guns", None),
        ("Ships of the line\nOf 1805\nName | Guns\nVictory | 104", "Name | Guns"),
        ("Name | Guns", None),
    ],
)
def test_the_row_that_names_columns(text: str, expected: str | None) -> None:
    assert first_row(Block(text, TABLE)) == expected


@given(st.text(st.sampled_from("17٣²a字é_ .-|%")))
def test_a_number_has_digits_and_no_letter(cell: str) -> None:
    expected = re.fullmatch(r"[\W\d_]*\d[\W\d_]*", cell) is not None
    assert indexer.leads._is_number(cell) == expected


def test_leads_are_short_lines() -> None:
    assert lead_of(Block(f"{SENTENCE}Such\nas:", P)) == "Such as:"
    long = lead_of(Block("word " * 200 + ":", P))
    assert len(long) <= 161
    assert long.endswith("word…")
    assert len(lead_of(Block("字" * 500, CAPTION))) <= 161


def test_nothing_introduces_what_follows_text() -> None:
    blocks = [Block("Words.", P), Block("- a", LIST), Block("A figure.", CAPTION), Block("b", P)]
    assert introductions(blocks) == [None] * 4


TEXT = st.text(st.sampled_from("ab.1-) |:\n•"), min_size=1, max_size=60).map(normalise_text)


@given(TEXT.filter(bool), st.sampled_from(STRUCTURED))
def test_entries_partition_their_block(text: str, kind: BlockKind) -> None:
    spans = entry_spans(f"{text}\n\n", kind)
    assert "".join(f"{text}\n\n"[a:b] for a, b in spans) == f"{text}\n\n"
    assert all(a < b for a, b in spans)


@given(st.lists(st.tuples(st.sampled_from([P, LIST, TABLE, CODE, H, CAPTION]), TEXT.filter(bool))))
def test_any_document_is_partitioned(
    make_text: TextMaker, drawn: list[tuple[BlockKind, str]]
) -> None:
    small = ChunkLimits(MAX_PREFIX_TOKENS + 12, min_words=3, max_words=8)
    source = make_text(*(Block(text, kind) for kind, text in drawn), title="t")
    found = chunk(source, small, tokens)
    assert "".join(each.text for each in found) == source.text
    assert all(tokens([each.indexed_text])[0] <= small.max_tokens for each in found)


def test_a_list_of_another_kind_has_no_part_in_an_introduction() -> None:
    steps, terms = Block("1. Open it\n2. Close it", LIST), Block("Pump: It moves water", LIST)
    intro = Block("Follow these steps:", P)
    assert introductions([intro, steps, terms]) == [None, 0, None]
    assert introductions([intro, terms, terms]) == [None, 0, 0]
    assert introductions([intro, steps, Block("- a bullet", LIST)]) == [None, 0, None]
