"""Who wrote a page and when, as its metadata says."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from indexer.byline import MAX_AUTHORS, byline

FETCHED = datetime(2024, 6, 1, tzinfo=UTC)


def read(html: str) -> tuple[tuple[str, ...], date | None]:
    tree = lxml_html.document_fromstring(html or "<p>")
    return byline(tree, "https://example.org/a/page", FETCHED)


def meta_date(value: str) -> str:
    return f"<html><head><meta property='article:published_time' content='{value}'></head></html>"


def json_ld(value: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(value)}</script><p>x</p>"


@pytest.mark.parametrize(
    ("html", "published"),
    [
        (meta_date("2020-03-04T10:00:00Z"), date(2020, 3, 4)),
        (meta_date("2024-06-01"), date(2024, 6, 1)),
        (meta_date("2024-06-02"), date(2024, 6, 1)),  # east of Greenwich
        (meta_date("2024-06-03"), None),  # after it was fetched
        (meta_date("2999-01-01"), None),
        (meta_date("0000-99-99"), None),
        (meta_date("not a date"), None),
        (json_ld({"@type": "NewsArticle", "datePublished": "2021-05-06T07:08"}), date(2021, 5, 6)),
        (
            json_ld({"@graph": [{"@type": "BlogPosting", "datePublished": "2021-05-06"}]}),
            date(2021, 5, 6),
        ),
        ("<meta name=citation_publication_date content=2019/2/3>", date(2019, 2, 3)),
        ("<html><body><p>It happened on 4 March 2020 in Rome.</p></body></html>", None),
        ("<html><body><time datetime='2020-03-04'>x</time></body></html>", date(2020, 3, 4)),
        ("", None),
    ],
)
def test_dates(html: str, published: date | None) -> None:
    assert read(html)[1] == published


def test_a_date_parser_that_stumbles_leaves_no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(*_: object, **__: object) -> str:
        raise OverflowError("year is out of range")

    monkeypatch.setattr("indexer.byline.find_date", stumble)
    assert read("<p>x</p>")[1] is None


@pytest.mark.parametrize(
    ("html", "authors"),
    [
        (json_ld({"@type": "Article", "author": {"name": "Ann Writer"}}), ("Ann Writer",)),
        (json_ld({"@type": ["Article"], "author": [{"name": "Ann"}, "Bob"]}), ("Ann", "Bob")),
        (json_ld({"@type": "Article", "author": {"name": ["Ann"]}}), ("Ann",)),
        (json_ld([{"@type": "WebPage"}, {"@type": "Article", "author": "By Ann and Bob"}]),
         ("Ann", "Bob")),
        ("<meta name=author content='von Anna Müller und Bernd Maier'>",
         ("Anna Müller", "Bernd Maier")),
        ("<meta name=citation_author content='Smith, J.'><meta name=citation_author content=Li>",
         ("Smith, J.", "Li")),
        ("<meta property=article:author content='https://facebook.com/x'>", ()),
        ("<meta name=author content='   '>", ()),
        ("<script type='application/ld+json'>{broken</script><meta name=author content=Ann>",
         ("Ann",)),
        ("<p>By Ann Writer</p>", ()),
    ],
)  # fmt: skip
def test_authors(html: str, authors: tuple[str, ...]) -> None:
    assert read(html)[0] == authors


@pytest.mark.parametrize(
    "json_text",
    ["[" * 100_000, '{"@graph":' * 50_000, '{"@type": "Article", "author": ' + "[" * 5_000, "[{}]"],
)
def test_hostile_metadata_is_passed_over(json_text: str) -> None:
    html = f"<script type='application/ld+json'>{json_text}</script><meta name=author content=Ann>"
    assert read(html)[0] == ("Ann",)


@given(st.recursive(st.one_of(st.none(), st.integers(), st.text()), st.lists, max_leaves=50))
def test_any_author_value_gives_clean_names(value: object) -> None:
    authors, _ = read(json_ld({"@type": "Article", "author": value, "datePublished": value}))
    assert len(authors) <= MAX_AUTHORS
    assert all(name and name == " ".join(name.split()) for name in authors)
