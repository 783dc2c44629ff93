"""Which of two addresses a page is known by: the one it was fetched from or the one it claims.

A page's `<link rel=canonical>` is the word of whoever wrote the page. Believed wrongly, it makes
the page replace another one, or speak with another's authority; not believed, it costs a copy,
which the clustering of twins finds anyway. So a claim is believed only where the two addresses
are plainly one page: the same host ("www." and the usual hosts for small screens aside), the same
path but for case, extension, slashes and segments such as "amp" or "print", and no parameter
lost that may tell pages apart. That leaves no room for claims to another site, to the home page,
to a login or error page, from one user's folder to another's, from one language, version or part
of a series to another.
"""

import re

from corpora.urls import identity_key, join_url, normalise_url

# The rest needs two labels, so that "m.org" is not "org".
_SAME_SITE_LABEL = re.compile(r"(?:(?:www|m|mobile|amp|touch)\.)+(?=[^.]+\.[^.])")
_EXTENSION = re.compile(
    r"\.(?:html?|xhtml|shtml|php[345]?|aspx?|jspx?|cfm|cgi|amp|print)$", re.IGNORECASE
)
# Segments that name another dress of the page beside them.
_DRESS = frozenset({"amp", "print", "printable", "mobile"})
# Parameters that choose how a page looks or say where its reader came from.
_PRESENTATION = re.compile(
    r"print\w*|amp|mobile|m|output|theme|skin|highlight|share\w*|ref|referr?er|source|src|from|via"
    r"|sort\w*|order\w*|dir|replytocom|aff|affiliate\w*|partner|campaign\w*|cmp|tracking\w*"
    r"|nocache|cache|cb|rand|timestamp|_",
    re.IGNORECASE,
)


def choose_address(url: str, canonical_url: str | None) -> str:
    """The address that gives a page its identity.

    Args:
        url: where the page was fetched, as `normalise_url` returned it.
        canonical_url: what the page claims, absolute or relative; None without a claim.

    Returns:
        The claim, normalised, where it is believed; else `url`, normalised where it can be.
    """
    own = normalise_url(url) or url
    claim = join_url(own, canonical_url) if canonical_url and canonical_url.strip() else None
    return claim if claim is not None and _is_same_page(own, claim) else own


def _is_same_page(own: str, claim: str) -> bool:
    own_key, claimed_key = identity_key(own), identity_key(claim)
    if own_key == claimed_key:
        return False  # nothing to choose: the address that was seen to work stays
    own_host, own_path, own_query = _parts(own_key)
    host, path, query = _parts(claimed_key)
    return (
        _SAME_SITE_LABEL.sub("", own_host, 1) == _SAME_SITE_LABEL.sub("", host, 1)
        and _name(own_path) == _name(path)
        and _loses_nothing(own_query, query)
    )


def _parts(key: str) -> tuple[str, str, str]:
    """Host with port, path and query of an identity key."""
    address, _, query = key.partition("//")[2].partition("?")
    host, _, path = address.partition("/")
    return host, path, query


def _name(path: str) -> list[str]:
    """The segments that name a page, whatever they are dressed in."""
    segments = [segment for segment in path.casefold().split("/") if segment]
    if segments:
        segments[-1] = _EXTENSION.sub("", segments[-1]) or segments[-1]
    return [segment for segment in segments if segment not in _DRESS] or segments


def _loses_nothing(own: str, claim: str) -> bool:
    """Whether the claim has the page's parameters, but for those that only dress it."""
    pairs, claimed = set(own.split("&")) - {""}, set(claim.split("&")) - {""}
    return claimed <= pairs and all(
        _PRESENTATION.fullmatch(pair.partition("=")[0]) for pair in pairs - claimed
    )
