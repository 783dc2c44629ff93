"""One MediaWiki site: its addresses, and which link targets are pages of its main namespace."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from corpora.urls import normalise_url

_ARTICLE_KEY = "0"
_SAFE = ";@$!*(),/~:"  # what MediaWiki leaves as it is
_MAX_TITLE_CHARS = 300
_SPACES = re.compile(r"[\s_]+")
_FORBIDDEN = re.compile(r"[\[\]{}|<>\ufffd\ue000-\ue00f]")

# Names that every wiki knows besides its own.
FILE_NAMES = frozenset(("file", "image", "media", "datei", "bild", "fichier", "archivo", "imagen",
                        "ficheiro", "imagem", "bestand", "afbeelding", "plik", "grafika", "файл",
                        "изображение", "ファイル", "画像", "文件", "檔案", "图像", "ملف", "파일"))  # fmt: skip
_NAMESPACES = frozenset((
    "talk", "user", "user talk", "wikipedia", "wikipedia talk", "project", "wp", "wt", "mediawiki",
    "template", "help", "category", "portal", "special", "draft", "module", "book", "timedtext",
    "kategorie", "catégorie", "categoría", "categoria", "categorie", "kategoria", "категория",
    "カテゴリ", "分类", "分類", "تصنيف", "분류",
)) | FILE_NAMES  # fmt: skip
_PROJECTS = (
    "w wikt wiktionary n wikinews b wikibooks q wikiquote s wikisource m meta metawikipedia c "
    "commons d wikidata species wikispecies v wikiversity voy wikivoyage mw mediawikiwiki phab "
    "foundation wmf doi iarchive google imdbname imdbtitle isbn rfc toollabs toolforge incubator "
    "outreach betawikiversity bugzilla gerrit sep arxiv oeis"
)
_LANGUAGES = (
    "aa ab ace ady af ak als alt am ami an ang anp ar arc ary arz as ast atj av avk awa ay az azb "
    "ba ban bar bat-smg bcl be be-tarask be-x-old bg bh bi bjn blk bm bn bo bpy br bs bug bxr ca "
    "cbk-zam cdo ce ceb ch chr chy ckb co cr crh cs csb cu cv cy da dag de din diq dsb dty dv dz "
    "ee el eml en eo es et eu ext fa ff fi fiu-vro fj fo fr frp frr fur fy ga gag gan gcr gd gl "
    "glk gn gom gor got gu guc gur guw gv ha hak haw he hi hif ho hr hsb ht hu hy hyw hz ia id ie "
    "ig ii ik ilo inh io is it iu ja jam jbo jv ka kaa kab kbd kbp kcg kg ki kj kk kl km kn ko koi "
    "kr krc ks ksh ku kv kw ky la lad lb lbe lez lfn lg li lij lld lmo ln lo lrc lt ltg lv mad mai "
    "map-bms mdf mg mh mhr mi min mk ml mn mni mnw mr mrj ms mt mus mwl my myv mzn na nah nap nds "
    "nds-nl ne new ng nia nl nn no nov nqo nrm nso nv ny oc olo om or os pa pag pam pap pcd pcm "
    "pdc pfl pi pih pl pms pnb pnt ps pt pwn qu rm rmy rn ro roa-rup roa-tara ru rue rw sa sah sat "
    "sc scn sco sd se sg sh shi shn si simple sk skr sl sm smn sn so sq sr srn ss st stq su sv sw "
    "szl szy ta tay tcy te tet tg th ti tk tl tn to tpi tr trv ts tt tum tw ty tyv udm ug uk ur uz "
    "ve vec vep vi vls vo wa war wo wuu xal xh xmf yi yo za zea zh zh-classical zh-min-nan zh-yue zu"
)
_INTERWIKI = frozenset(f"{_PROJECTS} {_LANGUAGES}".split())


@dataclass(frozen=True, slots=True)
class Site:
    """What a dump says of its wiki.

    Attributes:
        prefix: address of a page without its title, "https://en.wikipedia.org/wiki/"; None when
            unknown.
        namespaces: names of all namespaces but the main one, lowercase.
        keeps_case: whether titles may begin with a lowercase letter.
        language: ISO 639-1 code; None when unknown.
    """

    prefix: str | None = None
    namespaces: frozenset[str] = _NAMESPACES
    keeps_case: bool = False
    language: str | None = None

    def title_of(self, target: str) -> str | None:
        """The page that a link target names; None for one outside the main namespace."""
        title = self.clean_title(target.partition("#")[0])
        if not title or len(title) > _MAX_TITLE_CHARS or _FORBIDDEN.search(title):
            return None
        prefix, colon, _ = title.partition(":")
        if colon and (self.is_namespace(prefix) or prefix.strip().lower() in _INTERWIKI):
            return None
        return title

    def clean_title(self, title: str) -> str:
        """A title as the wiki spells it."""
        title = _SPACES.sub(" ", title).strip().removeprefix(":").strip()
        return title if self.keeps_case else title[:1].upper() + title[1:]

    def is_namespace(self, name: str) -> bool:
        """Whether it names a namespace other than the main one."""
        return _SPACES.sub(" ", name).strip().lower() in self.namespaces

    def is_file(self, target: str) -> bool:
        """Whether a link target is a file that is shown in its place."""
        prefix, colon, _ = target.partition(":")
        return bool(colon) and prefix.strip().lower() in FILE_NAMES

    def url_of(self, title: str) -> str | None:
        """The address of a page, normalised; None when the site's address is unknown."""
        if self.prefix is None:
            return None
        return _page_url(self.prefix, title)


@lru_cache(maxsize=1 << 16)  # the same pages are linked again and again
def _page_url(prefix: str, title: str) -> str | None:
    return normalise_url(prefix + quote(title.replace(" ", "_"), safe=_SAFE))


def make_site(
    base: str, namespaces: Iterable[tuple[str, str]], case: str, language: str, database: str
) -> Site:
    """A site from what stands in its dump.

    Args:
        base: address of the main page; may be empty.
        namespaces: (key, name) of each.
        case: "first-letter" or "case-sensitive".
        language: as the root declares it; may be empty.
        database: its name such as "dewiki"; may be empty.
    """
    own = {name.strip().lower() for key, name in namespaces if key != _ARTICLE_KEY and name}
    prefix = base.rpartition("/")[0] + "/" if base.startswith(("http://", "https://")) else None
    code = re.fullmatch(r"([a-z]{2,3}(?:_[a-z]+)*|simple)wiki", database)
    if prefix is None and code:
        prefix = f"https://{code[1].replace('_', '-')}.wikipedia.org/wiki/"
    language = language.lower() if re.fullmatch(r"[A-Za-z]{2}", language) else ""
    return Site(prefix, _NAMESPACES | own, case == "case-sensitive", language or None)
