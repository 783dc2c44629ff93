"""The parts of an address that decide whether a page speaks for its host.

Three things may stand on a trusted host without being its word: pages its users write, pages
reached through a redirect, and paths that servers read in different ways. The rules here look at
the address alone; they only ever take trust away, so a rule that fires too often costs a page its
tier and nothing else.
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

from authority.domain import find_domain
from corpora.urls import normalise_url

# A bare host, as people type it: no scheme, no user, an optional port, then anything.
_BARE_HOST = re.compile(r"(?://)?[^\s/\\?#@:\[\]]+(?::\d+)?(?:[/\\?#].*)?", re.DOTALL)
_SCHEME = re.compile(r"https?:", re.IGNORECASE)

# ~user, @user and MediaWiki's User:name. Not "/~/" nor "/@@view": content systems use those for
# their own files and views.
_USER_SEGMENT = re.compile(r"~.|@\w|user(?:[_ ]talk)?:.", re.DOTALL)

# Paths without these read the same on every server.
_ENCODED = re.compile(r"[%;\\]")
# A query without these holds no address.
_ADDRESS_MARK = re.compile(r"[%/\\.]")

# A parameter's value, or the rest of a path, that is itself a web address. One slash is enough,
# because servers and browsers fold several into one and repair a missing one.
_ADDRESS = re.compile(
    r"[\x00-\x20]*(?:https?:|[\\/]{2})[\\/]*(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_ADDRESS_IN_PATH = re.compile(r"[\\/]https?:[\\/]*(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
# Parameters that redirectors read, whose value may leave out the scheme.
_REDIRECT_PARAMETER = re.compile(
    r"(?:redirect|redir|return|forward|goto|next|continue|dest|destination|target|out|exit|"
    r"url|uri|u|link|jump)(?:_?-?(?:to|url|uri|link|path))?",
    re.IGNORECASE,
)
_HOST_VALUE = re.compile(r"\s*[^\s/\\?#@:]+\.[^\s/\\?#@:.]{2,}(?:[:/\\?#].*)?", re.DOTALL)
_MAX_DECODINGS = 3


@dataclass(frozen=True, slots=True)
class Page:
    """A normalised http(s) URL, taken apart.

    Attributes:
        host: lowercase A-label host without a trailing dot, or an IP address.
        path: percent-encoded, dots resolved, starts with a slash.
        query: percent-encoded, without the question mark; empty when there is none.
    """

    host: str
    path: str
    query: str


def read_page(text: str) -> Page | None:
    """The page that a person or a program names by a URL or by a bare host with or without path.

    Returns:
        None when `text` is neither: another scheme, no host, an e-mail address, rubbish.
    """
    stripped = text.strip()
    if _BARE_HOST.fullmatch(stripped):
        stripped = "http://" + stripped.removeprefix("//")
    elif not _SCHEME.match(stripped):
        return None
    url = normalise_url(stripped)
    return None if url is None else split_page(url)


def split_page(normalised_url: str) -> Page:
    """The parts of a URL that `corpora.urls.normalise_url` returned."""
    rest = normalised_url.partition("//")[2]
    authority, _, tail = rest.partition("/")
    end = authority.find(":", authority.find("]") + 1)  # the colons of an IPv6 address are no port
    host = authority if end < 0 else authority[:end]
    path, _, query = tail.partition("?")
    return Page(host, "/" + path, query)


def literal_segments(path: str) -> tuple[str, ...]:
    """Path segments as a server sees them that decodes each once; empty ones stay."""
    return tuple(unquote(segment) for segment in path.split("/")[1:])


def lenient_segments(path: str) -> tuple[str, ...]:
    """Path segments as the most lenient server could see them.

    Decoded until nothing changes, cut at either slash, parameters after ";" and empty segments
    dropped, casefolded. What must not be missed is looked for here; trust is never granted on it.
    """
    if _ENCODED.search(path):
        path = "/".join(part.partition(";")[0] for part in re.split(r"[/\\]", _decode(path)))
    return tuple(filter(None, path.casefold().split("/")))


def is_ambiguous(segments: tuple[str, ...]) -> bool:
    """Whether a lenient reading still climbs (`/a/..%2fb`): servers disagree on what it names."""
    return ".." in segments or "." in segments


def names_user(segments: tuple[str, ...]) -> bool:
    """Whether one of the lenient segments is a user's: `~knuth`, `@ada`, `user:ada`."""
    return any(map(_USER_SEGMENT.match, segments))


def points_elsewhere(page: Page) -> bool:
    """Whether the address carries the address of another registrable domain.

    Such a URL is a redirect, a proxy, a frame, a validator or a share button: what is read there
    is the other site's word, or nobody's. It counts as soon as (1) a query parameter's value or
    the tail of the path is an absolute or scheme-relative web address, whatever the parameter is
    called, or (2) a parameter that redirectors use (`url`, `next`, `goto` ...) holds a bare host.
    Addresses within the same registrable domain (`?next=https://same.example/`) are no redirect.
    """
    if "http" in page.path.lower() or "%" in page.path:
        found = _ADDRESS_IN_PATH.search(_decode(page.path))
        if found and _is_foreign(page.host, found["rest"]):
            return True
    if not _ADDRESS_MARK.search(page.query):
        return False
    return any(_is_redirect(page.host, pair) for pair in re.split("[&;]", page.query))


def _is_redirect(host: str, pair: str) -> bool:
    name, equals, value = pair.partition("=")
    if not equals:
        name, value = "", name  # `/out?https://elsewhere.example`
    value = _decode(value.replace("+", " "))
    if found := _ADDRESS.match(value):
        return _is_foreign(host, found["rest"])
    if not _REDIRECT_PARAMETER.fullmatch(unquote_plus(name)) or not _HOST_VALUE.fullmatch(value):
        return False
    # `next=index.php` has the form of a host as well, but not the suffix of one.
    target = _host(value)
    return target is not None and find_domain(target).listed and _is_foreign(host, value)


def _is_foreign(host: str, target: str) -> bool:
    other = _host(target)
    if other is None:
        return True  # an address that we cannot read is not one to vouch for
    mine = find_domain(host).registrable or host
    return other != host and (find_domain(other).registrable or other) != mine


def _host(schemeless: str) -> str | None:
    url = normalise_url("http://" + schemeless.strip())
    return None if url is None else split_page(url).host


def _decode(text: str) -> str:
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    return text
