"""What a payload is: HTML, plain text, PDF, an office file, or nothing we read."""

import re
from enum import StrEnum

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_XML_TYPES = frozenset({"text/xml", "application/xml"})
_PDF_TYPES = frozenset(
    {"application/pdf", "application/x-pdf", "application/acrobat", "application/vnd.pdf",
     "applications/vnd.pdf", "text/pdf", "text/x-pdf"}
)  # fmt: skip
_OFFICE_TYPES = frozenset(
    {"application/epub+zip", "application/epub", "application/msword", "application/vnd.ms-excel",
     "application/vnd.ms-powerpoint"}
)  # fmt: skip
_OFFICE_FAMILIES = (
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.sun.xml.",
    "application/vnd.ms-word.",
    "application/vnd.ms-excel.",
    "application/vnd.ms-powerpoint.",
)
_UNKNOWN_TYPES = frozenset({"", "unknown/unknown", "application/unknown", "*/*"})
# Servers say so of what is to be saved; what it is, only its bytes tell.
_DOWNLOAD_TYPES = frozenset(
    {"application/octet-stream", "application/binary", "application/download",
     "application/force-download", "application/save", "application/x-download",
     "application/x-octet-stream", "binary/octet-stream"}
)  # fmt: skip
_HTML_START = re.compile(
    rb"(?:<\?xml[^>]{0,256}>\s*)?(?:<!--.{0,1024}?-->\s*)?"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|style|div|table|h1|p|a|br)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_XHTML = re.compile(rb"<!doctype\s+html[\s>]|<html[\s>]", re.IGNORECASE)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_PDF_START = b"%PDF-"
_ZIP_START = b"PK\x03\x04"
_BINARY_STARTS = (
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"RIFF",
    b"\xd0\xcf\x11\xe0",
)
_OFFICE_MARKS = (
    b"[Content_Types].xml",
    b"mimetypeapplication/vnd.oasis.opendocument.",
    b"mimetypeapplication/epub+zip",
)
HEAD_BYTES = 1445
"""As much of a payload is looked at: what the WHATWG MIME sniffing standard reads."""


class Media(StrEnum):
    """What can be read as a page."""

    HTML = "html"
    TEXT = "text"
    PDF = "pdf"
    OFFICE = "office"
    """Word, PowerPoint, OpenDocument, EPUB: what exactly, its content says."""


def is_readable_type(content_type: str) -> bool:
    """Whether a payload declared as `content_type` may be a page, so that reading it pays."""
    essence = _essence(content_type)
    return (
        essence in _HTML_TYPES
        or essence == "text/plain"
        or essence in _UNKNOWN_TYPES
        or essence in _XML_TYPES
        or essence in _PDF_TYPES
        or essence in _DOWNLOAD_TYPES
        or _is_office_type(essence)
    )


def is_html_type(content_type: str) -> bool:
    """Whether a payload is declared as HTML."""
    return _essence(content_type) in _HTML_TYPES


def media_of(content_type: str, payload: bytes) -> Media | None:
    """What the payload is, by its declared type, checked against its first bytes.

    Without a declared type the bytes alone decide, as in browsers. Declared pages that are
    plainly images, archives or PDF are refused, and so is declared PDF that is none.
    """
    head = payload[:HEAD_BYTES]
    essence = _essence(content_type)
    if head.startswith(_BINARY_STARTS):
        return None
    if head.lstrip().startswith(_PDF_START):
        return Media.PDF if essence in _PDF_TYPES or _is_open(essence) else None
    if head.startswith(_ZIP_START):
        is_office = any(mark in head for mark in _OFFICE_MARKS)
        is_declared = _is_office_type(essence) or (_is_open(essence) and is_office)
        return Media.OFFICE if is_declared else None
    return _media_of_text(essence, head)


def _media_of_text(essence: str, head: bytes) -> Media | None:
    if essence in _HTML_TYPES:
        return Media.HTML
    if essence in _XML_TYPES:
        return Media.HTML if _XHTML.search(head) else None
    if b"\x00" in head and not head.startswith(_MARKS):
        return None
    if essence in _UNKNOWN_TYPES:
        return Media.HTML if _looks_like_html(head) else Media.TEXT
    return Media.TEXT if essence == "text/plain" else None


def charset_parameter(content_type: str) -> str | None:
    """The charset in a Content-Type header; None without one."""
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip():
            return value.strip().strip("\"'")
    return None


def _looks_like_html(head: bytes) -> bool:
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return _HTML_START.match(head.lstrip()) is not None


def _is_open(essence: str) -> bool:
    """Whether the declared type leaves open what it is."""
    return essence in _UNKNOWN_TYPES or essence in _DOWNLOAD_TYPES


def _is_office_type(essence: str) -> bool:
    return essence in _OFFICE_TYPES or essence.startswith(_OFFICE_FAMILIES)


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
