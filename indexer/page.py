"""What an HTML page says about itself; only user of selectolax.

Hidden elements are taken out here, before anyone decides which text counts: text that a reader
never sees must not be found, ranked or cited.
"""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpora.document import normalise_text
from corpora.urls import host_of, join_url
from indexer.markup import flatten, tame

_HIDDEN_STYLE = re.compile(
    r"(?<![\w-])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?:left|top|right|text-indent)\s*:\s*-\d{3,5}(?:\.\d+)?(?:px|em|rem|pt|vw)\b"
    r"|font-size\s*:\s*[+-]?(?:0++(?:\.0*+)?|\.0++)(?:[a-z]{1,4}|%)?\s*(?:;|!|$))",
    re.IGNORECASE,
)
_STYLE_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
# What "until-found" hides, a reader's own search brings up.
_HIDDEN = 'template, noscript, [hidden]:not([hidden="until-found" i]), dialog:not([open])'
_MARK = "data-auctor-hidden"
_SITE_NAME_BORDER = re.compile(r"\s+[|–—·•»:/-]+\s+")


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML page without its hidden elements.

    Attributes:
        html: what is visible, serialised again.
        title: the page's name without the site's; None when it has none.
        language: the code it declares, lowercase and without region; None without a claim.
        canonical_url: normalised; None without a claim.
        base: what its relative addresses are relative to; None when nothing says so.
    """

    html: str
    title: str | None
    language: str | None
    canonical_url: str | None
    base: str | None


def read_page(html: str, url: str | None, *, is_deep: bool = False) -> Page:
    """Reads what a page says about itself and removes hidden elements.

    Args:
        html: decoded page, however broken.
        url: its address, to resolve relative ones.
        is_deep: whether its elements turned out to lie too deep in each other.
    """
    html = html.encode("utf-8", "replace").decode("utf-8")  # no parser takes lone surrogates
    tree = LexborHTMLParser(flatten(html) if is_deep else tame(html))
    _drop_hidden(tree)
    base = _base(tree, url)
    return Page(
        html=tree.html or "",
        title=_title(tree),
        language=_language(tree),
        canonical_url=_canonical(tree, base),
        base=base,
    )


def _drop_hidden(tree: LexborHTMLParser) -> None:
    """Takes hidden elements out, outermost only: what is inside one is freed with it."""
    for node in tree.css(_HIDDEN):
        node.attrs[_MARK] = ""
    for node in tree.css("[style]"):
        style = _STYLE_COMMENT.sub("", node.attributes.get("style") or "")
        if _HIDDEN_STYLE.search(style):
            node.attrs[_MARK] = ""
    for node in tree.css(f"[{_MARK}]:not(html, body, [{_MARK}] *)"):
        node.decompose()


def _title(tree: LexborHTMLParser) -> str | None:
    """The <title> without the site's name, in the words of a heading where they agree."""
    head = _clean(tree.css_first("title:not(svg title)"))
    headings = [text for node in tree.css("h1")[:5] if (text := _clean(node))]
    shared = _meta(tree, "og:title")
    if not head:
        return shared or (headings[0] if headings else None)
    borders = list(_SITE_NAME_BORDER.finditer(head))
    starts = [0, *(border.end() for border in borders)]
    for name in filter(None, (*headings, shared)):
        # A heading that is a whole part of the title is the page's name, the rest the site's.
        if any(_is_part(name, head[start:]) for start in starts):
            return name
    site = _meta(tree, "og:site_name")
    if site and borders and head[borders[-1].end() :].casefold() == site.casefold():
        return head[: borders[-1].start()]
    return head


def _is_part(name: str, rest: str) -> bool:
    """Whether `rest` is `name`, or goes on after it with the border of a part."""
    if not rest.casefold().startswith(name.casefold()):
        return False
    after = rest[len(name) :]
    return not after or _SITE_NAME_BORDER.match(after) is not None


def _clean(node: LexborNode | None) -> str:
    text = node.text(deep=True, separator=" ") if node is not None else ""
    return " ".join(normalise_text(text).replace("¶", " ").split())


def _meta(tree: LexborHTMLParser, name: str) -> str | None:
    node = tree.css_first(f'meta[property="{name}"], meta[name="{name}"]')
    content = (node.attributes.get("content") or "").strip() if node is not None else ""
    return " ".join(normalise_text(content).split()) or None


def _language(tree: LexborHTMLParser) -> str | None:
    node = tree.css_first("html")
    declared = ((node.attributes.get("lang") if node is not None else None) or "").strip().lower()
    code = re.split(r"[-_]", declared, maxsplit=1)[0]
    return code if re.fullmatch(r"[a-z]{2}", code) else None


def _base(tree: LexborHTMLParser, url: str | None) -> str | None:
    """What relative addresses are relative to; None when nothing says so."""
    node = tree.css_first("base[href]")
    target = (node.attributes.get("href") or "") if node is not None else ""
    base = join_url(url or "about:blank", target) if target else url
    return base if base is not None and host_of(base) else None


def _canonical(tree: LexborHTMLParser, base: str | None) -> str | None:
    node = tree.css_first('link[rel~="canonical" i]')
    target = (node.attributes.get("href") or "") if node is not None else ""
    return join_url(base or "about:blank", target) if target else None
