"""Fields of JSON records that may hold anything: each read as the kind that is expected there."""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from corpora.document import normalise_text

_YEAR = re.compile(r"(1[5-9]|20)\d\d(?=\D|$)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=\D|$)")


class BadShape(Exception):
    """A field does not hold what its format says it holds; a reader makes it a `Rejected`."""


def mapping_at(value: Mapping[str, object], field: str) -> Mapping[str, object]:
    """The object in a field; empty where there is none.

    Raises:
        BadShape: the field holds something else.
    """
    found = value.get(field)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadShape(f"{field} is {type(found).__name__}")
    return found


def list_at(value: Mapping[str, object], field: str) -> Sequence[object]:
    """The list in a field; empty where there is none.

    Raises:
        BadShape: the field holds something else.
    """
    found = value.get(field)
    if found is None:
        return ()
    if not isinstance(found, list):
        raise BadShape(f"{field} is {type(found).__name__}")
    return found


def objects(found: object) -> list[Mapping[str, object]]:
    """The objects of a list; none where `found` is no list."""
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def object_or_empty(found: object) -> Mapping[str, object]:
    """`found` where it is an object, else an empty one."""
    return found if isinstance(found, dict) else {}


def text_at(value: Mapping[str, object], *fields: str) -> str:
    """The first of the fields that holds text, clean; empty where none does."""
    for field in fields:
        found = value.get(field)
        text = clean(str(found)) if isinstance(found, str | int) else ""
        if text and not isinstance(found, bool):
            return text
    return ""


def line_at(value: Mapping[str, object], *fields: str) -> str:
    """As `text_at`, on one line."""
    return " ".join(text_at(value, *fields).split())


def clean(text: str) -> str:
    """Normalised and stripped."""
    return normalise_text(text).strip()


def year_of(when: str) -> int | None:
    """The year a date begins with; None where it begins with none that could be a paper's."""
    match = _YEAR.match(when)
    return int(match[0]) if match else None


def day_of(when: str) -> date | None:
    """The day a date or time begins with; None where it is less exact or no day."""
    match = _DAY.match(when)
    try:
        return date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None
