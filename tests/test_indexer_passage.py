"""Passages partition the text, fit the model, and keep headings with what they head."""

import hashlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import (
    Block,
    BlockKind,
    Document,
    DocumentKind,
    OffsetBase,
    SourceRef,
    identify,
    normalise_text,
)
from indexer.embed import Embedder
from indexer.passage import (
    MAX_PREFIX_TOKENS,
    MAX_WORDS,
    MIN_WORDS,
    ChunkLimits,
    Passage,
    chunk,
    chunk_plainly,
)
from indexer.units import Size, measure

LIMITS = ChunkLimits(max_tokens=254)
SOURCE = SourceRef("f", 0, 1, OffsetBase.FILE, "", None)
H, P, CODE = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.CODE


def document(blocks: Sequence[Block], title: str | None = None) -> Document:
    key = identify("paper:1")
    return Document(
        key, None, None, None, title, DocumentKind.PAPER, SOURCE, blocks=tuple(blocks)
    )  # fmt: skip


def heading(text: str, *path: str) -> Block:
    return Block(text, H, path)


def words(count: int, word: str = "word") -> str:
    return " ".join(f"{word}{n}" for n in range(count - 1)) + " end." if count > 1 else "end."


def plain_tokens(texts: Sequence[str]) -> list[int]:
    """A tokeniser that is quick and adds up: a token a word."""
    return [len(text.split()) for text in texts]


def character_tokens(texts: Sequence[str]) -> list[int]:
    """A tokeniser that counts line breaks too, as those over bytes do."""
    return [len(text) for text in texts]


