"""Where on a page an element stands, and whether it is furniture, by its name, role and class."""

import re
from typing import Final

from corpora.document import LinkRegion

_BY_TAG: Final = {
    "nav": LinkRegion.NAVIGATION,
    "aside": LinkRegion.ASIDE,
    "header": LinkRegion.HEADER,
    "footer": LinkRegion.FOOTER,
}
_BY_ROLE: Final = {
    "navigation": LinkRegion.NAVIGATION,
    "menu": LinkRegion.NAVIGATION,
    "menubar": LinkRegion.NAVIGATION,
    "tablist": LinkRegion.NAVIGATION,
    "toolbar": LinkRegion.NAVIGATION,
    "search": LinkRegion.NAVIGATION,
    "doc-toc": LinkRegion.NAVIGATION,
    "complementary": LinkRegion.ASIDE,
    "banner": LinkRegion.HEADER,
    "contentinfo": LinkRegion.FOOTER,
    "main": LinkRegion.CONTENT,
}
# Inside the text, a header is the text's own, and an aside may be a note.
_NOTE = re.compile(r"note|tip|warn|caution|admonition|callout|pull-?quote|topic|infobox", re.I)
_FOOTNOTE = re.compile(r"(?:^|[-_\s])(?:foot|end)-?notes?(?:$|[-_\s])|^citation$", re.IGNORECASE)
_FOOTNOTE_ROLES: Final = frozenset({"doc-footnote", "doc-endnote", "doc-endnotes"})

# A class or id names a part of a page by one of its words.
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")
_NAMES: Final = {
    **dict.fromkeys(
        "nav navbar navigation navbox menu submenu breadcrumb breadcrumbs pagination pager toc "
        "toctree tabs sitemap skip skiplink".split(),
        LinkRegion.NAVIGATION,
    ),
    **dict.fromkeys(
        "sidebar related recommended recommendations trending popular promo promotion teaser "
        "newsletter subscribe subscription signup advert advertisement ads sponsor sponsored "
        "outbrain taboola share sharing sharebar social follow cookie cookies consent gdpr popup "
        "modal widget widgets paywall disqus comments commentlist respond".split(),
        LinkRegion.ASIDE,
    ),
    **dict.fromkeys("footer colophon copyright".split(), LinkRegion.FOOTER),
    **dict.fromkeys("masthead banner".split(), LinkRegion.HEADER),
}
# "has-sidebar" on a column of text says what stands beside it, "menu-item" is part of a menu.
_STATE = re.compile(r"^(?:has|no|with|without|is|js|not|show|hide|hidden|theme|page|post-type)[-_]")
_MAX_CLASS_CHARS = 400


def region_of(tag: str, role: str, names: str, *, in_text: bool) -> LinkRegion | None:
    """The region that begins with an element; None where it begins none.

    Args:
        tag: its name.
        role: its ARIA role, lowercase.
        names: its class and id.
        in_text: whether it stands inside `<main>`, `<article>` or `<section>`.
    """
    if role in _BY_ROLE:
        return _BY_ROLE[role]
    region = _BY_TAG.get(tag)
    if region is LinkRegion.ASIDE and _NOTE.search(names):
        return None
    if region is LinkRegion.HEADER and in_text:
        return None
    return region or (_named_region(names) if names else None)


def _named_region(names: str) -> LinkRegion | None:
    for name in names[:_MAX_CLASS_CHARS].split():
        if _STATE.match(name):
            continue
        words = [word.lower() for word in _WORD.findall(name)]
        for word in {*words[:1], *words[-1:]}:
            if word in _NAMES:
                return _NAMES[word]
    return None


def is_footnote(role: str, names: str) -> bool:
    """Whether an element is a footnote, or holds them."""
    return role in _FOOTNOTE_ROLES or any(map(_FOOTNOTE.search, names.split()))
