"""URLs as browsers read them, and which of them are one page; only user of ada_url and w3lib.

Two spellings with two jobs. `normalise_url` gives an address that is shown and opened: only what
never decides which page a server sends is taken out. `identity_key` gives the string that a
page's identity is hashed from and is never opened: it folds more, but only what practically never
tells two pages apart, because two pages under one identity means that one of them is lost.
"""

import re

import ada_url
from w3lib.url import canonicalize_url

# Query parameters that name the visitor, the campaign or the way here, never the page. Kept by
# hand: the lists that libraries ship also drop "source", "keyword", "uid" or "ref", by which
# some sites do tell their pages apart, or come under a licence that does not fit ours.
_TRACKING = re.compile(
    r"utm_\w+|(?:pk|piwik|mtm|matomo|itm|hsa|trk|guce|vero|oly|wt)_\w+|wt\.mc_\w+|hsctatracking"
    r"|ga_(?:source|medium|term|content|campaign|place)|at_(?:medium|campaign|custom\d)"
    r"|(?:fb|g|d|y|ys|ym|tw|tt)clid|[gw]braid|gclsrc|gad_(?:source|campaignid)"
    r"|msclkid|srsltid|rb_clickid|li_fat_id|epik|ef_id|s_kwcid|s_cid|sc_cid|wickedid|xtor"
    r"|fb_(?:action_ids|action_types|ref|source)|igshid|igsh|mc_[ce]id|mkt_tok|ml_subscriber\w*"
    r"|_hsenc|_hsmi|__hs(?:sc|tc|fp)|_openstat|_branch_match_id|_ga|_gl|_ke|_kx|guccounter"
    r"|soc_(?:src|trk)|cmpid|__twitter_impression|ref_(?:src|url)|spm|spm_id_from|vd_source"
    r"|share_source|phpsessid|jsessionid|aspsessionid\w*|sessionid|cfid|cftoken|zenid|oscsid",
    re.IGNORECASE,
)
# These may also be what a page is known by; a long string of hexadecimal digits is a session.
_SESSION = re.compile(r"(?:s|sid|session|session_id|sess)=[0-9a-f]{16,}", re.IGNORECASE)
# Servers of Java and PHP write the session behind a semicolon, ASP.NET as a segment.
_SESSION_IN_PATH = re.compile(
    r";(?:jsessionid|phpsessid|sessionid|sid)=[^/;]*|/\([AFSX]\([0-9a-z]{16,}\)\)(?=/)",
    re.IGNORECASE,
)
# What a server sends for a folder. Not "index.en.html", which is a page of its own.
_INDEX_PAGE = re.compile(
    r"/(?:index\.(?:html?|xhtml|shtml|php[345]?|aspx?|jspx?|cfm|cgi)|default\.(?:html?|aspx?))$",
    re.IGNORECASE,
)
_SLASHES = re.compile(r"/{2,}")


def normalise_url(url: str) -> str | None:
    """The address of a page, for display and for opening it.

    Scheme and host are lowercased and the host is punycoded (WHATWG), default ports, user
    information, fragments, tracking parameters and session ids are dropped, dots in the path are
    resolved. A fragment with a bang ("#!/a") goes as well: no server has ever seen it.

    Returns:
        The normalised http(s) URL, or None when `url` is not one.
    """
    try:
        parsed = ada_url.URL(url.strip())
    except ValueError:
        return None
    host = parsed.hostname.rstrip(".")
    if parsed.protocol not in ("http:", "https:") or not host:
        return None
    port = f":{parsed.port}" if parsed.port else ""
    path = parsed.pathname
    if ";" in path or "/(" in path:
        path = _SESSION_IN_PATH.sub("", path)
    return f"{parsed.protocol}//{host}{port}{path}{_without_tracking(parsed.search)}"


def identity_key(normalised_url: str) -> str:
    """The string that a page's identity is hashed from; not an address.

    http and https are one page, and so are spellings that differ in percent-encoding, in the
    order of their parameters, in empty parameters, in doubled slashes or in the name of a
    folder's index page. "www." and a slash at the end are kept apart: they do tell pages apart
    on some servers, and where they do not, servers lead from one to the other.

    Args:
        normalised_url: as `normalise_url` returned it; a key of another kind ("doi:...") stays.
    """
    scheme, _, rest = normalised_url.partition("//")
    if scheme not in ("http:", "https:"):
        return normalised_url
    address, mark, query = rest.partition("?")
    host, _, path = address.partition("/")
    path = "/" + path
    if "//" in path and ":/" not in path:  # but "/web/2020/https://example.org/" has one
        path = _SLASHES.sub("/", path)
    query = "&".join(filter(None, query.split("&"))) if mark else ""
    if query or "%" in path:
        path, _, query = _canonical(path, query)
    path = _INDEX_PAGE.sub("/", path)
    return f"https://{host}{path}{'?' if query else ''}{query}"


def host_of(url: str) -> str | None:
    """Lowercase A-label host without a trailing dot; None when `url` has none."""
    try:
        host = ada_url.URL(url.strip()).hostname.rstrip(".")
    except ValueError:
        return None
    return host or None


def join_url(base: str, reference: str) -> str | None:
    """`reference` as seen from the page at `base`, normalised; None when it is no web address."""
    try:
        return normalise_url(ada_url.URL(reference.strip(), base=base).href)
    except ValueError:
        return None


def _without_tracking(search: str) -> str:
    if not search:
        return search
    pairs = search[1:].split("&")
    kept = [pair for pair in pairs if not _is_tracking(pair)]
    if len(kept) == len(pairs):
        return search
    return f"?{'&'.join(kept)}" if kept else ""


def _is_tracking(pair: str) -> bool:
    return bool(_TRACKING.fullmatch(pair.partition("=")[0]) or _SESSION.fullmatch(pair))


def _canonical(path: str, query: str) -> tuple[str, str, str]:
    """Path and query with sorted parameters and one percent-encoding."""
    # The host stays away from the library: it would be decoded once more.
    url = canonicalize_url(f"https://h{path}?{query}" if query else f"https://h{path}")
    return url.removeprefix("https://h").partition("?")