def capricious_tokens(texts: Sequence[str]) -> list[int]:
    """A tokeniser whose counts do not add up: longer texts cost more than their parts."""
    return [len(text.split()) + len(text) ** 2 // 5_000 for text in texts]


def words_of(text: str) -> int:
    (size,) = measure([text], Size.limit(10**9, 10**9), plain_tokens)
    return size.words


def check_partition(passages: Sequence[Passage], source: Document) -> None:
    text = source.text
    assert "".join(passage.text for passage in passages) == text
    position = 0
    for number, passage in enumerate(passages):
        assert passage.ordinal == number
        assert passage.start_char == position < passage.end_char
        assert passage.text == text[passage.start_char : passage.end_char]
        assert passage.document_id == source.document_id
        position = passage.end_char
    assert position == len(text)


TEXTS = st.one_of(
    st.text(min_size=1, max_size=200),
    st.integers(1, 600).map(words),
    st.integers(1, 3_000).map(lambda n: "x" * n),
    st.integers(1, 400).map(lambda n: "水在零度结冰。" * n),
    st.integers(1, 300).map(lambda n: "สวัสดีครับ" * n),
    st.integers(1, 200).map(lambda n: "    if x:\n\treturn y\n" * n),
    st.integers(1, 200).map(lambda n: "Dr. No saw it. Then he (e.g. in Fig. 3) left! " * n),
).map(lambda text: normalise_text(text).strip())
PATHS = st.lists(st.text("abc de", max_size=30), max_size=25).map(tuple)


@st.composite
def blocks(draw: st.DrawFn) -> list[Block]:
    kinds = st.sampled_from([H, P, P, CODE, BlockKind.LIST])
    drawn = draw(st.lists(st.tuples(TEXTS, kinds, PATHS), max_size=12))
    return [Block(text, kind, path) for text, kind, path in drawn if text]


TITLES = st.one_of(st.none(), st.text(max_size=100), st.integers(1, 400).map(words))


@given(blocks(), TITLES)
def test_passages_partition_any_text_and_fit_the_model(
    embedder: Embedder, drawn: list[Block], title: str | None
) -> None:
    source = document(drawn, title)
    limits = ChunkLimits(embedder.max_tokens)
    passages = chunk(source, limits, embedder.count_tokens)
    check_partition(passages, source)
    assert chunk(source, limits, embedder.count_tokens) == passages
    counts = embedder.count_tokens([passage.indexed_text for passage in passages])
    assert max(counts, default=0) <= embedder.max_tokens
    prefixes = embedder.count_tokens([passage.prefix for passage in passages])
    assert max(prefixes, default=0) <= MAX_PREFIX_TOKENS
    assert all(words_of(passage.text) <= MAX_WORDS for passage in passages)


@pytest.mark.parametrize("count", [plain_tokens, character_tokens, capricious_tokens])
@given(blocks(), TITLES)
def test_passages_fit_whatever_the_tokeniser_does(
    count: Callable[[Sequence[str]], list[int]], drawn: list[Block], title: str | None
) -> None:
    source = document(drawn, title)
    passages = chunk(source, LIMITS, count)
    check_partition(passages, source)
    assert max(count([passage.indexed_text for passage in passages]), default=0) <= 254


@given(blocks())
def test_neighbours_stay_apart_only_where_they_must(drawn: list[Block]) -> None:
    passages = chunk(document(drawn), LIMITS, plain_tokens)
    sizes = [words_of(passage.text) for passage in passages]
    for first, second in itertools.pairwise(sizes):
        # A cut inside a word makes two of it.
        assert min(first, second) >= MIN_WORDS or first + second > MAX_WORDS - 10


@given(blocks())
def test_a_heading_never_ends_a_passage_when_text_follows_it(drawn: list[Block]) -> None:
    source = document(drawn)
    ends = {passage.end_char for passage in chunk(source, LIMITS, plain_tokens)}
    position = 0
    for block, following in itertools.pairwise(drawn):
        position += len(block.text) + 2
        if block.kind is H and following.kind is not H:
            assert position not in ends


@pytest.mark.parametrize("size", [150, 215, 218, 220, 221, 300, 700])
def test_a_heading_stays_with_a_paragraph_that_fills_a_passage(size: int) -> None:
    text = "One two three four five. " * (size // 5)
    source = document([heading("A heading of six words here"), Block(text.strip(), P, ("A",))])
    passages = chunk(source, LIMITS, plain_tokens)
    check_partition(passages, source)
    assert len(passages[0].text.split()) > 6
    assert all(len(passage.text.split()) <= MAX_WORDS for passage in passages)
    # Cut at sentence ends only.
    assert all(passage.text.rstrip().endswith(".") for passage in passages)


def test_ids_are_those_of_the_documentation() -> None:
    source = document([Block(words(200), P), Block(words(200), P), Block(words(200, "other"), P)])
    passages = chunk(source, LIMITS, plain_tokens)
    assert len(passages) == 3
    seen: Counter[str] = Counter()
    for passage in passages:
        text = " ".join(passage.text.split())
        key = f"{source.document_id}\x1f{text}\x1f{seen[text]}"
        seen[text] += 1
        assert passage.passage_id == hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    assert len({passage.passage_id for passage in passages}) == 3


def test_short_neighbours_are_joined_and_long_blocks_cut_evenly() -> None:
    source = document([Block(words(25), P) for _ in range(8)])
    sizes = [len(passage.text.split()) for passage in chunk(source, LIMITS, plain_tokens)]
    assert sizes == [200]
    long = document([Block("One two three four five six. " * 60 + "End.", P)])
    sizes = [len(passage.text.split()) for passage in chunk(long, LIMITS, plain_tokens)]
    assert len(sizes) == 2
    assert max(sizes) - min(sizes) < 20


def test_sections_keep_their_headings() -> None:
    source = document(
        [
            heading("Intro"),
            Block(words(100), P, ("Intro",)),
            heading("Method"),
            heading("Data", "Method"),
            Block(words(150), P, ("Method", "Data")),
            Block(words(150), P, ("Method", "Data")),
        ],
        title="A title",
    )
    first, second, third = chunk(source, LIMITS, plain_tokens)
    assert (first.heading_path, first.prefix) == (("Intro",), "A title")
    assert second.text.startswith("Method\n\nData\n\nword0")
    assert (second.heading_path, second.prefix) == (("Method", "Data"), "A title")
    assert (third.heading_path, third.prefix) == (("Method", "Data"), "A title\nMethod > Data")
    assert third.indexed_text.startswith("A title\nMethod > Data\nword0")


def test_a_heading_that_is_the_title_is_not_said_twice() -> None:
    (passage,) = chunk(document([Block("x", P, ("T", "S"))], "T"), LIMITS, plain_tokens)
    assert passage.prefix == "T\nS"


def test_a_heading_path_of_any_depth() -> None:
    path = tuple(f"level {n}" for n in range(60))
    (passage,) = chunk(document([Block("text", P, path)]), LIMITS, plain_tokens)
    assert passage.heading_path == path
    assert passage.prefix.startswith("level 0 > level 1 > ")


def test_a_title_without_spaces_is_shortened_not_lost() -> None:
    title = "水" * 500
    (passage,) = chunk(document([Block("text", P)], title), LIMITS, character_tokens)
    assert passage.prefix == "水" * (MAX_PREFIX_TOKENS - 1)


def test_scripts_without_spaces_are_cut_by_their_length() -> None:
    source = document([Block("สวัสดีครับ" * 1_000, P)])
    passages = chunk(source, LIMITS, plain_tokens)  # 1 token, 1 "word"
    check_partition(passages, source)
    assert 4 < len(passages) < 12


def test_no_blocks_no_passages() -> None:
    assert chunk(document([]), LIMITS, plain_tokens) == []


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param([Block("Word and more of the text here. " * 60_000, P)], id="paragraph"),
        pytest.param([Block("word " * 400_000 + "x", P)], id="no sentence"),
        pytest.param([Block(f"tiny {n}", P) for n in range(50_000)], id="tiny blocks"),
        pytest.param([Block("Head", H)] * 50_000, id="headings"),
        pytest.param(
            [Block(f"{n}", (P, H)[n % 2], (f"{n // 2}",)) for n in range(50_000)], id="sections"
        ),
        pytest.param([Block("x" * 2_000_000, P)], id="one word"),
        pytest.param([Block("a " + "y" * 500_000 + " b " * 100_000, P)], id="mixed"),
        pytest.param([Block("." * 500_000, P)], id="dots"),
        pytest.param([Block("a\n" * 100_000 + "x", CODE)], id="lines"),
    ],
)
def test_no_input_is_quadratic(drawn: list[Block]) -> None:
    source = document(
        [Block(block.text.strip(), block.kind, block.heading_path) for block in drawn]
    )
    before = time.process_time()
    passages = chunk(source, LIMITS, plain_tokens)
    assert time.process_time() - before < 10
    check_partition(passages, source)


