"""What a payload is: HTML, plain text, or nothing we read."""

import re
from enum import StrEnum

_HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_UNKNOWN_TYPES = frozenset({"", "unknown/unknown", "application/unknown", "*/*"})
_HTML_START = re.compile(
    rb"(?:<\?xml[^>]{0,256}>\s*)?(?:<!--.{0,1024}?-->\s*)?"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|style|div|table|h1|p|a|br)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BINARY_STARTS = (
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"RIFF",
)
_HEAD_BYTES = 1445  # as many as the WHATWG MIME sniffing standard looks at


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
    return essence in _HTML_TYPES or essence == "text/plain" or essence in _UNKNOWN_TYPES


def media_of(content_type: str, payload: bytes) -> Media | None:
    """What the payload is, by its declared type, checked against its first bytes.

    Without a declared type the bytes alone decide, as in browsers. Declared pages that are
    plainly images, archives or PDF are refused.
    """
    head = payload[:_HEAD_BYTES]
    if head.startswith(_BINARY_STARTS):
        return None
    essence = _essence(content_type)
    if essence in _HTML_TYPES:
        return Media.HTML
    is_binary = b"\x00" in head and not head.startswith(_MARKS)
    if is_binary or not is_readable_type(content_type):
        return None
    if essence in _UNKNOWN_TYPES and _looks_like_html(head):
        return Media.HTML
    return Media.TEXT


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


def _essence(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
