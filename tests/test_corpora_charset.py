"""Encodings as browsers choose them, and bodies as servers encode them."""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.charset import codec_of, decode
from corpora.http_payload import BadPayload, decode_body
from corpora.media import Media, charset_parameter, is_readable_type, media_of

RUSSIAN = "Доверие выигрывает при равенстве, но не покупает места. " * 20
JAPANESE = (
    "日本国憲法は、日本の現行の憲法典である。国民主権に基づいて象徴天皇制を採り、"
    "個人の尊厳を基礎に基本的人権の尊重を掲げて各種の憲法上の権利を保障した。"
)
FRENCH = "La confiance a été préférée à égalité, où le général était déjà élu. "
POLISH = "Zaufanie wygrywa przy równości, lecz nie kupuje miejsca: żółta łąka, źródło. "
LIMIT = 10_000


def decoded_body(body: bytes, transfer: str, content: str, limit: int) -> bytes:
    return decode_body(body, transfer, content, limit).content


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        (" utf8 ", "utf-8"),
        ("'iso-8859-1'", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("gb2312", "gb18030"),
        ("x-sjis", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("big5", "big5hkscs"),
        ("utf-16", "utf-16-le"),
        ("koi8_r", "koi8-r"),
        ("utf-7", None),
        ("hz-gb-2312", None),
        ("rot13", None),
        ("base64", None),
        ("", None),
        ("no such thing", None),
        ("\x00", None),
    ],
)
def test_labels_mean_what_browsers_take_them_for(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


def test_order_is_mark_then_header_then_meta() -> None:
    page = "<meta charset=windows-1251><p>Привет</p>"
    assert decode(page.encode("cp1251"), None) == page
    assert decode(page.encode("koi8-r"), "koi8-r") == page
    assert decode(b"\xef\xbb\xbf" + page.encode(), "koi8-r") == page
    assert decode(b"\xff\xfe" + page.encode("utf-16-le"), None) == page


def test_meta_variants() -> None:
    for meta in (
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">',
        "<META CHARSET = 'CP1251' />",
        '<?xml version="1.0" encoding="windows-1251"?>',
    ):
        page = f"{meta}<p>Привет</p>"
        assert decode(page.encode("cp1251"), None) == page


def test_meta_cannot_say_utf16() -> None:
    page = "<meta charset=utf-16><p>Привет</p>"
    assert decode(page.encode(), None) == page


def test_a_wrong_header_gives_way_to_a_right_meta() -> None:
    page = f"<meta charset=windows-1251>{RUSSIAN}"
    assert decode(page.encode("cp1251"), "utf-8") == page


def test_few_bad_bytes_do_not_change_the_declared_encoding() -> None:
    body = RUSSIAN.encode() + b"\xff"
    assert decode(body, "utf-8") == RUSSIAN + "\ufffd"


def test_a_character_cut_off_at_the_end_is_no_error() -> None:
    assert decode(JAPANESE.encode()[:-1], "utf-8") == JAPANESE[:-1]


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "cp932"),
        (FRENCH, "cp1252"),
        (POLISH, "cp1250"),
    ],
)
def test_undeclared_encodings_are_detected(text: str, codec: str) -> None:
    page = "<html><body>" + "<script>var x;</script>" * 900 + text + "</body></html>"
    assert decode(page.encode(codec), None) == page
    assert decode(page.encode(codec), "utf-8") == page


@given(st.binary(max_size=400), st.none() | st.text(max_size=12))
def test_decoding_never_fails(payload: bytes, declared: str | None) -> None:
    assert isinstance(decode(payload, declared), str)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])).map(lambda text: "x" + text))
def test_valid_utf8_is_read_back_exactly(text: str) -> None:
    assert decode(text.encode(), "utf-8") == text


# Transfer and content encodings.


def chunk(body: bytes, size: int) -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%X;ext=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def deflate_raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


@given(st.binary(max_size=2000), st.integers(1, 700))
def test_every_encoding_is_undone(body: bytes, size: int) -> None:
    assert decoded_body(chunk(body, size), "chunked", "", LIMIT) == body
    assert decoded_body(gzip.compress(body), "", "gzip", LIMIT) == body
    assert decoded_body(zlib.compress(body), "", "deflate", LIMIT) == body
    assert decoded_body(deflate_raw(body), "", "deflate", LIMIT) == body
    assert decoded_body(chunk(gzip.compress(body), size), "Chunked", "X-GZip", LIMIT) == body
    assert decoded_body(gzip.compress(zlib.compress(body)), "", "deflate, gzip", LIMIT) == body
    assert decoded_body(body, "identity", "none", LIMIT) == body


