"""Every error a caller may want to catch.

    AuctorError
    ├── CorpusError          a source cannot be read at all (a broken record is `Rejected`, not this)
    ├── IndexFolderError          what is on disk is not what this version can serve
    │   ├── NotAnIndex       the folder holds no published generation
    │   ├── IncompatibleIndex  another format version, model or analyser
    │   ├── CorruptIndex     a file is missing, short or broken
    │   └── IndexLocked      another builder is publishing
    ├── ModelError           the embedding model cannot be loaded or does not fit
    ├── AuthorityError       a registry file or an authority record is malformed
    ├── QueryError           the caller's request cannot be answered as it stands
    ├── ServerError          a server process does not start or does not stay
    └── InstallationError    the environment is broken (two FAISS builds, none at all)

Messages are lowercase, without a full stop, and say what to do about it.
"""


class AuctorError(Exception):
    """Root of all errors that are shown to a user as one line, without a traceback."""


class CorpusError(AuctorError):
    """A source cannot be opened or recognised; single broken records are `Rejected` values."""


class IndexFolderError(AuctorError):
    """An index folder cannot be used."""


class NotAnIndex(IndexFolderError):
    """The folder holds no published generation."""


class IncompatibleIndex(IndexFolderError):
    """The index was written by another format version, model or analyser."""


class CorruptIndex(IndexFolderError):
    """A file of the index is missing, short or broken."""


class IndexLocked(IndexFolderError):
    """Another process holds the builder's lock."""


class ModelError(AuctorError):
    """The embedding model cannot be loaded, or does not fit the index."""


class AuthorityError(AuctorError):
    """A registry file or an authority record is malformed."""


class QueryError(AuctorError):
    """The request cannot be answered as it stands.

    Attributes:
        field: name of the offending request field.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class ServerError(AuctorError):
    """A server process does not start or does not stay."""


class InstallationError(AuctorError):
    """The Python environment is broken in a way the user has to mend."""
