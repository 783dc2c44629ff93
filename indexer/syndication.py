"""What sites put around the texts of others: by-lines, headlines, "read more"."""

import re
from collections.abc import Sequence

from indexer.profile import Kind

MAX_BYLINE_WORDS = 10
MAX_BYLINE_CONTENT = 4
MAX_FURNITURE_WORDS = 25
MAX_LABEL_WORDS = 4
MAX_SOURCE_WORDS = 20
MAX_SOURCE_CONTENT = 2
MIN_LINE_WORDS = 5
MAX_LINE_WORDS = 20

_NOT = frozenset(
    "no not never without except unless ne pas nicht kein keine ohne не нет без nie ni sin sans sem não".split()
)

_PHRASES = re.compile(
    r"\b(?:read (?:more|on|the full|the original)|continue reading|click (?:here|to)"
    r"|subscribe (?:to|now|today|for)|sign up (?:to|for|now|today)|our (?:newsletter|website|app)"
    r"|(?:follow|contact|find|join|like) us|share (?:this|on|via)|all rights reserved"
    r"|(?:originally|first) (?:published|appeared|posted|printed)"
    r"|(?:re ?published|reprinted|reproduced|syndicated|reposted) (?:here |in full )?"
    r"(?:with|under|by|from|courtesy|via|in)|(?:is|was|are|were) (?:re ?published|reprinted|reproduced)"
    r"|(?:image|photo|picture) (?:courtesy|credit|by)|creative commons|terms of (?:use|service)"
    r"|privacy policy|(?:leave|post) a comment|download (?:our|the) app|back to top|log in"
    r"|support our (?:work|journalism)|related (?:articles|stories|posts)|see more|view all"
    r"|copyright [0-9]{4}|on (?:facebook|twitter|whatsapp|linkedin|instagram|x)"
    r"|mehr (?:lesen|erfahren|dazu)|lesen sie (?:auch|mehr|weiter)|alle rechte vorbehalten"
    r"|folgen sie uns|abonnieren sie|lire (?:la suite|aussi)|tous droits réservés|abonnez vous"
    r"|suivez nous|leer más|siga leyendo|todos los derechos reservados|síganos|leia (?:mais|também)"
    r"|todos os direitos reservados|leggi (?:anche|tutto)|tutti i diritti riservati"
    r"|lees (?:meer|verder|ook)|alle rechten voorbehouden|читать далее|читайте также"
    r"|все права защищены|подписывайтесь на)\b"
    r"|版 权 所 有|转 载|責 任 編 輯|责 任 编 辑|原 标 题|阅 读 全 文|点 击 查 看|続 き を 読 む|무단 전재"
    r"|جميع الحقوق محفوظة|اقرأ أيضا|สงวนลิขสิทธิ์"
)
"""In words with one space between."""

_LABELS = frozenset(
    "advertisement sponsored newsletter weiterlesen anzeige publicité publicidad suscríbete "
    "facebook twitter whatsapp print share comments tags topics".split()
)
_SOURCES = frozenset("source quelle fuente fonte bron источник".split())
_OUTLETS = frozenset(
    """
    source article story post piece text report published appeared posted printed reprinted
    republished reproduced syndicated originally first online website site page blog journal magazine
    newspaper weekly daily news wire agency of at by in on from via and also is was were has been here
    with permission kind under licence license courtesy
    """.split()
)
_RELATIVE = frozenset("that which who whose where when".split())
_PUBLISHED = re.compile(
    r"(?:(?:this|the) (?:article|story|post|piece|text|report) )?(?:(?:is|was|has been|were) )?"
    r"(?:(?:originally|first) (?:published|appeared|posted|printed)|re ?published|reprinted"
    r"|reproduced|syndicated) (?:here |online |also )?(?:by|in|on|at|from|with|courtesy)\b"
)
_FILLER = re.compile(
    r"(?:(?:what|everything|all|things|facts) )?(?:you|we) (?:should|need to|must|have to) know"
    r"(?: about)?|all about|everything about|(?:key |basic |quick )?facts(?: about)?|explained|at a glance"
    r"|(?:(?:a|an|the|your|our) )?(?:(?:complete|short|simple|quick|brief|ultimate|beginner s|beginners) )*"
    r"(?:guide|introduction|overview|primer|explainer)(?: to| of| for beginners)?"
    r"|was sie (?:über )?wissen (?:sollten|müssen)|alles über|tout savoir sur|todo sobre"
)
_BY = frozenset("by von par por di da door av af от".split())
_AGENCIES = frozenset(
    """
    reuters ap afp dpa ansa efe xinhua tass bloomberg upi pti correspondent reporter staff newsroom
    posted updated aktualisiert publié actualizado aggiornato bijgewerkt
    """.split()
)


def denies(words: Sequence[str]) -> bool:
    """Whether any word, or word of a phrase, says that something is not so."""
    return any(not _NOT.isdisjoint(word.split()) for word in words)


def is_furniture(words: Sequence[str]) -> bool:
    """Whether casefolded words invite, advertise or claim rights, and say nothing else."""
    if len(words) > MAX_FURNITURE_WORDS or denies(words):
        return False
    is_label = len(words) <= MAX_LABEL_WORDS and not _LABELS.isdisjoint(words)
    return is_label or bool(_PHRASES.search(" ".join(words)))


def is_publication(words: Sequence[str], kinds: Sequence[Kind]) -> bool:
    """Whether words say where a text is from, or who else published it, and nothing else.

    That is names, what outlets are called, and hardly another word: no clause tells more of them.
    """
    if len(words) > MAX_SOURCE_WORDS or denies(words) or any(word[-1].isdigit() for word in words):
        return False
    if words[0] not in _SOURCES and not _PUBLISHED.match(" ".join(words)):
        return False
    others = sum(
        kind is Kind.CONTENT and _OUTLETS.isdisjoint(word.split())
        for word, kind in zip(words, kinds, strict=True)
    )
    return others <= MAX_SOURCE_CONTENT and _RELATIVE.isdisjoint(words)


def is_line(words: Sequence[str]) -> bool:
    """Whether words may be a headline that says nothing of its own."""
    if not MIN_LINE_WORDS <= len(words) <= MAX_LINE_WORDS:
        return False
    return not denies(words) and not any(word[0].isdigit() for word in words)


def fills_title(words: Sequence[str]) -> bool:
    """Whether words that a title has beyond another promise to inform and say nothing else."""
    return _FILLER.fullmatch(" ".join(words)) is not None


def is_byline(words: Sequence[str], kinds: Sequence[Kind], *, is_first: bool) -> bool:
    """Whether words say who wrote a text, for whom and when."""
    if len(words) > MAX_BYLINE_WORDS or denies(words):
        return False
    if words[0] in _BY and Kind.NAME in kinds[1:3]:
        return True
    return (
        is_first
        and kinds.count(Kind.CONTENT) <= MAX_BYLINE_CONTENT
        and not _AGENCIES.isdisjoint(words)
    )
