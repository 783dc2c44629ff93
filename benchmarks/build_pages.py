"""Crawls for `benchmarks.build`: pages of Debian's documentation packages as WARC files.

CRAWLS files of about 5,400 pages each. No page is in two of them, and each has a part of every
package: hand-written pages and those of nine generators, in a dozen languages, one host a package.
"""

import subprocess
from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.utils import format_datetime
from itertools import islice
from pathlib import Path

from benchmarks.docs_crawl import FETCHED_AT, MAX_PAGE_BYTES, SITES
from corpora.document import OffsetBase
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources, read

CRAWLS = 4
MOST_PAGES = 6_000
"""Of a package in all crawls: one of them has twice as many, all made by the same generator."""

_SITES = (
    *SITES,
    ("debian-handbook", "debian-handbook/html", "https://debian-handbook.info/browse/"),
)

_GAP = timedelta(milliseconds=250)


def make_crawls(cache: Path, count: int) -> list[Path]:
    """Crawls, made where the cache has them not yet.

    Args:
        cache: folder for packages, pages and crawls.
        count: crawls; none has a page of another one.

    Raises:
        SystemExit: a package cannot be downloaded or unpacked.
    """
    assert count <= CRAWLS
    paths = [cache / f"pages-{number}.warc.gz" for number in range(count)]
    if not all(path.exists() for path in paths):
        root = _unpack(cache)
        for number, path in enumerate(paths):
            unfinished = path.with_name(f"unfinished-{path.name}")
            write_warc(unfinished, _exchanges(root, number))
            unfinished.replace(path)
    return paths


def _unpack(cache: Path) -> Path:
    """The folder of all packages' documentation."""
    packages, root = cache / "packages", cache / "root"
    packages.mkdir(parents=True, exist_ok=True)
    for name, _, _ in _SITES:
        if any(packages.glob(f"{name}_*.deb")):
            continue
        _run(["apt-get", "download", "-q", name], packages)
    for archive in sorted(packages.glob("*.deb")):
        _run(["dpkg-deb", "-x", str(archive), str(root)], packages)
    return root / "usr" / "share" / "doc"


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"{error}; is this Debian, and did apt-get update run?") from error


def _exchanges(root: Path, number: int) -> Iterator[Exchange]:
    moment = FETCHED_AT
    for _, folder, address in _SITES:
        files = sorted((root / folder).rglob("*.html"))
        pages = [
            page
            for page in files
            if not page.is_symlink() and page.stat().st_size <= MAX_PAGE_BYTES
        ]
        for page in choose(pages, number):
            payload = page.read_bytes()
            moment += _GAP
            headers = (
                ("Date", format_datetime(moment, usegmt=True)),
                ("Server", "Apache/2.4.62 (Debian)"),
                ("Content-Length", str(len(payload))),
            )
            url = address + page.relative_to(root / folder).as_posix()
            yield Exchange(url, moment, payload, "text/html", headers=headers)


def choose(pages: Sequence[Path], number: int) -> Sequence[Path]:
    """Those of a package's pages that a crawl takes, evenly over all of them.

    Args:
        pages: in order.
        number: of the crawl, from 0.
    """
    stride = -(-len(pages) // MOST_PAGES)
    return pages[:: max(1, stride)][number::CRAWLS]


def cut(crawl: Path, start: int, stride: int) -> Path:
    """A crawl of every stride-th record of another one, from one on; made where it is not there.

    Args:
        crawl: with one gzip member a record.
        start: number of the first record taken, from 0.
        stride: from one record taken to the next; 1 is the crawl itself.
    """
    if stride == 1:
        return crawl
    path = crawl.with_name(f"{crawl.name.partition('.')[0]}-{start}-of-{stride}.warc.gz")
    if not path.exists():
        (source,) = find_sources([crawl]).found
        unfinished = path.with_name(f"unfinished-{path.name}")
        with crawl.open("rb") as whole, unfinished.open("wb") as part:
            for item in islice(read(source), start, None, stride):
                assert item.source.base is OffsetBase.FILE
                whole.seek(item.source.offset)
                part.write(whole.read(item.source.length))
        unfinished.replace(path)
    return path
