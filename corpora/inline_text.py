"""Running text put together from the pieces of a tree, with the places that cite."""

from collections.abc import Sequence

from corpora.citations import Reference
from corpora.document import Citation
from corpora.spans import normalise_spans


class TextBuilder:
    """Collects pieces; white space between and inside them collapses.

    `start_line` begins lines that stay apart, as those of a list.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._last = "\n"
        self._marks: list[tuple[int, int, object]] = []

    @property
    def position(self) -> int:
        """Code points so far."""
        return self._length

    @property
    def last(self) -> str:
        """The last character; a line feed at the beginning."""
        return self._last

    def add(self, text: str | None) -> None:
        """Adds a piece of running text."""
        if not text:
            return
        words = text.split()
        if (not words or text[0].isspace()) and not self._last.isspace():
            self._put(" ")
        if words:
            self._put(" ".join(words))
            if text[-1].isspace():
                self._put(" ")

    def start_line(self, lead: str = "") -> None:
        """Begins a new line with `lead`, taken as it is."""
        if self._last == " ":
            self._parts[-1] = self._parts[-1][:-1]
            self._length -= 1
        if self._length and self._last != "\n":
            self._put("\n")
        if lead:
            self._put(lead)

    def cite(self, start: int, references: Sequence[Reference]) -> None:
        """What was added since `start` is a marker that cites `references`."""
        for reference in references:
            self.mark(start, reference)

    def mark(self, start: int, value: object) -> None:
        """`value` belongs to what was added since `start`."""
        if start < self._length:
            self._marks.append((start, self._length, value))

    def take(self) -> tuple[str, tuple[Citation, ...]]:
        """The text, NFC and stripped, and its citations; the builder is then empty."""
        text, marks = self.take_marked()
        return text, tuple(
            Citation(start, end, value.cited, value.title)
            for start, end, value in marks
            if isinstance(value, Reference)
        )

    def take_marked(self) -> tuple[str, list[tuple[int, int, object]]]:
        """The text, NFC and stripped, and (start, end, value) of each mark that is left of it."""
        spans = [(start, end) for start, end, _ in self._marks]
        text, moved = normalise_spans("".join(self._parts), spans)
        marks = [
            (*span, value)
            for span, (_, _, value) in zip(moved, self._marks, strict=True)
            if span is not None
        ]
        self._parts, self._length, self._last, self._marks = [], 0, "\n", []
        return text, marks

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        self._last = text[-1:] or self._last
