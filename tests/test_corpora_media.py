"""What a payload is: the declared type and the first bytes have to agree."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.media import HEAD_BYTES, Media, is_readable_type, media_of

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
XHTML = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 '
    b'Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
    b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>'
)


def zipped(*names: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in names:
            archive.writestr(name, content)
    return buffer.getvalue()


WORD = zipped(("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"))
OPEN = zipped(("mimetype", ODT.encode()), ("content.xml", b"<office/>"))
EPUB = zipped(("mimetype", b"application/epub+zip"), ("META-INF/container.xml", b"<c/>"))
OTHER = zipped(("readme.txt", b"hello"))


@pytest.mark.parametrize(
    ("content_type", "payload", "media"),
    [
        ("application/pdf", PDF, Media.PDF),
        ("Application/PDF; qs=0.001", b"\r\n" + PDF, Media.PDF),
        ("application/x-pdf", PDF, Media.PDF),
        ("application/octet-stream", PDF, Media.PDF),
        ("application/force-download", PDF, Media.PDF),
        ("", PDF, Media.PDF),
        ("text/html", PDF, None),
        ("text/plain", PDF, None),
        ("application/pdf", b"<html>please log in</html>", None),
        ("application/pdf", b"", None),
        (DOCX, WORD, Media.OFFICE),
        (PPTX, WORD, Media.OFFICE),
        (ODT, OPEN, Media.OFFICE),
        ("application/epub+zip", EPUB, Media.OFFICE),
        ("application/msword", WORD, Media.OFFICE),
        ("application/octet-stream", WORD, Media.OFFICE),
        ("", EPUB, Media.OFFICE),
        ("application/octet-stream", OTHER, None),
        ("application/zip", OTHER, None),
        ("text/html", WORD, None),
        (DOCX, b"<html>", None),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ("application/octet-stream", b"<html>", None),
        ("application/octet-stream", b"words", None),
        ("text/xml", XHTML, Media.HTML),
        ("application/xml; charset=utf-8", XHTML, Media.HTML),
        ("application/xml", b'<html xmlns="http://www.w3.org/1999/xhtml">', Media.HTML),
        ("text/xml", b"<?xml version='1.0'?><rss/>", None),
        ("image/svg+xml", b"<svg/>", None),
        ("text/html", b"\x1f\x8b\x08", None),
    ],
)
def test_type_and_bytes_have_to_agree(
    content_type: str, payload: bytes, media: Media | None
) -> None:
    assert media_of(content_type, payload) is media


@given(
    content_type=st.sampled_from(["text/html", "text/plain", "", "application/pdf", DOCX, "x/y"]),
    payload=st.sampled_from([PDF, WORD, EPUB, b"<html>", b"words"]),
    rest=st.binary(max_size=50),
)
def test_only_the_beginning_counts_and_only_readable_types_are_read(
    content_type: str, payload: bytes, rest: bytes
) -> None:
    media = media_of(content_type, payload)
    padded = payload + b"\n" * HEAD_BYTES
    assert media_of(content_type, padded + rest) is media_of(content_type, padded)
    assert media is None or is_readable_type(content_type)
