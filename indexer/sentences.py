"""Where sentences end, so that a long block can be cut without breaking one."""

import re

# A full stop, its closing quotes or brackets, and the white space after it; ideographic stops,
# and ASCII marks between ideographs, need no white space. A match begins at the first stop of a
# run and nothing backtracks, so that a megabyte of dots takes one pass.
_STOP = ".!?…؟۔।॥።။។៕։།༎‼⁇⁈⁉"
_CLOSING = "\"'”’»)\\]」』）】"
_IDEOGRAPH = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff08「『【《“"
_END = re.compile(
    rf"(?:(?<![{_STOP}])[{_STOP}]++[{_CLOSING}]*+\s++)"
    rf"|(?:(?<![{_STOP}])[!?]++(?=[{_IDEOGRAPH}]))"
    rf"|(?:(?:[。！？｡]|．(?![0-9０-９]))++[{_CLOSING}]*+\s*+)"
    r"|(?:\n+)"
)

# Japanese goes on behind a quotation: 「……。」と言った.
_QUOTED = re.compile(rf"[。！？｡．][{_CLOSING}]+$")
_GOES_ON = re.compile("と|って|という|とか|など|の|は|が|を|に|も")

_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[«„“])(?:"
    r"[A-Za-zÀ-ɏͰ-ԯ]"  # initials, "p." and the end of "e.g.", "i.e.", "U.S.", "т. д."
    r"|(?:[A-Za-zÀ-ɏͰ-ԯ]{1,2}\.)+[A-Za-zÀ-ɏͰ-ԯ]{1,2}"
    r"|al|approx|art|ca|cf|ch|co|corp|dept|dr|ed|eds|eq|eqs|esp|est|etc|fig|figs|gen|gov|inc|jr|lt"
    r"|ltd|mr|mrs|ms|mt|no|nos|op|pp|prof|ref|refs|resp|rev|sec|sect|sen|sgt|sr|st|suppl|tab|univ"
    r"|viz|vol|vols|vs"
    r"|abb|bd|bzw|evtl|ggf|hrsg|inkl|nr|usw|vgl"  # German
    r"|sra|dra|núm|pág|págs|ej|pag|ecc"  # Spanish, Portuguese, Italian
    r"|рис|табл|см|ср|гл|стр|ул|проф|акад|др|тыс|млн|руб|np|tzn|tzw|godz|ul"  # Russian, Polish
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
        return not (_QUOTED.search(match.group()) and _GOES_ON.match(text, match.end()))
    following = text[match.end()]
    if following.islower():
        return False
    before = text[max(start, match.start() - 16) : match.start() + 1]
    return not _ABBREVIATION.search(before)
