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
from corpora.urls import host_of, join_url

MAX_LINKS = 2_000
"""Links kept of one page; link farms have more, real pages do not."""

_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:px|pt|em|rem|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
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
        links: in document order, at most `MAX_LINKS`.
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
    tree = LexborHTMLParser(html)
    published = _published(html, url, fetched_at)
    title = _title(tree)
    _drop_hidden(tree)
    return Page(
        html=tree.html or "",
        title=title,
        language=_language(tree),
        published=published,
        canonical_url=_canonical(tree, url),
        links=_links(tree, url),
    )


def _drop_hidden(tree: LexborHTMLParser) -> None:
    for node in tree.css("template, noscript, [hidden], dialog:not([open])"):
        node.decompose()
    for node in tree.css("[style]"):
        style = node.attributes.get("style") or ""
        if node.tag not in ("html", "body") and _HIDDEN_STYLE.search(style):
            node.decompose()


def _title(tree: LexborHTMLParser) -> str | None:
    """The <title> without the site's name, in the words of the main heading where they agree."""
    head = _clean(tree.css_first("title"))
    headings = [text for node in tree.css("h1")[:5] if (text := _clean(node))]
    if not head:
        return _meta(tree, "og:title") or (headings[0] if headings else None)
    for heading in headings:
        if head.casefold().startswith(heading.casefold()) and len(heading) >= 3:
            return heading
    site = _meta(tree, "og:site_name")
    parts = _SITE_NAME_BORDER.split(head)
    if site and len(parts) > 1 and parts[-1].casefold() == site.casefold():
        border = len(head) - len(parts[-1])
        return _SITE_NAME_BORDER.sub("", head[:border] + "\0").rstrip("\0") or head
    return head


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


def _canonical(tree: LexborHTMLParser, url: str | None) -> str | None:
    node = tree.css_first('link[rel="canonical"]')
    target = (node.attributes.get("href") or "") if node is not None else ""
    return join_url(url or "about:blank", target) if target else None


def _published(html: str, url: str | None, fetched_at: datetime | None) -> date | None:
    """Metadata and mark-up only: dates guessed from running text are wrong too often."""
    found = find_date(
        html,
        extensive_search=False,
        original_date=True,
        url=url,
        max_date=fetched_at.strftime("%Y-%m-%d") if fetched_at else None,
    )
    return date.fromisoformat(found) if found else None


def _links(tree: LexborHTMLParser, url: str | None) -> tuple[Link, ...]:
    if url is None or host_of(url) is None:
        return ()
    links: list[Link] = []
    for node in tree.css("a[href]"):
        target = join_url(url, node.attributes.get("href") or "")
        if target is not None:
            rel = (node.attributes.get("rel") or "").casefold().split()
            unvouched = not {"nofollow", "ugc", "sponsored"}.isdisjoint(rel)
            links.append(Link(target, _clean(node), unvouched))
        if len(links) == MAX_LINKS:
            break
    return tuple(links)
