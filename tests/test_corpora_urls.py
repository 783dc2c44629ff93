"""One spelling per page, one identity per page, and hosts as browsers see them."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpora.urls import host_of, identity_key, join_url, normalise_url

S32 = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        (" HTTP://Example.ORG:80/a/./b/../c#frag ", "http://example.org/a/c"),
        ("https://user:secret@example.org", "https://example.org/"),
        ("https://example.org./x", "https://example.org/x"),
        ("https://example.org:443/x", "https://example.org/x"),
        ("https://example.org:80/x", "https://example.org:80/x"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://bücher.example/ü", "https://xn--bcher-kva.example/%C3%BC"),
        ("https://example.org/?utm_source=a&q=1&fbclid=z", "https://example.org/?q=1"),
        ("https://example.org/?PHPSESSID=1", "https://example.org/"),
        ("https://example.org/?q=utm_source", "https://example.org/?q=utm_source"),
        ("https://example.org/?b=2&a=1&", "https://example.org/?b=2&a=1&"),
        ("https://example.org/?", "https://example.org/"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/#!/about", "https://example.org/"),
        ("https://example.org/index.html", "https://example.org/index.html"),
        ("https://example.org/a//b", "https://example.org/a//b"),
        ("https://example.org/a;jsessionid=1A2B?q=1", "https://example.org/a?q=1"),
        ("https://example.org/a;JSESSIONID=1A2B.node/b", "https://example.org/a/b"),
        ("https://example.org/a;v=1", "https://example.org/a;v=1"),
        ("https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
        ("https://example.org/wiki/Set_(S(x))", "https://example.org/wiki/Set_(S(x))"),
        (f"https://example.org/?sid={S32}&t=1", "https://example.org/?t=1"),
        (f"https://example.org/?s={S32}", "https://example.org/"),
        ("https://example.org/?sid=42", "https://example.org/?sid=42"),
        ("https://example.org/?s=cafe", "https://example.org/?s=cafe"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[0:0::1]:80/", "http://[::1]/"),
        ("https:\\\\example.org\\a", "https://example.org/a"),
        ("https://exa\tmple.org/a\nb", "https://example.org/ab"),
        ("ftp://example.org/", None),
        ("mailto:a@b.c", None),
        ("dns:example.org", None),
        ("//example.org/", None),
        ("https://", None),
        ("https://exa mple.org/", None),
        ("https://example.org:99999/", None),
        ("http://[::1", None),
        ("http://\ud800.org/", None),
        ("", None),
    ],
)
def test_normalised_spelling(url: str, normal: str | None) -> None:
    assert normalise_url(url) == normal


@pytest.mark.parametrize(
    "parameter",
    """utm_source utm_medium utm_campaign utm_id gclid gclsrc dclid gbraid wbraid gad_source
    srsltid fbclid fb_action_ids msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh mc_cid
    mc_eid mkt_tok _hsenc _hsmi __hssc __hstc __hsfp hsCtaTracking vero_id oly_enc_id s_kwcid
    ef_id epik _openstat pk_campaign piwik_kwd mtm_source matomo_campaign ga_source at_medium
    xtor cmpid wt_mc _ga _gl _ke _kx spm spm_id_from vd_source guccounter guce_referrer
    __twitter_impression ref_src ref_url wickedid ml_subscriber PHPSESSID jsessionid
    ASPSESSIONIDQACRDS sessionid CFID CFTOKEN zenid osCsid""".split(),
)  # fmt: skip
def test_tracking_and_sessions_leave(parameter: str) -> None:
    assert normalise_url(f"https://example.org/a?q=1&{parameter}=x&b=") == (
        "https://example.org/a?q=1&b="
    )


@pytest.mark.parametrize(
    "parameter",
    """id q p page uid sid s source keyword ref lang v t title oldid eid aid session from
    glid utm campaign gs_x ga view tab year sort""".split(),
)
def test_what_may_tell_pages_apart_stays(parameter: str) -> None:
    url = f"https://example.org/?{parameter}=12"
    assert normalise_url(url) == url
    assert identity_key(url) != identity_key("https://example.org/")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/x", "https://example.org/x"),
        ("http://example.org:80/x", "https://example.org:443/x"),
        ("https://EXAMPLE.org./x#a", "https://example.org/x"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/", "https://example.org/index.html"),
        ("https://example.org/", "https://example.org/Default.aspx"),
        ("https://example.org/a/", "https://example.org/a/index.php"),
        ("https://example.org/a/?id=1", "https://example.org/a/index.php?id=1"),
        ("https://example.org/a/b", "https://example.org/a//b"),
        ("https://example.org/a/b", "https://example.org//a/./b"),
        ("https://example.org/~a", "https://example.org/%7Ea"),
        ("https://example.org/caf%C3%A9", "https://example.org/café"),
        ("https://example.org/caf%c3%a9", "https://example.org/caf%C3%A9"),
        ("https://example.org/?a=1&b=2", "https://example.org/?b=2&a=1"),
        ("https://example.org/?a=1", "https://example.org/?a=1&"),
        ("https://example.org/?a=1", "https://example.org/?&a=1&&"),
        ("https://example.org/?a", "https://example.org/?a="),
        ("https://example.org/?q=a+b", "https://example.org/?q=a%20b"),
        ("https://example.org/?q=é", "https://example.org/?q=%c3%a9"),
        ("https://example.org/?utm_source=x", "https://example.org/"),
        ("https://example.org/a;jsessionid=1", "https://example.org/a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_one_page_has_one_identity(one: str, other: str) -> None:
    assert _key(one) == _key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/x", "https://example.org/y"),
        ("https://example.org/x", "https://example.org/X"),
        ("https://example.org/x", "https://example.com/x"),
        ("https://example.org/x", "https://www.example.org/x"),
        ("https://example.org/x", "https://example.org/x/"),
        ("https://example.org/x", "https://example.org:8443/x"),
        ("https://example.org/x", "https://example.org/x.html"),
        ("https://example.org/a/b", "https://example.org/a%2Fb"),
        ("https://example.org/", "https://example.org/index.de.html"),
        ("https://example.org/", "https://example.org/index.php/a"),
        ("https://example.org/", "https://example.org/xindex.html"),
        ("https://example.org/?id=1", "https://example.org/?id=2"),
        ("https://example.org/?id=1", "https://example.org/?ID=1"),
        ("https://example.org/?q=a+b", "https://example.org/?q=a%2Bb"),
        ("https://example.org/?q=a%26b=1", "https://example.org/?q=a&b=1"),
        ("https://example.org/?q=%E9", "https://example.org/?q=%C3%A9"),
        ("https://example.org/w/http://a.org/", "https://example.org/w/http:/a.org//"),
        ("https://example.org/a;v=1", "https://example.org/a;v=2"),
        ("https://example.org/?a=1;b=2", "https://example.org/?b=2;a=1"),
    ],
)
def test_two_pages_keep_two_identities(one: str, other: str) -> None:
    assert _key(one) != _key(other)


def test_keys_of_another_kind_stay() -> None:
    assert identity_key("doi:10.1/ABC//x?b&a") == "doi:10.1/ABC//x?b&a"
    assert identity_key("paper:folder/1") == "paper:folder/1"


_urls = (
    st.text(max_size=40)
    | st.text(max_size=20).map("https://example.org/".__add__)
    | st.text(max_size=20).map("http://".__add__)
    | st.text("/?&=;%.#+2F7ea~:()S'[]|é", max_size=30).map("https://example.org/".__add__)
)


@given(_urls)
@example("https://example.org/;sid=/;sid=1")
@example("https://example.org/(S(0123456789abcdefg))/(S(0123456789abcdefg))/x")
@example("https://example.org/;;sid=sid=1")
def test_normalising_never_fails_and_is_stable(url: str) -> None:
    normal = normalise_url(url)
    if normal is not None:
        assert normalise_url(normal) == normal
        assert host_of(normal)
        assert normal.isascii()


@given(_urls)
@example("https://example.org/index.html%2F")
@example("https://example.org//%2F/index%2Ehtml?%")
@example("https://example.org/:/%2f//")
def test_identities_are_stable(url: str) -> None:
    normal = normalise_url(url)
    if normal is not None:
        key = identity_key(normal)
        assert identity_key(key) == key
        assert host_of(key) == host_of(normal)
        # Nothing but slashes, index pages, empty parameters and their order is lost.
        assert sorted(_letters(key)) == sorted(_letters(normal))


@given(
    st.lists(st.tuples(st.text("abé &=+%", min_size=1, max_size=3), st.text("1é+ ", max_size=2)))
)
def test_the_order_of_parameters_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    def address(order: list[tuple[str, str]]) -> str:
        query = "&".join(f"{_quote(name)}={_quote(value)}" for name, value in order)
        return f"https://example.org/?{query}"

    assert _key(address(pairs)) == _key(address(pairs[::-1]))


@pytest.mark.parametrize("part", ["a", "/", "%", "%41", "&", "a=1&", ";sid=1", "/(S(", "é", "="])
def test_a_long_address_takes_no_time(part: str) -> None:
    normal = normalise_url("https://example.org/" + part * 50_000)
    queried = normalise_url("https://example.org/?" + part * 50_000)
    for url in (normal, queried):
        if url is not None:
            assert identity_key(url)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://who.int.evil.com/who.int", "who.int.evil.com"),
        ("https://who.int@evil.com/", "evil.com"),
        ("https://evil.com\\@who.int/", "evil.com"),
        ("https://WHO.INT./", "who.int"),
        ("mailto:a@who.int", None),
        ("nonsense", None),
        ("http://\ud800", None),
    ],
)
def test_hosts_are_what_browsers_would_visit(url: str, host: str | None) -> None:
    assert host_of(url) == host


def test_references_are_resolved_against_their_page() -> None:
    assert join_url("https://example.org/a/b", "../c?d#e") == "https://example.org/c?d"
    assert join_url("https://example.org/a/b", "//other.org") == "https://other.org/"
    assert join_url("https://example.org/", "javascript:void(0)") is None
    assert join_url("not a base", "c") is None
    assert join_url("https://example.org/", "\ud800") is None


def _key(url: str) -> str:
    normal = normalise_url(url)
    assert normal is not None
    return identity_key(normal)


def _letters(url: str) -> str:
    """What must survive: letters and digits of path and query, percent-decoded as bytes."""
    rest = re.sub(
        r"/(?:index|default)\.\w+(?=\?|$)", "/", unquote(url.partition("//")[2], "latin-1")
    )
    return re.sub(r"[^A-Za-z0-9]", "", rest)


def _quote(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())
