"""What an HTML page says about itself; only user of selectolax and htmldate.

Hidden elements are taken out here, before anyone decides which text counts: text that a reader
never sees must not be found, ranked or cited.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime

from htmldate import find_date
from selectolax.lexbor import LexborHTMLParser, LexborNode

from corpora.document import Link, normalise_text
from corpora.urls import host_of, join_url, normalise_url

MAX_LINKS = 2_000
"""Links kept of one page; link farms have more, real pages do not."""

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
        published: when it says it was published; None when it does not say.
        canonical_url: normalised; None without a claim.
        links: to other pages, in document order, at most `MAX_LINKS`.
    """

    html: str
    title: str | None
    language: str | None
    published: date | None
    canonical_url: str | None
    links: tuple[Link, ...]


def read_page(html: str, url: str | None, fetched_at: datetime | None) -> Page:
    """Reads metadata and links and removes hidden elements.

    Args:
        html: decoded page, however broken.
        url: its address, to resolve links; None leaves relative links out.
        fetched_at: no page was published after it was fetched.
    """
    html = html.encode("utf-8", "replace").decode("utf-8")  # no parser takes lone surrogates
    tree = LexborHTMLParser(html)
    _drop_hidden(tree)
    base = _base(tree, url)
    return Page(
        html=tree.html or "",
        title=_title(tree),
        language=_language(tree),
        published=_published(html, url, fetched_at),
        canonical_url=_canonical(tree, base),
        links=_links(tree, url, base),
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


def _published(html: str, url: str | None, fetched_at: datetime | None) -> date | None:
    """Metadata and mark-up only: dates guessed from running text are wrong too often."""
    try:
        found = find_date(html, extensive_search=False, original_date=True, url=url)
        published = date.fromisoformat(found) if found else None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return None  # a date it stumbles over is a date we do not know
    if published is None or fetched_at is None:
        return published
    # Somewhere on earth it is tomorrow already; later than that, it is no date of publication.
    fetched = fetched_at.date()
    return min(published, fetched) if (published - fetched).days <= 1 else None


def _links(tree: LexborHTMLParser, url: str | None, base: str | None) -> tuple[Link, ...]:
    if base is None:
        return ()
    own = normalise_url(url) if url else None
    links: list[Link] = []
    for node in tree.css("a[href]"):
        target = join_url(base, node.attributes.get("href") or "")
        if target is not None and target != own:
            rel = (node.attributes.get("rel") or "").casefold().split()
            unvouched = not {"nofollow", "ugc", "sponsored"}.isdisjoint(rel)
            links.append(Link(target, _clean(node), unvouched))
        if len(links) == MAX_LINKS:
            break
    return tuple(links)
