"""What templates leave in the text: the few that hold prose, and infoboxes as rows.

A dump has no templates' output, only their names and arguments. Navigation, citations, hatnotes
and maintenance leave nothing; what authors write inside templates because it is prose stays.
"""

import re
from collections.abc import Mapping, Sequence

from corpora.wiki_markup import HOLE, PLACEHOLDER, Protected, Protection

_NAMED = re.compile(r"\s*([\w][\w \-/().'*+]{0,60}?)\s*=(?!=)(.*)", re.DOTALL)
_INFOBOX = re.compile(
    r"(?:infobox|taxobox|automatic taxobox|speciesbox|subspeciesbox|drugbox|chembox|geobox|"
    r"ficha de|ficha|info/|infocaixa|bio$|sidebar person|карточка|картка|基礎情報|bilgi kutusu|"
    r"thông tin|صندوق معلومات|infotaula|infoboks|infokotak|tietolaatikko|faktamall)",
    re.IGNORECASE,
)
_UNREAD_FIELD = re.compile(
    r"image|photo|logo|map|width|size|alt$|style|class|colou?r|caption|footnotes|pushpin|"
    r"coord|bild|imagen|imagem|изображение|画像|module|embed|_ref$|^ref|signature|audio|^name$|"
    r"link$|^(?:former|before|after|previous|next)$",
    re.IGNORECASE,
)
_FILE = re.compile(r"[^\[\]\n|]*\.(?:svg|png|jpe?g|gif|tiff?|webp|ogg|ogv|webm|pdf)", re.IGNORECASE)
_LAST = frozenset(("lang", "transl", "transliteration", "nihongo foot", "color", "colour",
                   "font color", "interlanguage link text"))  # fmt: skip
_FIRST = frozenset((
    "nowrap", "nobr", "small", "smaller", "big", "larger", "nobold", "em", "strong", "abbr", "quote",
    "blockquote", "cquote", "bquote", "rquote", "pull quote", "quotation", "quote box", "bq", "zitat", "citation bloc", "center",
    "centre", "smallcaps", "sc", "bold", "italic", "sup", "sub", "var", "mvar", "math", "mono",
    "code", "kbd", "ill", "interlanguage link", "flag", "flagu", "flagcountry", "sortname", "visible anchor",
    "vanchor", "anchor text", "ipa", "script", "zh", "nihongo", "unicode", "langue", "okina",
    "not a typo", "sic", "as written", "plainlist", "flatlist", "unbulleted list", "ubl", "hlist",
    "plain list", "ublist", "collapsible list", "bulleted list", "start date and age", "nts", "nts",
    "number", "formatnum", "gaps", "val", "num", "underline", "strikethrough", "tooltip", "hover title",
    "pre", "tt", "nihongo2", "nihongo3", "ship", "sclass", "hms", "uss", "rms",
))  # fmt: skip
_LISTS = frozenset(("unbulleted list", "ubl", "hlist", "bulleted list", "ublist", "flatlist",
                    "collapsible list", "plainlist", "zh", "gaps", "sortname"))  # fmt: skip
_UNITS = frozenset(("convert", "cvt", "unité", "höhe", "heightcm"))
_DATES = re.compile(r"(?:birth|death|start|end|film|release)[ -]?(?:date|year|da)\b|dts|date$|dob")
_SIGNS: Mapping[str, str] = {
    "ndash": "–", "mdash": "—", "spaced ndash": " – ", "snd": " – ", "spnd": " – ", "dash": " – ",
    "spaced mdash": " — ", "nbsp": " ", "·": " · ", "•": " • ", "bull": " • ", "!": "|", "=": "=",
    "'": "'", "shy": "", "pi": "π", "times": "×", "minus": "−", "en dash": "–", "em dash": "—",
    "dot": " · ", "middot": " · ", "pipe": "|", "br": " ", "break": " ", "clear": "",
}  # fmt: skip
_LEADS: Mapping[str, str] = {"circa": "c. ", "c.": "c. ", "ca": "c. ", "as of": "As of ",
                             "frac": "", "fraction": "", "sfrac": "", "born": "born "}  # fmt: skip