@pytest.mark.parametrize("title", ["Ice", "A much longer title, as scrapers like to give " * 3])
def test_cuts_do_not_depend_on_the_title(embedder: Embedder, title: str) -> None:
    sentence = "Glaciers move slowly downhill under their own weight, and carry stones with them. "
    blocks = [Block((sentence * n).strip(), P) for n in (9, 30, 2, 14)]

    def texts(of: str | None) -> list[str]:
        return [one.text for one in chunk(document(blocks, of), LIMITS, embedder.count_tokens)]

    assert texts(title) == texts(None)
    assert len(texts(title)) > 2


@given(blocks(), TITLES, st.sampled_from([plain_tokens, character_tokens, capricious_tokens]))
def test_plain_passages_partition_any_text_and_fit_the_model(
    drawn: list[Block], title: str | None, count: Callable[[Sequence[str]], list[int]]
) -> None:
    source = document(drawn, title)
    found = chunk_plainly(source, LIMITS, count)
    check_partition(found, source)
    assert all(count([each.indexed_text])[0] <= LIMITS.max_tokens for each in found)
    assert len({each.passage_id for each in found}) == len(found)
    assert found == chunk_plainly(source, LIMITS, count)


def test_plain_passages_end_at_white_space_where_there_is_some() -> None:
    text = words(4_000)
    found = chunk_plainly(
        document([heading("Ice", "Ice"), Block(text, P, ("Ice",))]), LIMITS, plain_tokens
    )
    assert len(found) > 10
    assert all(each.text[-1].isspace() for each in found[:-1])
    assert {(each.heading_path, each.prefix) for each in found} == {((), "")}
    whole = chunk_plainly(document([Block("x" * 5_000, P)]), LIMITS, plain_tokens)
    assert {len(each.text) for each in whole[:-1]} == {4 * (254 - MAX_PREFIX_TOKENS)}


def test_plain_passages_see_a_text_in_bounded_pieces() -> None:
    most, seen = 0, 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal most, seen
        most = max(most, sum(map(len, texts)))
        seen += sum(map(len, texts))
        return [len(text) for text in texts]  # so that every window is halved again and again

    text = "ab " * 1_000_000
    assert len(chunk_plainly(document([Block(text.strip(), P)]), LIMITS, count)) > 10_000
    assert most < 300_000
    assert seen < 4 * len(text)
