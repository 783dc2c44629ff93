"""A page's claim of another address is believed only where both are plainly one page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.canonical import choose_address
from corpora.urls import host_of, identity_key, normalise_url


@pytest.mark.parametrize(
    ("url", "claim"),
    [
        ("https://example.org/a?print=1", "https://example.org/a"),
        ("https://example.org/a?ref=home&sort=date", "https://example.org/a"),
        ("https://example.org/a?id=5&print=1", "https://example.org/a?id=5"),
        ("https://example.org/a/", "https://example.org/a"),
        ("https://example.org/a", "https://example.org/a/"),
        ("https://example.org/A.html", "https://example.org/a"),
        ("https://example.org/news/a/amp/", "https://example.org/news/a"),
        ("https://example.org/print/news/a", "https://example.org/news/a"),
        ("https://example.org/news/a.amp", "https://example.org/news/a.html"),
        ("https://m.example.org/a", "https://www.example.org/a"),
        ("https://example.org/a", "https://www.example.org/a"),
        ("https://www.example.org/", "https://example.org/"),
        ("https://example.org:8443/a/", "https://example.org:8443/a"),
    ],
)
def test_believed(url: str, claim: str) -> None:
    assert choose_address(url, claim) == claim


@pytest.mark.parametrize(
    ("url", "claim"),
    [
        # Another site's name, however it is written.
        ("https://evil.example/a", "https://who.int/a"),
        ("https://who.int.evil.example/a", "https://who.int/a"),
        ("https://alice.github.io/a", "https://github.io/a"),
        ("https://alice.github.io/a", "https://bob.github.io/a"),
        ("https://evil.example/a", "//who.int/a"),
        ("https://evil.example/a", "https://who.int@evil.example:8443/a"),
        ("https://m.org/a", "https://org/a"),
        ("https://example.org/a", "https://example.org:8443/a"),
        ("https://example.org/a", "https://docs.example.org/a"),
        ("https://docs.example.org/a", "https://example.org/a"),
        # Home, login and error pages.
        ("https://example.org/a", "https://example.org/"),
        ("https://example.org/a", "https://www.example.org/index.html"),
        ("https://example.org/en/", "https://example.org/"),
        ("https://example.org/a", "https://example.org/login?next=/a"),
        ("https://example.org/a", "https://example.org/404.html"),
        # Other people's folders and other editions.
        ("https://example.edu/~alice/law", "https://example.edu/law"),
        ("https://example.edu/~alice/law", "https://example.edu/~bob/law"),
        ("https://example.org/view/alice/a", "https://example.org/view/bob/a"),
        ("https://example.org/fr/about", "https://example.org/about"),
        ("https://example.org/2.0/guide", "https://example.org/3.0/guide"),
        ("https://example.org/a/2", "https://example.org/a"),
        # What tells pages apart.
        ("https://example.org/a?id=5", "https://example.org/a"),
        ("https://example.org/a?id=5", "https://example.org/a?id=6"),
        ("https://example.org/a?page=2", "https://example.org/a"),
        ("https://example.org/a?lang=fr", "https://example.org/a"),
        ("https://example.org/a", "https://example.org/a?id=5"),
        # No address at all.
        ("https://example.org/a", None),
        ("https://example.org/a", ""),
        ("https://example.org/a", "  "),
        ("https://example.org/a", "javascript:alert(1)"),
        ("https://example.org/a", "http://[::1"),
        ("https://example.org/a", "undefined://x"),
        ("https://example.org/a", "\ud800"),
        ("https://example.org/a", "ftp://example.org/a"),
    ],
)
def test_not_believed(url: str, claim: str | None) -> None:
    assert choose_address(url, claim) == url


def test_relative_claims_are_read_from_the_page() -> None:
    assert choose_address("https://example.org/b/a?print=1", "a") == "https://example.org/b/a"
    assert choose_address("https://example.org/b/a?print=1", "/b/a#x") == "https://example.org/b/a"


def test_the_address_that_was_seen_to_work_stays_where_both_are_one_identity() -> None:
    assert choose_address("http://example.org/a", "https://example.org/a") == "http://example.org/a"


def test_what_is_no_address_stays() -> None:
    assert choose_address("urn:x", "https://example.org/a") == "urn:x"
    assert choose_address("", None) == ""


_addresses = st.from_regex(
    r"https?://(www\.|m\.|a\.)?(example|b)\.org(/(a|b|amp|~u|index\.html|\.html)){0,3}/?"
    r"(\?(id|print|q)=[01](&(id|ref)=1)?)?",
    fullmatch=True,
)


@given(_addresses, _addresses | st.text(max_size=20))
def test_a_page_never_leaves_its_host(url: str, claim: str) -> None:
    chosen = choose_address(url, claim)

    def bare(address: str) -> str:
        return str(host_of(address)).removeprefix("m.").removeprefix("www.").removeprefix("m.")

    assert bare(chosen) == bare(url)
    assert chosen == normalise_url(chosen)
    # A page that is seen again under the address it claimed stays there.
    assert identity_key(choose_address(chosen, claim)) == identity_key(chosen)
