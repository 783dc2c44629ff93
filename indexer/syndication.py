"""What sites put around the texts of others: by-lines, headlines, "read more"."""

import re
from collections.abc import Sequence

from indexer.profile import Kind

MAX_BYLINE_WORDS = 10
MAX_BYLINE_CONTENT = 4
MAX_FURNITURE_WORDS = 25
MAX_LABEL_WORDS = 4
MAX_SOURCE_WORDS = 12
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
_SOURCES = frozenset(
    "source sources credit credits courtesy via quelle quellen fuente fuentes fonte fonti bron "
    "источник 来源 來源".split()
)
_FILLERS = frozenset(
    """
    a about all an and answers article at basics beginner beginners best brief by complete
    comprehensive definition essential essentials everything explained explainer fact facts faq for
    full glance guide handbook how important in info information introduction is it key know learn
    meaning more must need of on our overview primer quick s should simple simply summary the these
    things tips to top tutorial ultimate understand understanding what you your
    alles das der die ein eine einführung erklärt fakten leitfaden müssen sie sollten tipps über
    überblick und was wissen wissenswertes
    ce comprendre de faut guide il introduction la le les présentation qu que quoi savoir sur tout
    cosas debe debes el guía introducción lo qué resumen saber sobre todo
    """.split()
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
    is_source = words[0] in _SOURCES and len(words) <= MAX_SOURCE_WORDS
    return is_label or is_source or bool(_PHRASES.search(" ".join(words)))


def is_line(words: Sequence[str]) -> bool:
    """Whether words may be a headline that says nothing of its own."""
    if not MIN_LINE_WORDS <= len(words) <= MAX_LINE_WORDS:
        return False
    return not denies(words) and not any(word[0].isdigit() for word in words)


def fills_title(words: Sequence[str]) -> bool:
    """Whether words that a title has beyond another promise to inform and say nothing else."""
    return all(part in _FILLERS for word in words for part in word.split())


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
