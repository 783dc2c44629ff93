"""What a file's first JSON object is made of, from as much of it as is looked at."""

import re
from json import JSONDecodeError, loads

_OPENING = re.compile(rb"[\s\[\x1e]*\{")
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*+)("(?:\s*(:))?)?|[{}\[\]]', re.DOTALL)
_VALUE_CHARS = 300


def first_object(start: bytes) -> dict[str, str]:
    """The keys of the first object, each with the beginning of its value as it stands there.

    Empty where the bytes do not begin as JSON with an object, or with an array of objects.
    Keys behind the end of what is looked at are missing.
    """
    start = start.removeprefix(b"\xef\xbb\xbf")
    opening = _OPENING.match(start)
    found: dict[str, str] = {}
    if opening is None:
        return found
    depth = 1
    for token in _TOKEN.finditer(start, opening.end()):
        if token[1] is not None:
            if depth == 1 and token[3]:
                end = token.end()
                value = start[end : end + _VALUE_CHARS].decode("utf-8", "replace")
                found.setdefault(_key(token[1]), value.lstrip())
            continue
        depth += 1 if token[0] in b"{[" else -1
        if depth == 0:
            break
    return found


def _key(raw: bytes) -> str:
    try:
        return str(loads(b'"%b"' % raw))
    except (JSONDecodeError, UnicodeDecodeError):
        return raw.decode("utf-8", "replace")