def test_several_gzip_members_are_one_body() -> None:
    assert decoded_body(gzip.compress(b"a") + gzip.compress(b"b"), "", "gzip", LIMIT) == b"ab"


def test_bodies_that_were_stored_decoded_are_taken_as_they_are() -> None:
    html = b"<html>plain</html>"
    assert decoded_body(html, "chunked", "gzip", LIMIT) == html
    assert decoded_body(html, "", "deflate", LIMIT) == html


def test_a_body_that_stops_early_is_used_as_far_as_it_goes() -> None:
    body = bytes(range(256)) * 8
    chunked = decoded_body(chunk(body, 300)[:1000], "chunked", "", LIMIT)
    assert len(chunked) > 900
    assert body.startswith(chunked)
    cut = decoded_body(gzip.compress(body)[:-30], "", "gzip", LIMIT)
    assert cut
    assert body.startswith(cut)


@pytest.mark.parametrize(
    ("body", "transfer", "content", "reason"),
    [
        (gzip.compress(b"x" * (LIMIT + 1)), "", "gzip", "payload too large"),
        (gzip.compress(b"x" * LIMIT) + gzip.compress(b"x"), "", "gzip", "payload too large"),
        (zlib.compress(b"x" * (LIMIT + 1)), "", "deflate", "payload too large"),
        (gzip.compress(b"abc" * 99)[:20] + b"\xff" * 20, "", "gzip", "broken content encoding"),
        (b"\xff\xff\xff", "", "deflate", "broken content encoding"),
        (b"3\r\nabc\r\nzz\r\n", "chunked", "", "broken chunked encoding"),
        (b"abc", "", "compress", "unknown content encoding"),
    ],
)
def test_what_cannot_be_decoded_says_why(
    body: bytes, transfer: str, content: str, reason: str
) -> None:
    with pytest.raises(BadPayload) as caught:
        decoded_body(body, transfer, content, LIMIT)
    assert caught.value.reason == reason


def test_brotli_where_it_is_installed() -> None:
    brotli = pytest.importorskip("brotli")
    assert decoded_body(brotli.compress(b"abc" * 99), "", "br", LIMIT) == b"abc" * 99
    assert decoded_body(b"<html>", "", "br", LIMIT) == b"<html>"
    with pytest.raises(BadPayload, match="payload too large"):
        decoded_body(brotli.compress(b"x" * 10**7), "", "br", LIMIT)
    with pytest.raises(BadPayload, match="broken content encoding"):
        decoded_body(b"\xff\xff\xff\xff", "", "br", LIMIT)


@given(st.binary(max_size=300), st.sampled_from(["", "chunked"]),
       st.sampled_from(["", "gzip", "deflate", "br", "gzip, deflate"]))  # fmt: skip
def test_any_body_is_decoded_within_the_limit_or_refused(
    body: bytes, transfer: str, content: str
) -> None:
    try:
        decoded = decoded_body(body, transfer, content, LIMIT)
    except BadPayload:
        return
    assert len(decoded) <= LIMIT


# Media types.


@pytest.mark.parametrize(
    ("content_type", "payload", "media"),
    [
        ("text/html", b"<p>", Media.HTML),
        ("TEXT/HTML;charset=x", b"\x00", Media.HTML),
        ("application/xhtml+xml", b"<p>", Media.HTML),
        ("text/plain", b"<html>", Media.TEXT),
        ("text/plain", b"a\x00b", None),
        ("text/plain", b"\xff\xfea\x00", Media.TEXT),
        ("text/html", b"\x89PNG\r\n", None),
        ("application/json", b"{}", None),
        ("", b"<!DOCTYPE html>", Media.HTML),
        ("", b"<?xml version='1.0'?>\n<html>", Media.HTML),
        ("", b"<?xml version='1.0'?>\n<rss>", Media.TEXT),
        ("unknown/unknown", b"words", Media.TEXT),
    ],
)
def test_media_by_declaration_and_first_bytes(
    content_type: str, payload: bytes, media: Media | None
) -> None:
    assert media_of(content_type, payload) is media
    assert media is None or is_readable_type(content_type)


def test_charset_parameter() -> None:
    assert charset_parameter("text/html; x=1; Charset='UTF-8' ") == "UTF-8"
    assert charset_parameter("text/html; charset=") is None
    assert charset_parameter("text/html") is None


def test_utf8_under_a_claim_of_latin1_is_read_as_what_it_is() -> None:
    assert decode(RUSSIAN.encode(), "iso-8859-1") == RUSSIAN
    assert decode("Ångström, naïve".encode("cp1252"), "iso-8859-1") == "Ångström, naïve"
    assert decode(b"plain", "iso-8859-1") == "plain"
