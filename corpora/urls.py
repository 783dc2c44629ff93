"""URLs as browsers read them; only user of ada_url."""

import re

import ada_url

# Query parameters that name the visitor or the campaign, never the page.
_TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|mc_[ce]id|igshid|_ga|_gl|"
    r"phpsessid|jsessionid|aspsessionid\w*|sessionid",
    re.IGNORECASE,
)


def normalise_url(url: str) -> str | None:
    """One spelling per page, for identity and for display.

    Scheme and host are lowercased and the host is punycoded (WHATWG), default ports, user
    information, fragments and tracking parameters are dropped, dots in the path are resolved.

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
    return f"{parsed.protocol}//{host}{port}{parsed.pathname}{_without_tracking(parsed.search)}"


def identity_key(normalised_url: str) -> str:
    """The string a page's identity is hashed from: http and https are the same page."""
    scheme, _, rest = normalised_url.partition("//")
    return f"https://{rest}" if scheme in ("http:", "https:") else normalised_url


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
    if not search or not _TRACKING.search(search):
        return search
    pairs = search[1:].split("&")
    kept = [pair for pair in pairs if not _TRACKING.fullmatch(pair.partition("=")[0])]
    return f"?{'&'.join(kept)}" if kept else ""
