"""Where sentences end, so that a long block can be cut without breaking one."""

import re

# A full stop, its closing quotes or brackets, and the white space after it; ideographic stops
# need no white space. A match begins at the first stop of a run and nothing backtracks, so that
# a megabyte of dots takes one pass.
_STOP = ".!?…؟۔।॥።។။։"
_END = re.compile(
    rf"(?:(?<![{_STOP}])[{_STOP}]++[\"'”’»)\]]*+\s++)|(?:[。！？｡]++[」』”’）]*+\s*+)|(?:\n+)"
)

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[])(?:"
    r"[A-Za-z]"  # initials, "p." and the end of "e.g.", "i.e.", "U.S."
    r"|(?:[A-Za-z]\.)+[A-Za-z]"
    r"|al|approx|art|ca|cf|ch|co|corp|dept|dr|ed|eds|eq|eqs|esp|est|etc|fig|figs|gen|gov|inc|jr|lt"
    r"|ltd|mr|mrs|ms|mt|no|nos|op|pp|prof|ref|refs|resp|rev|sec|sect|sen|sgt|sr|st|suppl|tab|univ"
    r"|viz|vol|vols|vs"
    r")\.$",
    re.IGNORECASE,
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Cuts `text` into sentences that partition it.

    Args:
        text: any text.

    Returns:
        (start, end) in code points; each sentence owns the white space after it. Empty for
        an empty text.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() == len(text) or not _ends_sentence(text, start, match):
            continue
        spans.append((start, match.end()))
        start = match.end()
    if start < len(text):
        spans.append((start, len(text)))
    return spans


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    if match.group()[0] != ".":
        return True
    following = text[match.end()]
    if following.islower():
        return False
    before = text[max(start, match.start() - 16) : match.start() + 1]
    return not _ABBREVIATION.search(before)
