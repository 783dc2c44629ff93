"""The sentence around a link."""

import re
from bisect import bisect_right

_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=\S)|[。！？]")
MAX_CONTEXT_CHARS = 400


class Sentences:
    """The sentences of a paragraph, found once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _END.finditer(text))]

    def around(self, start: int, end: int) -> str:
        """The sentence that holds `text[start:end]`, of a very long one what is nearest."""
        first = bisect_right(self._starts, start) - 1
        last = bisect_right(self._starts, max(start, end - 1))
        begin = self._starts[first]
        stop = self._starts[last] if last < len(self._starts) else len(self._text)
        room = max(0, MAX_CONTEXT_CHARS - (end - start)) // 2
        return self._text[max(begin, start - room) : min(stop, end + room)].strip()
