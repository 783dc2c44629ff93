"""What a page says about itself, and what it hides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.page import Page, read_page

URL = "https://example.org/a/page"


def page(html: str, url: str | None = URL) -> Page:
    return read_page(html, url)


@pytest.mark.parametrize(
    "hidden",
    [
        "<div style='display:none'>SECRET</div>",
        "<div style='color:red; DISPLAY : None !important'>SECRET</div>",
        "<div style='display:/**/none'>SECRET</div>",
        "<p style='visibility:hidden'>SECRET</p>",
        "<p style='visibility: collapse'>SECRET</p>",
        "<p style='font-size:0'>SECRET</p>",
        "<p style='font-size: 0.0px; color: red'>SECRET</p>",
        "<p style='font-size:0%!important'>SECRET</p>",
        "<p hidden>SECRET</p>",
        "<p hidden=hidden>SECRET</p>",
        "<template><p>SECRET</p></template>",
        "<noscript><p>SECRET</p></noscript>",
        "<dialog>SECRET</dialog>",
        "<div hidden><div hidden><p style='display:none'>SECRET</p></div>SECRET</div>",
        "<div hidden><noscript><p style='font-size:0'>SECRET</p></noscript></div>",
        "<a href='/x' hidden>SECRET</a>",
    ],
)
def test_hidden_elements_are_gone(hidden: str) -> None:
    found = page(f"<body><p>before</p>{hidden}<p>after</p></body>")
    assert "SECRET" not in found.html
    assert "before" in found.html
    assert "after" in found.html


@pytest.mark.parametrize(
    "shown",
    [
        "<p style='font-size:0.9em'>SHOWN</p>",
        "<p style='font-size:10px'>SHOWN</p>",
        "<p style='--x-display:none'>SHOWN</p>",
        "<p style='display:block'>SHOWN</p>",
        "<p style>SHOWN</p>",
        "<dialog open>SHOWN</dialog>",
        "<p hidden=until-found>SHOWN</p>",
        "<details><summary>x</summary>SHOWN</details>",
    ],
)
def test_what_only_looks_hidden_stays(shown: str) -> None:
    assert "SHOWN" in page(f"<body>{shown}</body>").html


def test_a_page_hidden_as_a_whole_until_its_script_runs_stays() -> None:
    assert "SHOWN" in page("<html style='display:none'><body hidden><p>SHOWN").html


def test_ten_thousand_nested_hidden_elements() -> None:
    found = page("<p>x</p>" + "<div hidden>" * 10_000 + "SECRET")
    assert "SECRET" not in found.html
    assert "<p>x</p>" in found.html


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>Page</title>", "Page"),
        ("<title>\n Two \n lines </title>", "Two lines"),
        ("<title>Ice - Site</title><h1>Ice</h1>", "Ice"),
        ("<meta property='og:site_name' content='Site'><title>Ice | Site</title>", "Ice"),
        ("<title>Ice | Other</title>", "Ice | Other"),
        ("<title>Ice cream - Site</title><h1>Ice</h1>", "Ice cream - Site"),
        ("<title>Site: All | Ice</title><h1>Ice</h1>", "Ice"),
        ("<meta property='og:title' content='8. Ice'><title>8. Ice — Docs</title>", "8. Ice"),
        ("<h1>Only a heading¶</h1>", "Only a heading"),
        ("<meta property='og:title' content='From meta'><h1>x</h1>", "From meta"),
        ("<svg><title>Icon</title></svg><h1>Real</h1>", "Real"),
        ("<h1 hidden>SECRET</h1><h1>Real</h1>", "Real"),
        ("<title></title>", None),
        ("", None),
    ],
)
def test_titles(html: str, title: str | None) -> None:
    assert page(html).title == title


@pytest.mark.parametrize(
    ("html", "language"),
    [
        ("<html lang=en>", "en"),
        ("<html lang='de-AT'>", "de"),
        ("<html lang=' FR_fr '>", "fr"),
        ("<html lang=english>", None),
        ("<html lang>", None),
        ("<p lang=en>", None),
    ],
)
def test_languages(html: str, language: str | None) -> None:
    assert page(html).language == language


def test_base_addresses_are_respected() -> None:
    found = page("<base href='/other/'><link rel=canonical href='y'>")
    assert found.base == "https://example.org/other/"
    assert found.canonical_url == "https://example.org/other/y"


@pytest.mark.parametrize(
    ("html", "canonical"),
    [
        ("<link rel=canonical href='/x?utm_source=y'>", "https://example.org/x"),
        ("<link rel='Canonical alternate' href='https://o.example/'>", "https://o.example/"),
        ("<link rel=canonical href=''>", None),
        ("<link rel=canonical href='ftp://x/'>", None),
        ("<link rel=alternate href='/x'>", None),
    ],
)
def test_canonical_addresses(html: str, canonical: str | None) -> None:
    assert page(html).canonical_url == canonical


FRAGMENTS = st.sampled_from(
    [
        "<div hidden>",
        "</div>",
        "<p style='display:none'>",
        "<title>",
        "<a href='",
        "'>",
        "<!--",
        "-->",
        "<svg>",
        "<template>",
        "</template>",
        "&#xD800;",
        "\x00",
        "\ud800",
        "<table><tr>",
        "<base href='//",
        "<link rel=canonical href=x>",
        "text ",
        "<html lang=en style=x>",
        "<h1>",
    ]
)


@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=20)), max_size=30).map("".join))
def test_no_page_breaks_it_and_nothing_hidden_survives(html: str) -> None:
    found = page(html)
    assert '<p style="display:none"' not in found.html
    assert '<div hidden=""' not in found.html
    assert "\x00" not in (found.title or "").encode().decode()
