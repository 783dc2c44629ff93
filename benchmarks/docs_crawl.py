"""A crawl of documentation as Debian packages it, for load tests: real text, trusted hosts.

    .venv/bin/python benchmarks/docs_crawl.py --out DIR
    .venv/bin/auctor index build DIR/docs.warc.gz [MORE ...] --index DIR/index

Downloads the packages below through apt (no root needed, `apt-get update` first), unpacks them
and writes every English page as a WARC response from where the page is published.
"""

import argparse
import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from corpora.readers.warc import Exchange, write_warc

# package, folder below usr/share/doc, where its pages are published
SITES = (
    ("linux-doc-6.1", "linux-doc-6.1/html", "https://docs.kernel.org/"),
    ("postgresql-doc-15", "postgresql-doc-15/html", "https://www.postgresql.org/docs/15/"),
    ("python3.11-doc", "python3.11/html", "https://docs.python.org/3.11/"),
    ("python-django-doc", "python-django-doc/html", "https://docs.djangoproject.com/en/3.2/"),
    ("python-scipy-doc", "python-scipy-doc/html", "https://docs.scipy.org/doc/scipy/"),
    ("sqlite3-doc", "sqlite3", "https://www.sqlite.org/"),
    ("git-doc", "git-doc", "https://git-scm.com/docs/"),
    ("apache2-doc", "apache2-doc/manual/en", "https://httpd.apache.org/docs/2.4/"),
    ("erlang-doc", "erlang-doc", "https://www.erlang.org/doc/"),
    (
        "openjdk-17-doc",
        "openjdk-17-jre-headless/api",
        "https://docs.oracle.com/en/java/javase/17/docs/api/",
    ),
)
FETCHED_AT = datetime(2026, 1, 1, tzinfo=UTC)
MAX_PAGE_BYTES = 2_000_000
"""Indexes of all names are larger, and nobody reads them."""


def main() -> None:
    """Downloads, unpacks, writes, and says how many pages came from where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    packages = out / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    names = [package for package, _, _ in SITES]
    subprocess.run(["apt-get", "download", "-q", *names], cwd=packages, check=True)
    for archive in sorted(packages.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", str(archive), str(out / "root")], check=True)
    counts: Counter[str] = Counter()
    write_warc(out / "docs.warc.gz", _exchanges(out / "root" / "usr" / "share" / "doc", counts))
    print(json.dumps(counts))


def _exchanges(root: Path, counts: Counter[str]) -> Iterator[Exchange]:
    for _, folder, address in SITES:
        for page in sorted((root / folder).rglob("*.html")):
            if page.is_symlink() or page.stat().st_size > MAX_PAGE_BYTES:
                continue
            counts[address] += 1
            url = address + page.relative_to(root / folder).as_posix()
            yield Exchange(url, FETCHED_AT, page.read_bytes(), content_type="text/html")


if __name__ == "__main__":
    main()
