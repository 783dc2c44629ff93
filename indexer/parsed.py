"""What extraction finds in a payload, whatever its media."""

from dataclasses import dataclass
from datetime import date

from corpora.document import Block, Link


@dataclass(frozen=True, slots=True)
class Parsed:
    """A page, PDF or office file read.

    Attributes:
        blocks: its text in reading order; empty where it has none.
        title: None when it has none.
        language: the code it declares, lowercase and without region; None without a claim.
        published: when it says it was published; None when it does not say.
        authors: who wrote it, as it says.
        canonical_url: normalised; None without a claim.
        links: to other pages, in document order.
        notes: what was left out and why, such as pages over the limit; mostly empty.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    language: str | None = None
    published: date | None = None
    authors: tuple[str, ...] = ()
    canonical_url: str | None = None
    links: tuple[Link, ...] = ()
    notes: tuple[str, ...] = ()


class Unreadable(Exception):
    """A payload that cannot be read; extraction makes it a `Rejected`.

    Attributes:
        reason: short and countable, from a small vocabulary ("encrypted", "no text layer").
        detail: what exactly was found; may be empty.
        damaged: whether the payload is broken, rather than merely not readable by us.
    """

    def __init__(self, reason: str, detail: str = "", *, damaged: bool = False) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.damaged = damaged
