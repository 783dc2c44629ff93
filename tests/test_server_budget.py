import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.embed import Embedder
from server.budget import MIN_TOKENS, TokenCounter, count_between, fit

# Words, sentences, scripts without spaces, strings that are no words, white space of all kinds.
PIECES = (
    "measles ", "vaccination. ", "Two doses protect! ", "(see Fig. 2) ", "\n\n", "  ", "\u3000",
    "麻疹", "。", "ワクチン", "x" * 150, "1,024.5", "e\u0301", "🦠", "\u00a0", "antidisestablishment",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=60).map("".join)


@pytest.fixture(scope="module")
def count(embedder: Embedder) -> TokenCounter:
    return TokenCounter(embedder)


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[int]]:
    """A text and cuts at any place, inside words too: passages are cut so where they must be."""
    text = draw(TEXTS)
    inner = draw(st.sets(st.integers(1, max(1, len(text) - 1)), max_size=8))
    return text, sorted({0, *(cut for cut in inner if cut < len(text)), len(text)})


@given(cut_texts(), st.integers(MIN_TOKENS, 200))
def test_pieces_keep_within_the_budget_and_make_up_the_text(
    count: TokenCounter, cut_text: tuple[str, list[int]], budget: int
) -> None:
    text, cuts = cut_text
    start = 0
    while start < len(text):
        rest = [start, *(cut for cut in cuts if cut > start)]
        piece = fit(text, rest, budget, count)
        assert piece is not None
        assert start < piece.end <= len(text)
        assert count([text[start : piece.end]]) == [piece.tokens]
        assert piece.tokens <= budget
        start = piece.end
    assert start == len(text)


@given(cut_texts())
def test_tokens_add_up(count: TokenCounter, cut_text: tuple[str, list[int]]) -> None:
    text, cuts = cut_text
    assert [count_between(text, cuts, count)] == count([text])


SENTENCES = "The first sentence stands here, for all to see. The second one is no longer than it. "


@pytest.mark.parametrize(
    ("text", "budget", "expected"),
    [
        (SENTENCES * 4, 16, "The first sentence stands here, for all to see. "),
        (SENTENCES * 4, 19, "The first sentence stands here, for all to see. "),
        (SENTENCES * 4, 20, SENTENCES),
        ("one two three four five six " * 9, 16, "one two three four five six " * 2 + "one two three four "),
        ("!" * 90, 16, "!" * 16),
        ("short", 16, "short"),
    ],
)  # fmt: skip
def test_cuts_fall_at_sentences_then_words_then_anywhere(
    count: TokenCounter, text: str, budget: int, expected: str
) -> None:
    piece = fit(text, [0, len(text)], budget, count)
    assert piece is not None
    assert text[: piece.end] == expected


def test_whole_passages_are_preferred_to_half_a_sentence(count: TokenCounter) -> None:
    long = "word " * 100 + ". "
    piece = fit(SENTENCES + long, [0, len(SENTENCES), len(SENTENCES + long)], 60, count)
    assert piece is not None
    assert piece.end == len(SENTENCES)


def test_what_no_budget_holds_is_said_so() -> None:
    def three_each(texts: object) -> list[int]:
        return [3 * len(text) for text in texts]  # type: ignore[attr-defined]

    assert fit("abc", [0, 3], 2, three_each) is None
    assert fit("abc", [0, 3], 0, three_each) is None


def test_a_tokeniser_whose_parts_do_not_add_up_is_counted_whole() -> None:
    # Joined, two halves of a word cost ten; alone, one each.
    def count(texts: object) -> list[int]:
        return [
            sum(10 if len(word) > 3 else 1 for word in text.split())
            for text in texts  # type: ignore[attr-defined]
        ]

    text = "abcdef " * 5
    cuts = [0, *(7 * word + at for word in range(5) for at in (3, 7))]
    assert count_between(text, cuts, count) == 50
    piece = fit(text, cuts, 25, count)
    assert piece is not None
    assert [piece.tokens] == count([text[: piece.end]])
    assert 10 < piece.tokens <= 25


def test_a_huge_text_is_not_counted_past_its_budget(count: TokenCounter) -> None:
    counted: list[int] = []

    def watch(texts: object) -> list[int]:
        found = count(texts)  # type: ignore[arg-type]
        counted.extend(found)
        return found

    text = SENTENCES * 10_000
    cuts = list(range(0, len(text) + 1, 10 * len(SENTENCES)))
    piece = fit(text, cuts, 1_000, watch)
    assert piece is not None
    assert piece.tokens <= 1_000
    assert sum(counted) < 6_000


def test_counting_and_encoding_do_not_disturb_each_other(embedder: Embedder) -> None:
    count = TokenCounter(embedder)
    texts = [SENTENCES * (n % 50 + 1) for n in range(60)]
    expected = embedder.count_tokens(texts)
    vectors = embedder.encode_queries(texts[:2])
    over = threading.Event()

    def encode() -> bool:
        same = True
        while not over.is_set():
            same &= bool(abs(embedder.encode_queries(texts[:2]) - vectors).max() < 1e-4)
        return same

    with ThreadPoolExecutor(1) as pool:
        encoding = pool.submit(encode)
        try:
            assert all(count(texts) == expected for _ in range(20))
        finally:
            over.set()
        assert encoding.result()