_BESIDE = re.compile(
    r"nav|sidebar|side box|ref|note|cit|footer|succession|s-|authority", re.IGNORECASE
)
"""Templates whose lists stand beside the article rather than in it."""
_LIST_LINE = re.compile(r"(?:^|\n)[ \t]*(?:[*#]+[^\n]|\{\|)")
_CAPTION = re.compile(r"caption\d*|alt_?caption\d*|legend\d*|bildunterschrift", re.IGNORECASE)
_MAX_LIST = 200


class TemplateRenderer:
    """Renders templates of a page; infoboxes go behind a placeholder."""

    def __init__(self, protection: Protection) -> None:
        self._protection = protection

    def render(self, name: str, arguments: Sequence[str]) -> str:
        """What stands for a template in the text: wikitext, a placeholder or a hole."""
        key = " ".join(name.replace("_", " ").lower().split())
        if key in _SIGNS:
            return _SIGNS[key]
        if _INFOBOX.match(key):
            return self._infobox(arguments)
        positional = [each for each in arguments[:_MAX_LIST] if not _is_named(each)]
        text = _prose(key, [each.strip() for each in positional], arguments)
        return text or _lists(key, arguments) or _captions(key, arguments) or HOLE

    def _infobox(self, arguments: Sequence[str]) -> str:
        rows: list[tuple[str, str]] = []
        for argument in arguments:
            match = _NAMED.match(argument)
            if match is None or _UNREAD_FIELD.search(match[1]):
                continue
            # An infobox inside another has been left out with its placeholder.
            value = PLACEHOLDER.sub("", match[2]).replace(HOLE, "").strip()
            if value and not _FILE.fullmatch(value):
                rows.append((" ".join(match[1].replace("_", " ").split()), value))
        if not rows:
            return HOLE
        return f"\n\n{self._protection.keep(Protected('infobox', rows=rows))}\n\n"


def _prose(key: str, positional: Sequence[str], arguments: Sequence[str]) -> str:
    if key in _LAST or key.startswith(("lang-", "ipa-", "ipac-")):
        return positional[-1] if positional and not key.startswith("ip") else ""
    if key in _UNITS:
        return _measure(positional)
    if key in _LISTS:
        return _joined(positional, " " if key in ("zh", "gaps", "sortname") else ", ")
    if key in _FIRST:
        return positional[0] if positional else _named_text(arguments)
    if key in _LEADS:
        separator = "/" if "frac" in key else " "
        return _LEADS[key] + separator.join(positional[:3]) if positional else ""
    if _DATES.match(key):
        numbers = [each for each in positional[:6] if each.isdigit()]
        return "-".join(each.zfill(2) for each in numbers[:3])
    return ""


def _lists(key: str, arguments: Sequence[str]) -> str:
    """The lists and tables that a template sets in columns or frames."""
    if _BESIDE.match(key):
        return ""
    kept = [_value(each) for each in arguments if _LIST_LINE.search(_value(each))]
    return "".join(f"\n{value}\n" for value in kept)


def _captions(key: str, arguments: Sequence[str]) -> str:
    """The captions of images that a template puts side by side, as those of files."""
    if "image" not in key and "bild" not in key:
        return ""
    matches = [_NAMED.match(argument) for argument in arguments]
    found = [match[2].strip() for match in matches if match and _CAPTION.fullmatch(match[1])]
    return "".join(f"[[File:x|thumb|{caption}]]" for caption in found if caption)


def _value(argument: str) -> str:
    match = _NAMED.match(argument)
    return match[2] if match else argument


def _measure(positional: Sequence[str]) -> str:
    """As it was typed, without the conversion: "10 km", "5 to 10 km"."""
    if len(positional) >= 4 and positional[1] in ("to", "and", "-", "–", "by", "x", "or"):
        return " ".join(positional[:4])
    return " ".join(positional[:2])


def _joined(positional: Sequence[str], separator: str) -> str:
    items: list[str] = []
    for each in positional:
        items += [line.lstrip("*#: ") for line in each.splitlines()]
    return separator.join(filter(None, items))


def _named_text(arguments: Sequence[str]) -> str:
    """The text of a quotation whose parts are named."""
    for argument in arguments:
        match = _NAMED.match(argument)
        if match is not None and match[1].lower() in ("text", "quote", "1", "content", "texte"):
            return match[2].strip()
    return ""


def _is_named(argument: str) -> bool:
    return _NAMED.match(argument) is not None
