"""Page source made safe to parse: bounded nesting, no embedded files; pure.

Parsers need quadratic time for a hundred thousand nested `<div>`s, multiply unclosed formatting
into every paragraph, and silently drop what lies too deep. Nobody writes such pages to be read.
"""

import re

MAX_DEPTH = 400
"""Elements inside each other; browsers stop at 512, real pages stay below a hundred."""
MAX_FORMATTING = 16
"""Formatting elements open at once: parsers open each again in every later paragraph."""

MAX_ATTRIBUTES = 300
"""Attributes of one element; parsers compare each with each."""

# Always matches up to some end, so that no page makes it scan twice. Quotes only count after an
# equals sign, as in browsers.
_ATTRIBUTES = r"(?:[^>=]+|=\s*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z))?)*+"
_TAG = re.compile(
    r"<!--(?:>|->|.*?(?:--!?>|\Z))"
    rf"|<(?P<raw>script|style|textarea|title|xmp)(?=[\s/>]){_ATTRIBUTES}(?:>|\Z)"
    r".*?(?:</(?P=raw)(?=[\s/>])|\Z)"
    rf"|<(?P<slash>/?)(?P<name>[a-z][^\s/>]*+)(?P<rest>{_ATTRIBUTES})(?:>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
# These cannot lie in each other without another element between them, or hold nothing.
_SHALLOW = frozenset(
    "a area base body br col colgroup dd dt embed frame head hr html img input li link meta "
    "option optgroup p param rp rt source tbody td tfoot th thead tr track wbr".split()
)
_FORMATTING = frozenset("b big code em font i nobr s small strike strong tt u".split())
_HIDING = re.compile(r"hidden|style|template|noscript|dialog", re.IGNORECASE)
# What looks worth reading tag by tag, which takes longer than parsing does.
_MANY_TAGS = 10_000
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{20000}")
_OPENS = re.compile(r"<(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s>]", re.I)
_CLOSES = re.compile(r"</(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)[\s>]", re.I)
_NAME = re.compile(r"[\s/]+[^\s/>=]")
_DATA_URI = re.compile(r"data:[^\"')\s>]{256,}")
_SELF_CLOSED = re.compile(
    r"<(a|div|iframe|li|noscript|p|script|span|style|td|textarea|title)((?:\s[^<>]{0,2000})?)/>"
)


def tame(html: str) -> str:
    """The same page, safe to parse.

    Files embedded as `data:` go; elements closed in the manner of XML are closed in that of HTML
    where the page is XHTML; tags below `MAX_DEPTH` go, and what they hold stays, unless they may
    hide it.

    Args:
        html: decoded page.
    """
    if "data:" in html:
        html = _DATA_URI.sub("data:,", html)
    if html[:200].lstrip().startswith("<?xml"):
        html = _SELF_CLOSED.sub(r"<\1\2></\1>", html)
    is_suspicious = (
        html.count("<") > _MANY_TAGS
        or _LONG_TAG.search(html) is not None
        or len(_OPENS.findall(html)) - len(_CLOSES.findall(html)) > MAX_FORMATTING
    )
    return flatten(html) if is_suspicious else html


def flatten(html: str) -> str:
    """Takes out the tags that go too deep, and attributes where one element has too many."""
    return _Flattener().flatten(html)


class _Flattener:
    """Counts open elements tag by tag and takes out the tags that go too deep."""

    def __init__(self) -> None:
        self._depth = 0  # open elements that stay
        self._formatting = 0  # of these, formatting ones
        self._dropped = 0  # open elements whose tags went
        self._dropped_formatting = 0
        self._hidden_at: int | None = None  # dropped elements when one opened that may hide

    def flatten(self, html: str) -> str:
        parts: list[str] = []
        end = 0  # of what is copied or left out
        for match in _TAG.finditer(html):
            was_hidden = self._hidden_at is not None
            tag = self._kept(match)
            if tag == match[0] and not was_hidden:
                continue
            if not was_hidden:
                parts.append(html[end : match.start()])
            if not was_hidden and self._hidden_at is None:
                parts.append(tag)
            end = match.end()
        if end == 0:
            return html
        if self._hidden_at is None:
            parts.append(html[end:])
        return "".join(parts)

    def _kept(self, match: re.Match[str]) -> str:
        """What stands for a tag, a comment or a script in the page that is parsed."""
        if match["name"] is None:
            return match[0]
        name, rest, closes = match["name"].lower(), match["rest"], bool(match["slash"])
        if name in _FORMATTING:
            keeps = self._close_formatting() if closes else self._open_formatting()
        elif name in _SHALLOW:
            keeps = True
        else:
            keeps = self._close() if closes else self._open(name + rest)
        if not keeps:
            return ""
        if len(rest) > MAX_ATTRIBUTES and len(_NAME.findall(rest)) > MAX_ATTRIBUTES:
            return f"<{name} hidden>" if _HIDING.search(rest) else f"<{name}>"
        return match[0]

    def _open_formatting(self) -> bool:
        if self._formatting < MAX_FORMATTING:
            self._formatting += 1
            return True
        self._dropped_formatting += 1
        return False

    def _close_formatting(self) -> bool:
        if self._dropped_formatting:
            self._dropped_formatting -= 1
            return False
        self._formatting = max(0, self._formatting - 1)
        return True

    def _open(self, tag: str) -> bool:
        if self._depth < MAX_DEPTH:
            self._depth += 1
            return True
        self._dropped += 1
        if self._hidden_at is None and _HIDING.search(tag):
            self._hidden_at = self._dropped
        return False

    def _close(self) -> bool:
        if not self._dropped:
            self._depth = max(0, self._depth - 1)
            return True
        if self._hidden_at == self._dropped:
            self._hidden_at = None
        self._dropped -= 1
        return False
