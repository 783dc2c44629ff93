"""What several test files share.

embedder     the embedded default model, loaded once a session (about 6 s)
fake_embedder   vectors out of hashes at once, for builds whose vectors are not the point
make_page    makes a web page that waits for extraction
make_text    makes a document that has its blocks
corpus, index, searcher   a small crawl with papers, its index, and the index opened
postgres     a PostgreSQL server of our own, where Debian's is installed
"""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import cast

# No test needs a network, and none may wait for one.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import aclsum
import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from corpora.document import (
    Block,
    Document,
    DocumentKind,
    OffsetBase,
    Payload,
    SourceRef,
    identify,
)
from corpora.media import Media
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import build_index
from indexer.embed import Embedder, EmbedderSettings
from indexer.manifest import ModelRecord
from server.search import Searcher

# Examples run beside a model on two cores: a slow one is no failure. Same examples every run.
settings.register_profile(
    "auctor", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("auctor")

PageMaker = Callable[..., Document]
TextMaker = Callable[..., Document]

FETCHED_AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The embedded default in float32, where a vector does not depend on its batch."""
    return Embedder(EmbedderSettings(device="cpu", dtype="float32"))


class FakeEmbedder:
    """What a build asks of an `Embedder`; a vector depends on its text and nothing else."""

    dimension = 8
    dtype = "float32"
    max_tokens = 254
    record = ModelRecord("fake", 8, 256, "", "")

    def __init__(self) -> None:
        self.truncated = 0
        self.tokenizer = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
        self.tokenizer.pre_tokenizer = WhitespaceSplit()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seeds = [int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) for text in texts]
        rows = [np.random.default_rng(seed).standard_normal(self.dimension) for seed in seeds]
        vectors = np.asarray(rows, dtype=np.float32).reshape(-1, self.dimension)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


@pytest.fixture(scope="session")
def fake_embedder() -> Embedder:
    """Stands for a model where only texts and places matter."""
    return cast("Embedder", FakeEmbedder())


@pytest.fixture(scope="session")
def make_page() -> PageMaker:
    """(html, url, fetched_at) -> a page as a reader yields it."""

    def make(
        html: str,
        url: str | None = "https://example.org/a/page",
        fetched_at: datetime | None = datetime(2024, 6, 1, tzinfo=UTC),
    ) -> Document:
        return Document(
            document_id=identify(url or html),
            url=url,
            doi=None,
            host="example.org" if url else None,
            title=None,
            kind=DocumentKind.WEB,
            source=SourceRef("crawl.warc", 7, 11, OffsetBase.FILE, "sha256:00", fetched_at),
            payload=Payload(html.encode("utf-8", "replace"), Media.HTML, "utf-8"),
        )

    return make


@pytest.fixture(scope="session")
def make_text() -> TextMaker:
    """(blocks, title, key of identity) -> a document with text."""

    def make(*blocks: Block, title: str | None = None, key: str = "paper:1") -> Document:
        return Document(
            document_id=identify(key),
            url=None,
            doi=None,
            host=None,
            title=title,
            kind=DocumentKind.PAPER,
            source=SourceRef("papers.jsonl", 0, 10, OffsetBase.STREAM, "sha256:00", None),
            blocks=blocks,
        )

    return make


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A crawl of a few pages on trusted and unknown hosts, and two papers."""
    folder = tmp_path_factory.mktemp("corpus")
    write_warc(
        folder / "web.warc.gz",
        [Exchange(url, FETCHED_AT, _page(*page).encode()) for url, *page in _PAGES],
    )
    papers = sorted(Path(aclsum.__path__[0], "dataset", "paper_jsons").glob("*.json"))
    for paper in papers[:2]:
        (folder / paper.name).write_bytes(paper.read_bytes())
    return folder


@pytest.fixture(scope="session")
def index(corpus: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of `corpus`; nobody may change it."""
    folder = tmp_path_factory.mktemp("index") / "index"
    build_index(find_sources([corpus]), folder, embedder)
    return folder


@pytest.fixture(scope="session")
def searcher(index: Path, embedder: Embedder) -> Searcher:
    """`index`, open."""
    return Searcher.open(index, embedder)


class Postgres:
    """A PostgreSQL of our own: data, log and socket in one folder, nothing on the network."""

    user, password = "owner", "tide-and-secret"

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._numbers = itertools.count()
        secret = folder / "password"
        secret.write_text(self.password, encoding="utf-8")
        if os.getuid() == 0:  # as which it refuses to run
            for path in (folder, secret):
                shutil.chown(path, "nobody")
        options = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run("initdb", *options, f"--username={self.user}", f"--pwfile={secret}")

    def start(self) -> None:
        """Returns when it answers."""
        options = f"-c listen_addresses='' -c fsync=off -k {self._folder}"
        self._run("pg_ctl", "start", "--wait", f"--log={self._folder / 'log'}", "-o", options)

    def stop(self) -> None:
        """Cuts all connections; what was committed stays."""
        self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    def url(self, database: str = "postgres", password: str | None = None) -> str:
        """As a user writes it into AUCTOR_DATABASE_URL."""
        secret = password or self.password
        return f"postgresql://{self.user}:{secret}@/{database}?host={self._folder}"

    def execute(self, statement: str) -> None:
        """Runs a statement as the owner of everything."""
        environment = {"PGPASSWORD": self.password, "PATH": os.defpath}
        self._run(
            "psql", f"--host={self._folder}", f"--username={self.user}", "--dbname=postgres",
            "--set=ON_ERROR_STOP=1", f"--command={statement}", environment=environment,
        )  # fmt: skip

    def make_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"ledger_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, *command: str, environment: dict[str, str] | None = None) -> None:
        data = {"PGDATA": str(self._folder / "data")}
        subprocess.run(
            [self._programs / command[0], *command[1:]],
            user="nobody" if os.getuid() == 0 else None,
            group="nogroup" if os.getuid() == 0 else None,
            extra_groups=[] if os.getuid() == 0 else None,
            cwd=self._folder,
            env={**os.environ, **data, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would wait for the server to close it
            check=True,
        )


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server that runs; skips where none is installed."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("no PostgreSQL: apt-get install postgresql")
    # Not below pytest's own folder, which no other user may enter; a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="auctor-postgres-"))
    server = Postgres(programs[-1].parent, folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


def _page(title: str, *paragraphs: str) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!DOCTYPE html><html lang=en><head><title>{title}</title></head><body>"
        f"<nav><ul><li><a href=/>Home</a></li><li><a href=/all>All pages</a></li></ul></nav>"
        f"<main><h1>{title}</h1>{body}</main><footer>Imprint</footer></body></html>"
    )


_TRY = (
    "The try statement",
    "The try statement specifies exception handlers and cleanup code for a group of statements. "
    "An except clause is searched when an exception occurs in the try clause; the search inspects "
    "the except clauses in turn until one is found that matches the exception.",
    "If finally is present, it specifies a cleanup handler. The try clause is executed, including "
    "any except and else clauses. The finally clause is executed when the try statement is left, "
    "whether an exception was raised or not, and a saved exception is raised again at its end.",
)
_PAGES = (
    ("https://docs.python.org/3/try.html", *_TRY),
    ("https://python-tutorials.example/try", *_TRY),
    (
        "https://docs.python.org/3/with.html",
        "The with statement",
        "The with statement wraps the execution of a block with methods defined by a context "
        "manager. The context expression is evaluated to obtain a context manager, whose enter "
        "method is invoked before the block and whose exit method is invoked after it.",
        "With more than one item, the context managers are processed as if several with "
        "statements were nested, the first one outermost.",
    ),
    (
        "https://docs.python.org/3/global.html",
        "The global statement",
        "The global statement is a declaration which holds for the entire current code block. It "
        "means that the listed identifiers are to be interpreted as globals. It would be "
        "impossible to assign to a global variable without it.",
    ),
    (
        "https://www.who.int/measles",
        "Measles",
        "Measles is a highly contagious disease caused by a virus. Two doses of a vaccine that "
        "contains measles protect a child for life; the first is given at nine to twelve months "
        "of age and the second in the second year of life.",
        "Routine vaccination of children, together with campaigns in countries with low coverage, "
        "is the key public health strategy to reduce deaths from measles worldwide.",
    ),
    (
        "https://wellness-blog.example/measles",
        "Measles and your child",
        "Measles is a contagious disease that children catch from each other. The schedule for "
        "vaccination has two doses: the first shot at about a year, the second one before school. "
        "Ask your doctor about the schedule for your children.",
    ),
)
