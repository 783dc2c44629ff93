"""The demo corpus: real papers, Python's own manual as a crawl, and a scraper's copy of it.

Nothing is downloaded and no text of others is kept in this repository: the papers lie in the
package `aclsum`, the manual in every Python.
"""

import html
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from pydoc_data.topics import topics

from corpora.errors import CorpusError
from corpora.readers.warc import Exchange, write_warc
from corpora.topic_html import plain_words, topic_html

PAPERS = 60
WEB_NAME = "web.warc.gz"
OFFICIAL = "https://docs.python.org/3/"
MIRROR = "https://python-tutorials.example/"
FETCHED_AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)

_PIXEL = bytes.fromhex(  # the smallest PNG: one transparent dot
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364"
    "600000000600023081d02f0000000049454e44ae426082"
)
_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True, slots=True)
class DemoCorpus:
    """What the demo is built from.

    Attributes:
        papers: S2ORC JSON files inside the installed package `aclsum`.
        web: the WARC file that was written.
    """

    papers: tuple[Path, ...]
    web: Path


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the Python manual and the help topics that are parts of it, in page order."""

    path: str
    title: str
    topics: str


_PAGES = (
    _Page(
        "reference/lexical_analysis.html",
        "2. Lexical analysis",
        "identifiers id-classes strings numbers integers floating imaginary",
    ),
    _Page(
        "reference/datamodel.html",
        "3. Data model",
        "objects types specialnames customization attribute-access callable-types sequence-types "
        "numeric-types context-managers async",
    ),
    _Page(
        "reference/executionmodel.html",
        "4. Execution model",
        "execmodel naming dynamic-features exceptions",
    ),
    _Page(
        "reference/expressions.html",
        "6. Expressions",
        "conversions atom-identifiers atom-literals lists dict yield attribute-references "
        "subscriptions slicings calls await power unary binary shifting bitwise comparisons in "
        "booleans lambda exprlists operator-summary",
    ),
    _Page(
        "reference/simple_stmts.html",
        "7. Simple statements",
        "assignment augassign assert pass del return raise break continue import global nonlocal",
    ),
    _Page(
        "reference/compound_stmts.html",
        "8. Compound statements",
        "compound if while for try with function class",
    ),
    _Page(
        "library/stdtypes.html",
        "Built-in Types",
        "truth typesseq typesseq-mutable string-methods typesmapping typesmodules typesfunctions "
        "typesmethods bltin-code-objects bltin-type-objects bltin-null-object "
        "bltin-ellipsis-object specialattrs",
    ),
    _Page("library/string.html", "string — Common string operations", "formatstrings"),
    _Page("library/pdb.html", "pdb — The Python Debugger", "debugger"),
)
_MIRRORED = ("reference/simple_stmts.html", "reference/compound_stmts.html", "library/string.html")


def write_demo(folder: Path) -> DemoCorpus:
    """Write the demo's WARC file into `folder` and name its papers.

    The same Python writes the same bytes every time.

    Raises:
        CorpusError: `aclsum` is not installed.
    """
    papers = _paper_paths()
    folder.mkdir(parents=True, exist_ok=True)
    web = folder / WEB_NAME
    write_warc(web, _exchanges())
    return DemoCorpus(papers, web)


def _paper_paths() -> tuple[Path, ...]:
    """Papers spread evenly over the package's list, which is sorted by venue and year."""
    spec = find_spec("aclsum")
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError("the demo's papers are in the package aclsum: pip install aclsum")
    folder = Path(spec.submodule_search_locations[0], "dataset", "paper_jsons")
    papers = sorted(folder.glob("*.json"))
    if len(papers) < PAPERS:
        raise CorpusError(f"{folder}: holds {len(papers)} papers, not {PAPERS}; reinstall aclsum")
    return tuple(papers[index * len(papers) // PAPERS] for index in range(PAPERS))


def _exchanges() -> Iterator[Exchange]:
    for page in _PAGES:
        yield Exchange(OFFICIAL + page.path, FETCHED_AT, _official_page(page).encode())
    for page in _PAGES:
        if page.path in _MIRRORED:
            yield Exchange(_mirror_url(page), FETCHED_AT, _mirror_page(page).encode())
    yield from _unusable_exchanges()


def _unusable_exchanges() -> Iterator[Exchange]:
    """What crawls bring home besides pages, so that the demo's counts show something true."""
    moved = (("Location", OFFICIAL),)
    yield Exchange(
        "https://docs.python.org/", FETCHED_AT, b"", status="301 Moved Permanently", headers=moved
    )
    yield Exchange(
        f"{OFFICIAL}reference/goto_stmt.html",
        FETCHED_AT,
        b"<!DOCTYPE html><title>404 Not Found</title><h1>Not Found</h1>",
        status="404 Not Found",
    )
    yield Exchange(f"{OFFICIAL}_static/py.png", FETCHED_AT, _PIXEL, content_type="image/png")
    yield Exchange(
        OFFICIAL + _PAGES[0].path,
        FETCHED_AT + timedelta(days=1),
        _official_page(_PAGES[0]).encode(),
        revisit_of=FETCHED_AT,
    )


def _article(page: _Page) -> str:
    """The text of a page: its topics, without those that are printed inside another of them."""
    texts = [topics[name] for name in page.topics.split() if name in topics]
    words = [plain_words(text) for text in texts]
    whole = [
        text
        for text, own in zip(texts, words, strict=True)
        if not any(own in other for other in words if other != own)
    ]
    title = page.title.partition(". ")[2] or page.title
    if len(whole) == 1 and whole[0].startswith(f"{title}\n"):
        return topic_html(whole[0], top_level=1)
    heading = f"<h1>{html.escape(page.title)}</h1>"
    return "\n".join([heading, *(topic_html(text, top_level=2) for text in whole)])


def _official_page(page: _Page) -> str:
    url = OFFICIAL + page.path
    at = _PAGES.index(page)
    before, after = _PAGES[at - 1], _PAGES[(at + 1) % len(_PAGES)]
    title = html.escape(page.title)
    navigation = f"""<div class="related" role="navigation" aria-label="related navigation">
<h3>Navigation</h3>
<ul>
<li class="right"><a href="{OFFICIAL}genindex.html" title="General Index">index</a></li>
<li class="right"><a href="{OFFICIAL}py-modindex.html" title="Python Module Index">modules</a> |</li>
<li class="right"><a href="{OFFICIAL}{after.path}">next</a> |</li>
<li class="right"><a href="{OFFICIAL}{before.path}">previous</a> |</li>
<li><a href="https://www.python.org/">Python</a> &#187;</li>
<li><a href="{OFFICIAL}">{_VERSION} Documentation</a> &#187;</li>
<li class="nav-item nav-item-this"><a href="{url}">{title}</a></li>
</ul>
</div>"""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<meta property="og:title" content="{title}">
<meta property="og:site_name" content="Python documentation">
<meta name="description" content="{title}: a chapter of the documentation of Python {_VERSION}.">
<title>{title} &#8212; Python {_VERSION} documentation</title>
<link rel="stylesheet" href="{OFFICIAL}_static/pydoctheme.css">
<link rel="canonical" href="{url}">
</head>
<body>
<div class="cookie-banner" role="dialog" aria-label="Cookies"><p>This site remembers your choice of theme in a
cookie. <button>Accept</button> <button>Decline</button></p></div>
{navigation}
<div class="document">
<div class="documentwrapper"><div class="bodywrapper">
<div class="body" role="main">
<section>
{_article(page)}
</section>
</div>
</div></div>
<div class="sphinxsidebar" role="navigation" aria-label="main navigation"><div class="sphinxsidebarwrapper">
<h3>Table of Contents</h3>
<ul>
{_contents(OFFICIAL)}
</ul>
<h3>This Page</h3>
<ul class="this-page-menu">
<li><a href="{OFFICIAL}bugs.html">Report a Bug</a></li>
<li><a href="https://github.com/python/cpython/blob/main/Doc/" rel="nofollow">Show Source</a></li>
</ul>
</div></div>
</div>
{navigation}
<div class="footer">
<p>The Python Software Foundation is a non-profit corporation.
<a href="https://www.python.org/psf/donations/">Please donate.</a></p>
<p>Found a <a href="{OFFICIAL}bugs.html">bug</a>? Created using <a href="https://www.sphinx-doc.org/">Sphinx</a>.</p>
</div>
</body>
</html>
"""


def _mirror_page(page: _Page) -> str:
    """The same text the way sites look that live on other people's texts."""
    title = html.escape(page.title.partition(". ")[2] or page.title)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title} explained | Python Tutorials 4 You</title>
<meta name="description" content="Learn {title} fast and easy with our free guide!">
<link rel="canonical" href="{_mirror_url(page)}">
</head>
<body class="single-post">
<header id="masthead"><a href="{MIRROR}">Python Tutorials 4 You</a>
<nav><ul>
{_contents(MIRROR)}
</ul></nav>
</header>
<div class="newsletter-popup"><p>Join 90,000 developers! Enter your e-mail for our free cheat sheet.</p></div>
<main><article class="post">
{_article(page)}
</article>
<div class="share-buttons"><a href="#" rel="nofollow">Share</a> <a href="#" rel="nofollow">Tweet</a></div>
<section class="comments"><h3>2 thoughts on this post</h3><p>Great post, thanks!</p><p>Very helpful.</p></section>
</main>
<aside class="sidebar"><h3>Popular now</h3><p>Ten tricks that every programmer must know</p></aside>
<footer><p>Python Tutorials 4 You. All rights reserved. <a href="{MIRROR}privacy">Privacy</a></p></footer>
</body>
</html>
"""


def _contents(site: str) -> str:
    if site == MIRROR:
        linked = [(_mirror_url(page), page) for page in _PAGES if page.path in _MIRRORED]
    else:
        linked = [(site + page.path, page) for page in _PAGES]
    return "\n".join(
        f'<li><a href="{url}">{html.escape(page.title)}</a></li>' for url, page in linked
    )


def _mirror_url(page: _Page) -> str:
    return f"{MIRROR}{Path(page.path).stem.replace('_', '-')}/"
