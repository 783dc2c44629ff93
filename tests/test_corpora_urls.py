"""One spelling per page, and hosts as browsers see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.urls import host_of, identity_key, join_url, normalise_url


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        (" HTTP://Example.ORG:80/a/./b/../c#frag ", "http://example.org/a/c"),
        ("https://user:secret@example.org", "https://example.org/"),
        ("https://example.org./x", "https://example.org/x"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.org/?utm_source=a&q=1&fbclid=z", "https://example.org/?q=1"),
        ("https://example.org/?PHPSESSID=1", "https://example.org/"),
        ("https://example.org/?q=utm_source", "https://example.org/?q=utm_source"),
        ("https://example.org/?b=2&a=1&", "https://example.org/?b=2&a=1&"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("ftp://example.org/", None),
        ("mailto:a@b.c", None),
        ("dns:example.org", None),
        ("//example.org/", None),
        ("https://", None),
        ("https://exa mple.org/", None),
        ("http://[::1", None),
        ("", None),
    ],
)
def test_normalised_spelling(url: str, normal: str | None) -> None:
    assert normalise_url(url) == normal


@given(st.text(max_size=40) | st.text(max_size=20).map("https://example.org/".__add__)
       | st.text(max_size=20).map("http://".__add__))  # fmt: skip
def test_normalising_never_fails_and_is_stable(url: str) -> None:
    normal = normalise_url(url)
    if normal is not None:
        assert normalise_url(normal) == normal
        assert host_of(normal)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://who.int.evil.com/who.int", "who.int.evil.com"),
        ("https://who.int@evil.com/", "evil.com"),
        ("https://evil.com\\@who.int/", "evil.com"),
        ("https://WHO.INT./", "who.int"),
        ("mailto:a@who.int", None),
        ("nonsense", None),
    ],
)
def test_hosts_are_what_browsers_would_visit(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_http_and_https_share_one_identity() -> None:
    assert identity_key("http://example.org/x") == identity_key("https://example.org/x")
    assert identity_key("https://example.org/x") != identity_key("https://example.org/y")


def test_references_are_resolved_against_their_page() -> None:
    assert join_url("https://example.org/a/b", "../c?d#e") == "https://example.org/c?d"
    assert join_url("https://example.org/a/b", "//other.org") == "https://other.org/"
    assert join_url("https://example.org/", "javascript:void(0)") is None
    assert join_url("not a base", "c") is None
