"""The SQL database of what is noted: opened by its URL, its tables brought up to date.

SQLite in the index folder by default, PostgreSQL by one URL. With `indexer.ledger`, which says
what the tables are, the only user of SQLAlchemy and Alembic.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from corpora.errors import IndexFolderError

DATABASE_VARIABLE = "AUCTOR_DATABASE_URL"
VERSION_TABLE = "ledger_version"

_EXAMPLE = "postgresql://user:password@host/database"
_DRIVER = "psycopg"
_NAMES = dict.fromkeys(("postgres", "postgresql"), f"postgresql+{_DRIVER}")
"""What people write -> what SQLAlchemy calls it; its default differs between its releases."""

_CONNECTION = {
    "connect_timeout": 10,  # seconds; without it a server that drops packets is waited for
    "keepalives_idle": 60,  # seconds: embedding takes hours in which the ledger hears nothing
    "tcp_user_timeout": 60_000,  # milliseconds until a network that swallows what is sent is told
    "fallback_application_name": "auctor",
}
_PATIENCE = 60.0
"""Seconds that SQLite waits while another process has locked it; 5 are its own default."""

_MIGRATION_LOCK = 0x617563746F72
"""Of PostgreSQL's advisory locks: two builders that find no tables must not both make them."""


@contextmanager
def open_database(default: Path) -> Iterator[sa.Engine]:
    """The database named by `AUCTOR_DATABASE_URL`, its tables up to date.

    Errors of the database, also those of what is done with it, are one line for a user.

    Args:
        default: the SQLite file where the variable is not set.

    Raises:
        IndexFolderError: it cannot be used; says which, why, and what to do.
    """
    given = os.environ.get(DATABASE_VARIABLE)
    url = _read_url(given) if given else sa.make_url(f"sqlite:///{default}")
    advice = f"check {DATABASE_VARIABLE} and its server" if given else ""
    try:
        engine = _engine(url)
    except ImportError as error:
        advice = "install the driver with: pip install 'auctor[postgres]'"
        raise _unusable(url, error, advice) from error
    except sa.exc.SQLAlchemyError as error:
        raise _unusable(url, error, advice) from error
    try:
        with engine.begin() as connection:
            _migrate(connection, url)
        yield engine
    except sa.exc.SQLAlchemyError as error:
        if "database is locked" in str(error):
            advice = "close what keeps it open, then run the same again: it goes on where it was"
        elif type(error) is sa.exc.DatabaseError and not given:
            advice = "move that file away to begin a new one"
        raise _unusable(url, error, advice) from error
    finally:
        engine.dispose()


def _read_url(given: str) -> sa.URL:
    """The URL of a database of a kind that we know, with its driver.

    What cannot be read is not shown: it may hold a password.
    """
    try:
        url = sa.make_url(given)
    except (sa.exc.ArgumentError, ValueError) as error:  # a port that is no number
        raise IndexFolderError(
            f"{DATABASE_VARIABLE} is not the URL of a database; write {_EXAMPLE}"
        ) from error
    url = url.set(drivername=_NAMES.get(url.drivername, url.drivername))
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise IndexFolderError(
            f"{DATABASE_VARIABLE} names a database of kind {url.get_backend_name()}; the ledger "
            f"takes PostgreSQL ({_EXAMPLE}) or SQLite (sqlite:////folder/file)"
        )
    return url


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        waits = {} if "timeout" in url.query else {"timeout": _PATIENCE}
        engine = sa.create_engine(url, connect_args=waits)
        _make_transactional(engine)
        return engine
    own = {name: value for name, value in _CONNECTION.items() if name not in url.query}
    is_ours = url.get_driver_name() == _DRIVER
    # A server that was restarted between two transactions costs a new connection and no more.
    return sa.create_engine(url, pool_pre_ping=True, connect_args=own if is_ours else {})


def _make_transactional(engine: sa.Engine) -> None:
    """Lets SQLite begin where SQLAlchemy does, so that making tables is all or nothing, too."""

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:  # noqa: ANN401 - a DBAPI connection
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")


def _migrate(connection: sa.Connection, url: sa.URL) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if sa.inspect(connection).has_table(VERSION_TABLE):
        head = ScriptDirectory.from_config(config).get_current_head()
        table = sa.table(VERSION_TABLE, sa.column("version_num"))
        if connection.execute(sa.select(table.c.version_num)).scalar() == head:
            return
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise IndexFolderError(
            f"the ledger {_shown(url)} was made by a newer version of Auctor ({error}); use that "
            "one, or name another database"
        ) from error


def _unusable(url: sa.URL, error: Exception, advice: str) -> IndexFolderError:
    why = str(getattr(error, "orig", None) or error).partition("\nLINE ")[0]
    why = " ".join(line.strip() for line in why.splitlines())
    end = f"; {advice}" if advice else ""
    return IndexFolderError(
        f"the ledger {_shown(url)} cannot be used ({why}); what the index serves is whole{end}"
    )


def _shown(url: sa.URL) -> str:
    return url.render_as_string(hide_password=True)
