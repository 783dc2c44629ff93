"""Site furniture: what repeats around the text of a host's pages goes, what repeats in it stays."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Block, BlockKind, Document, DocumentKind, identify
from indexer.furniture import (
    FEWEST_SAMPLED,
    MAX_BLOCKS,
    MAX_PAGES,
    Furniture,
    FurnitureCounter,
    FurnitureDropper,
    drop_furniture,
)

TextMaker = Callable[..., Document]
HOST = "example.org"

COOKIES = "We use cookies to give you the best experience on this site."
NEWSLETTER = "Sign up for our newsletter and never miss a story."
ADDRESS = "Example Publishing, 1 Main Street, Springfield."
FORMULA = "This Regulation shall be binding in its entirety and applicable in all Member States."
LABEL = "Parameters"


def paragraph(text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> Block:
    return Block(text, kind)


def own(page: int, number: int) -> Block:
    seeded = random.Random(page * 1000 + number)
    words = " ".join(
        seeded.choice("lake shore boat wind rain fish reed ice".split()) for _ in "x" * 30
    )
    return paragraph(f"On page {page}, part {number}: {words}.")


def pages(make_text: TextMaker, bodies: list[list[Block]], host: str = HOST) -> list[Document]:
    return [
        replace(
            make_text(*blocks), kind=DocumentKind.WEB, host=host, url=f"https://{host}/{n}",
            document_id=identify(f"{host}{n}"),
        )
        for n, blocks in enumerate(bodies)
    ]  # fmt: skip


def counted(documents: list[Document]) -> FurnitureCounter:
    counter = FurnitureCounter()
    for document in documents:
        counter.add(document)
    return counter


def cleaned(documents: list[Document]) -> list[list[str]]:
    furniture = counted(documents).furniture(HOST)
    kept = [drop_furniture(document, furniture) for document in documents]
    return [[block.text for block in document.blocks] for document in kept]


@pytest.fixture
def site(make_text: TextMaker) -> list[Document]:
    """30 pages in furniture, of which 12 quote a formula and 20 have labels, tables and code."""
    bodies = []
    for page in range(30):
        blocks = [paragraph(COOKIES), Block(f"Title {page}", BlockKind.HEADING), own(page, 0)]
        if page < 12:
            blocks += [paragraph(FORMULA), own(page, 1)]
        if page >= 10:
            blocks += [
                Block("Usage", BlockKind.HEADING),
                paragraph(LABEL),
                own(page, 2),
                paragraph("Name: a | Type: b", BlockKind.TABLE),
                paragraph("import lake", BlockKind.CODE),
                own(page, 3),
            ]
        blocks += [paragraph(NEWSLETTER), own(page, 4), paragraph(ADDRESS)]
        bodies.append(blocks)
    return pages(make_text, bodies)


def test_what_frames_pages_goes_and_what_they_say_stays(site: list[Document]) -> None:
    for document, texts in zip(site, cleaned(site), strict=True):
        kept = [block.text for block in document.blocks]
        expected = [text for text in kept if text not in (COOKIES, NEWSLETTER, ADDRESS)]
        assert texts == expected


def test_four_pages_have_no_furniture(make_text: TextMaker) -> None:
    documents = pages(make_text, [[own(page, 0), paragraph(ADDRESS)] for page in range(4)])
    assert not counted(documents).furniture(HOST)
    assert drop_furniture(documents[0], Furniture()) is documents[0]


def test_copies_of_a_page_are_not_furniture(make_text: TextMaker) -> None:
    copies = [[own(0, number) for number in range(5)] for _ in range(8)]
    others = [[own(page, 0), own(page, 1)] for page in range(1, 20)]
    documents = pages(make_text, copies + others)
    assert cleaned(documents) == [[block.text for block in each.blocks] for each in documents]


def test_a_page_of_nothing_but_furniture_stays_whole(make_text: TextMaker) -> None:
    bodies = [[paragraph(COOKIES), own(page, 0), paragraph(ADDRESS)] for page in range(10)]
    bodies.append([paragraph(COOKIES), Block("Error", BlockKind.HEADING), paragraph(ADDRESS)])
    documents = pages(make_text, bodies)
    furniture = counted(documents).furniture(HOST)
    assert drop_furniture(documents[-1], furniture) is documents[-1]
    assert drop_furniture(documents[0], furniture) is not documents[0]


def test_papers_and_what_has_no_host_stay_as_they_are(make_text: TextMaker) -> None:
    site = pages(make_text, [[own(page, 0), paragraph(ADDRESS)] for page in range(10)])
    papers = [replace(each, kind=DocumentKind.PAPER) for each in site]
    files = [replace(each, host=None, url=None) for each in site]
    assert counted([*papers, *files]).hosts() == []
    dropper = FurnitureDropper(counted(site).result())
    for each in (*papers, *files):
        assert dropper.drop(each) is each
    assert (dropper.blocks, dropper.pages) == (0, 0)
    for each in site:
        assert dropper.drop(each).blocks == each.blocks[:1]
    assert (dropper.blocks, dropper.pages) == (10, 10)


def test_the_key_tells_what_is_dropped(make_text: TextMaker) -> None:
    site = pages(make_text, [[own(page, 0), paragraph(ADDRESS)] for page in range(10)])
    key = FurnitureDropper(counted(site).result()).key
    assert FurnitureDropper(counted(site[::-1]).result()).key == key
    others = [replace(each, host="other.org") for each in site]
    assert FurnitureDropper(counted(others).result()).key != key
    assert FurnitureDropper({}).key != key


def test_hosts_are_told_apart(make_text: TextMaker) -> None:
    bodies = [[own(page, 0), paragraph(ADDRESS)] for page in range(10)]
    counter = counted([*pages(make_text, bodies), *pages(make_text, bodies[:3], "other.org")])
    assert counter.hosts() == [HOST, "other.org"]
    assert counter.furniture(HOST)
    assert not counter.furniture("other.org")
    assert not counter.furniture("unknown.org")


def test_memory_is_bounded_and_a_sample_tells_as_much(make_text: TextMaker) -> None:
    bodies = [[own(page, 0), paragraph(ADDRESS)] for page in range(MAX_PAGES + 300)]
    bodies[0] = [own(0, number) for number in range(MAX_BLOCKS * 3)]
    documents = pages(make_text, bodies)
    counter = counted(documents)
    (kept,) = counter._pages.values()
    assert len(kept) == MAX_PAGES
    assert max(map(len, kept.values())) <= MAX_BLOCKS
    texts = [block.text for block in documents[-1].blocks][:1]
    rest = drop_furniture(documents[-1], counter.furniture(HOST))
    assert [block.text for block in rest.blocks] == texts


def test_memory_is_bounded_over_many_hosts(make_text: TextMaker) -> None:
    """A site among a hundred times as many pages of small hosts keeps its furniture."""
    most = 60
    site = pages(make_text, [[own(page, 0), paragraph(ADDRESS)] for page in range(30)])
    counter = FurnitureCounter(most_pages=most)
    for number, document in enumerate(site):
        for small in range(100):
            host = f"host-{number}-{small}.org"
            counter.add(replace(document, host=host, document_id=identify(host)))
            assert sum(map(len, counter._pages.values())) == counter._count <= most
        if number > 5:  # by then it has pages enough not to be forgotten
            assert HOST in counter.hosts()
        for each in site[: number + 1]:
            counter.add(each)
    assert list(counter.result()) == [HOST]
    assert counter.furniture(HOST) == counted(site).furniture(HOST)


def test_many_large_hosts_share_the_room(make_text: TextMaker) -> None:
    """Samples shrink, and only then are hosts forgotten, the smallest first."""
    most = 10 * FEWEST_SAMPLED
    blank = pages(make_text, [[own(page, 0), paragraph(ADDRESS)] for page in range(100)])
    counter = FurnitureCounter(most_pages=most)
    for number in range(20):
        for page, document in enumerate(blank[: 100 if number % 4 else 20]):
            host = f"host-{number:02}.org"
            counter.add(replace(document, host=host, document_id=identify(f"{host}{page}")))
            assert counter._count <= most
    sizes = [len(pages) for pages in counter._pages.values()]
    assert sum(sizes) == counter._count
    assert 3 * most // 4 - FEWEST_SAMPLED <= counter._count
    assert max(sizes) == FEWEST_SAMPLED
    assert sorted(counter.result()) == counter.hosts()


SENTENCES = [COOKIES, ADDRESS, FORMULA, NEWSLETTER, "The lake is deep.", "It rains a lot there."]
SITES = st.lists(
    st.lists(st.sampled_from(SENTENCES), max_size=5),
    min_size=1,
    max_size=25,
)


@given(SITES, st.randoms(use_true_random=False), st.integers(0, 25))
def test_neither_order_nor_sharing_out_matters(
    make_text: TextMaker, bodies: list[list[str]], order: random.Random, cut: int
) -> None:
    documents = pages(
        make_text, [[own(n, 0), *map(paragraph, texts)] for n, texts in enumerate(bodies)]
    )
    documents += [replace(each, blocks=each.blocks[:1]) for each in documents[:3]]  # fetched again
    expected = counted(documents).furniture(HOST)
    order.shuffle(documents)
    assert counted(documents).furniture(HOST) == expected
    one, other = counted(documents[:cut]), counted(documents[cut:])
    one.merge(other)
    one.merge(other)
    assert one.furniture(HOST) == expected


@given(SITES)
def test_edges_are_dropped_as_a_simple_reader_would(
    make_text: TextMaker, bodies: list[list[str]]
) -> None:
    """Oracle: count texts; all pages have text of their own."""
    documents = pages(
        make_text,
        [[own(n, 0), own(n, 1), *map(paragraph, dict.fromkeys(body))] for n, body in enumerate(bodies)],
    )  # fmt: skip
    counts = {text: sum(text in body for body in bodies) for text in SENTENCES}
    often = {text for text, count in counts.items() if count >= max(5, 0.2 * len(bodies))}
    always = {text for text, count in counts.items() if count >= max(5, 0.5 * len(bodies))}
    for document, texts in zip(documents, cleaned(documents), strict=True):
        expected = [block.text for block in document.blocks]
        while expected[-1] in often:
            expected.pop()
        assert texts == [text for text in expected if text not in always]
