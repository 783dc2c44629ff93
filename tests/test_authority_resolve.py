import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authority.domain import Domain, find_domain
from authority.page import Page, read_page
from authority.prior import DISTRUSTED, UNKNOWN, weigh
from authority.record import (
    AuthorityRecord,
    Category,
    Evidence,
    EvidenceKind,
    Stance,
    SuffixClass,
    Topic,
    parse_key,
)
from authority.registry import Registry, load_registry
from authority.resolve import Resolver, Withheld
from corpora.urls import normalise_url

REGISTRY = load_registry()
RESOLVER = Resolver(REGISTRY)
TRUSTED = [record for record in REGISTRY.records if record.stance is Stance.TRUST]
LOOKALIKES = str.maketrans("aceiopxyABEHKMOPTX", "асеіорхуАВЕНКМОРТХ")


def own(key: str, stance: Stance = Stance.TRUST, tier: int | None = 2) -> AuthorityRecord:
    evidence = Evidence(EvidenceKind.CURATED, "reason", "https://a.example", None, "ada")
    topics = (Topic.GENERAL,) if stance is Stance.TRUST else ()
    return AuthorityRecord(
        parse_key(key), stance, tier, Category.DOCUMENTATION, topics, "reason", (evidence,)
    )


# An input and the key whose trust it must get.
INHERITS = [
    ("who.int", "who.int"),
    ("WHO.INT", "who.int"),
    (" who.int ", "who.int"),
    ("who.int.", "who.int"),
    ("who.int:443", "who.int"),
    ("who.int/news", "who.int"),
    ("who.int?x=1", "who.int"),
    ("//who.int/news", "who.int"),
    ("http:who.int", "who.int"),
    ("https:\\\\who.int\\news", "who.int"),
    ("https://www.who.int/", "who.int"),
    ("HTTPS://WwW.wHo.InT/", "who.int"),
    ("https://who.int:8443/", "who.int"),
    ("https://who.int./", "who.int"),
    ("https://user:secret@who.int/", "who.int"),
    ("https://evil.com@who.int/", "who.int"),
    ("https://ｗｈｏ.int/", "who.int"),
    ("https://who。int/", "who.int"),
    ("https://%77ho.int/", "who.int"),
    ("https://wh\u200bo.int/", "who.int"),
    ("https://wh\u00ado.int/", "who.int"),
    ("https://wh\no.int/", "who.int"),
    ("https://who.int/evil.com", "who.int"),
    ("https://who.int/#https://evil.com", "who.int"),
    ("https://a.b.c.d.who.int/", "who.int"),
    ("https://_x.who.int/", "who.int"),
    ("https://xn--caf-dma.who.int/", "who.int"),
    ("québec.ca", "xn--qubec-csa.ca"),
    ("xn--qubec-csa.ca", "xn--qubec-csa.ca"),
    ("XN--QUBEC-CSA.CA", "xn--qubec-csa.ca"),
    ("https://iris.who.int/handle/10665/1", "iris.who.int"),
    ("https://ec.europa.eu/eurostat/web/main", "ec.europa.eu/eurostat"),
    ("https://ec.europa.eu/x/../eurostat", "ec.europa.eu/eurostat"),
    ("https://ec.europa.eu/x/%2e%2E/eurostat", "ec.europa.eu/eurostat"),
    ("https://ec.europa.eu/%65urostat", "ec.europa.eu/eurostat"),
    ("https://ec.europa.eu/eurostatx", "europa.eu"),
    ("https://ec.europa.eu/eurostat/../x", "europa.eu"),
    ("https://ec.europa.eu/EUROSTAT", "europa.eu"),
    ("https://ec.europa.eu/x%2feurostat", "europa.eu"),
    ("https://ec.europa.eu/eurostat%2fweb", "europa.eu"),
    ("https://docs.python.org/3/library/re.html", "docs.python.org"),
    ("https://en.wikipedia.org/wiki/AC%2FDC", "wikipedia.org"),
    ("https://www.who.int/-/media/x.pdf", "who.int"),
    ("https://www.who.int/~/media/x.pdf", "who.int"),
    ("https://www.eea.europa.eu/@@download/file", "europa.eu"),
    ("https://who.int/search?q=https", "who.int"),
    ("https://who.int/login?next=/news", "who.int"),
    ("https://who.int/login?next=https://www.who.int/news", "who.int"),
    ("https://who.int/login?next=index.php", "who.int"),
    ("https://who.int/page?v=1.2.3&file=report.pdf", "who.int"),
    ("https://who.int/http/status", "who.int"),
    ("https://www.gov.uk/", "gov.uk"),
    ("https://register.service.gov.uk/", "service.gov.uk"),
    ("https://www.ox.ac.uk/", "ac.uk"),
    ("https://www.impots.gouv.fr/", "gouv.fr"),
    ("https://home.gov.uk/", "gov.uk"),
    ("https://users.edu/", "edu"),
    ("https://x.xn--mxtq1m.xn--j6w193g/", "xn--mxtq1m.xn--j6w193g"),
    ("https://x.政府.香港/", "xn--mxtq1m.xn--j6w193g"),
    ("https://wiki.archlinux.org/title/Bash", "wiki.archlinux.org"),
    ("https://kremlin.gov.ru/", "gov.ru"),
]

# Inputs that must get nobody's trust, though most carry a trusted name.
NOTHING = [
    # another host with the name in it
    "who.int.evil.com",
    "https://who.int.evil.com/",
    "evil-who.int.co",
    "https://who.int-evil.com/",
    "https://whoint.com/",
    "https://who-int.com/",
    "https://who.intl/",
    "https://who.int.co/",
    "https://docs.python.org.evil.io/",
    "https://evildocs.python.com/",
    "https://xdocs.python.org/",
    "https://python.org/",
    "https://notbbc.co.uk/",
    "https://co.uk/",
    "https://harvard.edu.evil.com/",
    "https://gov.evil.com/",
    "https://evilgov/",
    "https://gouv.fr.evil.fr/",
    "https://mygouv.fr/",
    "https://ac.uk.com/",
    "https://evil.edu.pl/",
    "https://evil.com/who.int",
    "https://evil.com/https://who.int/",
    "https://evil.com?who.int",
    "https://evil.com#who.int",
    # userinfo, slashes, ports, separators
    "https://who.int@evil.com/",
    "https://who.int:443@evil.com/",
    "https://who.int%2F@evil.com/",
    "https://who.int%00@evil.com/",
    "https://who.int\\@evil.com/",
    "https://evil.com\\@who.int/",
    "https://evil.com/@who.int/",
    "https://evil.com:80#@who.int/",
    "https://evil.com?@who.int/",
    "https:evil.com/who.int",
    "https:///evil.com/who.int",
    "https://who.int\n.evil.com/",
    "https://who.int\t.evil.com/",
    "https://who。int。evil.com/",
    "https://who.int．evil.com/",
    "https://who.int\u3002evil.com/",
    # look-alike letters
    "https://whо.int/",
    "https://xn--wh-fmc.int/",
    "https://ԝho.int/",
    "https://dосs.python.org/",
    "https://nіh.gov/",
    "https://xn--nh-ija.gov/",
    "https://www.hаrvard.edu/",
    "https://wıkipedia.org/",
    "https://xn--wkipedia-c2a.org/",
    "https://ietf.оrg/",
    "https://сo.gov.uk/",
    # addresses, single labels, names outside the domain name system
    "https://127.0.0.1/who.int",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://[::1]/",
    "https://[::ffff:1.2.3.4]:80/who.int",
    "https://localhost/",
    "https://.who.int/",
    "https://a..who.int/",
    "https://who.int.127.0.0.1/",
    # user pages and other people's hosts
    "https://someone.github.io/",
    "https://github.io/",
    "https://github.com/who/int",
    "https://sites.google.com/view/who-int",
    "https://medium.com/@who",
    "https://who.substack.com/",
    "https://who.wordpress.com/",
    "https://who.blogspot.com/",
    "https://www.academia.edu/123/Paper",
    "https://harvard.academia.edu/Someone",
    "https://petition.parliament.uk/petitions/1",
    "https://web.archive.org/web/2020/https://www.who.int/",
    "https://someone.git-pages.rit.edu/",
    "https://unlisted.netlify.app/",
    "https://www.stanford.edu/~knuth/",
    "https://www.stanford.edu/%7Eknuth/",
    "https://www.stanford.edu/%257Eknuth/",
    "https://www.stanford.edu/a/b/~knuth",
    "https://www.stanford.edu/a%2f~knuth",
    "https://www.stanford.edu/a%5c~knuth",
    "https://www.stanford.edu//~knuth",
    "https://www.who.int/~someone/",
    "https://www.who.int/@someone",
    "https://en.wikipedia.org/wiki/User:Someone",
    "https://en.wikipedia.org/wiki/User%3ASomeone",
    "https://en.wikipedia.org/wiki/User_talk:Someone",
    "https://people.eecs.berkeley.edu/someone",
    "https://users.cs.york.ac.uk/",
    "https://blogs.harvard.edu/someone",
    "https://sites.psu.edu/someone",
    "https://www.example.edu/users/someone",
    "https://www.example.edu/Users/someone",
    "https://www.example.edu/users;x=1/someone",
    "https://www.example.edu/%75sers/someone",
    "https://forum.who.int/t/1",
    "https://www.who.int/forums/t/1",
    "https://lists.w3.org/Archives/1",
    "https://developer.apple.com/forums/thread/1",
    "https://developer.apple.com/FORUMS/thread/1",
    "https://developer.apple.com/x/..%2fforums/thread/1",
    # redirects and paths that servers read in two ways
    "https://who.int/redirect?url=http://evil.com",
    "https://who.int/redirect?url=http%3A%2F%2Fevil.com",
    "https://who.int/redirect?url=http%253A%252F%252Fevil.com",
    "https://who.int/redirect?anything=https://evil.com/",
    "https://who.int/redirect?a=1;url=https://evil.com/",
    "https://who.int/redirect?url=//evil.com",
    "https://who.int/redirect?url=/\\evil.com",
    "https://who.int/redirect?url=%20https:evil.com",
    "https://who.int/redirect?url=hTTps:/evil.com",
    "https://who.int/redirect?url=evil.com/page",
    "https://who.int/redirect?next_url=www.evil.com",
    "https://who.int/redirect?returnTo=evil.com",
    "https://who.int/redirect?url=https://who.int.evil.com/",
    "https://who.int/redirect?url=https://who.int@evil.com/",
    "https://who.int/redirect?url=https://%zz",
    "https://who.int/redirect?https://evil.com",
    "https://who.int/redirect/https://evil.com/",
    "https://who.int/redirect/https:/evil.com/",
    "https://who.int/redirect/https%3A%2F%2Fevil.com/",
    "https://proxy.library.example.edu/login?url=https://evil.com",
    "https://www-evil-com.ezproxy.example.edu/",
    "https://who.int/a/..%2fb",
    "https://who.int/a/%252e%252e/b",
    "https://who.int/a%5c..%5cb",
    # no web address at all
    "",
    " ",
    ".",
    "/",
    "//",
    "https://",
    "https:///",
    "who int",
    "director@who.int",
    "mailto:director@who.int",
    "javascript:alert('who.int')",
    "javascript://who.int/%0aalert(1)",
    "data:text/html,who.int",
    "ftp://who.int/",
    "file://who.int/etc",
    "view-source:https://who.int/",
    "blob:https://who.int/1",
    "https://who.int:99999/",
    "https://who.int:evil/",
    "who.int＠evil.com",
    "who.int／evil",
    "[::1]",
    "https://xn--a.int/",
    "https://who.int\x00.evil.com/",
    "\ud800",
    "a" * 100_000,
]


@pytest.mark.parametrize(("text", "key"), INHERITS)
def test_pages_of_a_host_get_its_trust(text: str, key: str) -> None:
    resolution = RESOLVER.resolve(text)
    assert resolution.matched == key
    assert resolution.withheld is None
    assert resolution.tier is not None
    assert resolution.category is not None
    assert resolution.input == text


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_else_does(text: str) -> None:
    resolution = RESOLVER.resolve(text)
    assert resolution.tier is None
    assert weigh(resolution).value <= UNKNOWN
    assert resolution.evidence


def test_table_is_as_long_as_promised() -> None:
    assert len(NOTHING) >= 80
    assert len({*NOTHING}) == len(NOTHING)


def _in_registered_suffix(host: str) -> bool:
    labels = host.split(".")
    suffixes = {".".join(labels[start:]) for start in range(len(labels))}
    return bool(suffixes & (REGISTRY.records_by_host.keys() | REGISTRY.suffix_by_host.keys()))


@pytest.mark.parametrize("record", TRUSTED, ids=lambda record: str(record.key))
def test_no_spoof_of_a_trusted_key_gets_its_trust(record: AuthorityRecord) -> None:
    host, path = record.key.host, "/" + "/".join(record.key.segments)
    registrable = find_domain(host).registrable or host
    name, _, suffix = registrable.partition(".")
    below = host.removesuffix(registrable)
    elsewhere = [
        f"https://{host}.evil.com{path}",
        f"https://{host}-evil.com{path}",
        f"https://evil-{host}.xyz{path}",
        f"https://{host.replace('.', '-')}.com{path}",
        f"https://{host.replace('.', '')}.net{path}",
        f"https://{below}{name}.evil.{suffix}.xyz{path}",
        f"https://{below}{name}.{suffix}.zip{path}",
        f"https://{host}@evil.com{path}",
        f"https://{host}:443@evil.com{path}",
        f"https://{host}%2f@evil.com{path}",
        f"https://evil.com\\@{host}{path}",
        f"https://evil.com/{host}{path}",
        f"https://evil.com?{host}{path}",
        f"https://evil.com#@{host}{path}",
        f"https://evil.com/https://{host}{path}",
        f"https://{host}。evil.com{path}",
        f"https://{below}{name.translate(LOOKALIKES)}ı.{suffix}{path}",
        f"https://{below}{name.replace('o', 'о').replace('e', 'е')}а.{suffix}{path}",
        f"https://xn--{name}-9za.{suffix}{path}",
        f"javascript://{host}{path}",
    ]
    for spoof in elsewhere:
        resolution = RESOLVER.resolve(spoof)
        assert resolution.matched is None, spoof
        assert resolution.tier is None, spoof
    on_the_host = [
        f"https://{host}{path}/~mallory/",
        f"https://{host}{path}/%7Emallory/",
        f"https://{host}{path}/redirect?url=https://evil.com/",
        f"https://{host}{path}/redirect?x={quote('https://evil.com/', safe='')}",
        f"https://{host}{path}/..%2f..%2fevil",
    ]
    for spoof in on_the_host:
        assert RESOLVER.resolve(spoof).tier is None, spoof


@pytest.mark.parametrize("record", TRUSTED, ids=lambda record: str(record.key))
def test_glued_names_do_not_match_the_key(record: AuthorityRecord) -> None:
    glued = RESOLVER.resolve(f"https://evil{record.key.host}/")
    assert glued.record is None or glued.record.key.host != record.key.host
    assert glued.tier is None or _in_registered_suffix(f"evil{record.key.host}")


@pytest.mark.parametrize("record", TRUSTED, ids=lambda record: str(record.key))
def test_every_key_is_found_in_every_spelling(record: AuthorityRecord) -> None:
    host, path = record.key.host, "".join(f"/{segment}" for segment in record.key.segments)
    for text in (
        f"{host}{path}",
        f"https://{host}{path}",
        f"http://{host.upper()}.:8080{path}",
        f"https://sub.{host}{path}/x",
    ):
        resolution = RESOLVER.resolve(text)
        if text.startswith("https://sub.") and resolution.record is not record:
            continue  # a longer key below this one
        assert resolution.record is record, text
        assert resolution.tier == record.tier, text


_LABELS = st.sampled_from(
    "who int gov uk edu com python docs org github io evil ac co xn--wh-fmc www europa eu "
    "service 1".split()
)


@given(st.lists(_LABELS, min_size=1, max_size=5), st.text(max_size=10), st.text(max_size=10))
def test_nothing_outside_a_registered_suffix_gets_a_tier(
    labels: list[str], user: str, path: str
) -> None:
    for text in (
        ".".join(labels),
        f"https://{'.'.join(labels)}/{path}",
        f"https://{user}@{'.'.join(labels)}/{path}",
    ):
        resolution = RESOLVER.resolve(text)
        if resolution.tier is not None:
            assert resolution.host is not None
            assert _in_registered_suffix(resolution.host)


@given(st.text(max_size=60))
def test_any_text_is_resolved_without_an_error(text: str) -> None:
    for candidate in (text, f"https://{text}", f"https://who.int/{text}", f"who.int?url={text}"):
        resolution = RESOLVER.resolve(candidate)
        assert resolution.input == candidate
        assert resolution.evidence


@given(st.sampled_from([text for text, _ in INHERITS] + NOTHING))
def test_normalised_urls_resolve_alike(text: str) -> None:
    url = normalise_url(text)
    if url is not None and text.lower().startswith("http"):
        normalised, raw = RESOLVER.resolve_normalised(url), RESOLVER.resolve(text)
        assert (normalised.matched, normalised.withheld) == (raw.matched, raw.withheld)
        assert normalised.host == raw.host


def test_longest_match_wins() -> None:
    resolver = Resolver(
        Registry(
            (
                own("example.org", tier=4),
                own("example.org/docs", tier=3),
                own("example.org/docs/api", tier=2),
                own("example.org/docs/api/forum", Stance.USER_CONTENT, None),
                own("docs.example.org", tier=1),
                own("bad.example.org", Stance.DISTRUST, None),
                own("host.example.org/official", tier=1),
            ),
            (SuffixClass("org", 4, Category.NGO, None, "test"),),
            (),
        )
    )
    expected = {
        "example.org": 4,
        "example.org/docs": 3,
        "www.example.org/docs/": 3,
        "example.org/docs/api/x": 2,
        "example.org/docs/apix": 3,
        "example.org/docs//api": 3,
        "example.org/docs/api/forum/1": None,
        "example.org/docs/api/FORUM/1": None,
        "example.org/docs//api/forum/1": None,
        "docs.example.org/docs/api": 1,
        "bad.example.org": None,
        "host.example.org": 4,
        "host.example.org/official": 1,
        "other.org": 4,
    }
    for text, tier in expected.items():
        assert resolver.resolve(text).tier == tier, text
    assert weigh(resolver.resolve("a.bad.example.org/~x?url=//evil.com")).value == DISTRUSTED


def test_curated_user_page_is_the_curators_word() -> None:
    resolver = Resolver(Registry((own("cs.example.edu/~knuth"),), (), REGISTRY.user_pages))
    assert resolver.resolve("cs.example.edu/~knuth/taocp").tier == 2
    assert resolver.resolve("cs.example.edu/~knuth/~mallory").tier is None
    assert resolver.resolve("cs.example.edu/~knuthx").matched is None


def test_private_suffix_is_crossed_by_explicit_keys_only() -> None:
    landlord = Resolver(Registry((own("github.io"), own("rit.edu")), (), ()))
    assert landlord.resolve("github.io").tier == 2
    assert landlord.resolve("x.github.io").tier == 2  # the key names the suffix itself
    assert landlord.resolve("x.git-pages.rit.edu").withheld is Withheld.OTHER_OWNER
    assert landlord.resolve("x.git-pages.rit.edu").user_content
    tenant = Resolver(Registry((own("x.github.io"),), (), ()))
    assert tenant.resolve("docs.x.github.io").tier == 2
    assert tenant.resolve("y.github.io").withheld is Withheld.OTHER_OWNER


def test_distrust_is_not_dodged() -> None:
    for text in (
        "infowars.com",
        "https://www.infowars.com/~x/",
        "https://infowars.com/?url=https://who.int/",
        "https://infowars.com/a/..%2fb",
    ):
        resolution = RESOLVER.resolve(text)
        assert resolution.distrusted
        assert weigh(resolution).value == DISTRUSTED


def test_evidence_names_every_step() -> None:
    kinds = {
        "who.int": ["curated", "suffix_class"],
        "bbc.co.uk": ["curated"],
        "www.ox.ac.uk": ["suffix_class"],
        "www.ox.ac.uk/~x": ["suffix_class", "page_rule"],
        "academia.edu": ["curated", "page_rule"],
        "x.netlify.app": ["curated", "page_rule"],
        "x.git-pages.rit.edu": ["page_rule"],
        "nobody.example": ["nothing_known"],
        "": ["unreadable_input"],
    }
    for text, expected in kinds.items():
        assert [entry.kind for entry in RESOLVER.resolve(text).evidence] == expected, text


@pytest.mark.parametrize(
    ("host", "registrable", "owner_depth"),
    [
        ("www.bbc.co.uk", "bbc.co.uk", 0),
        ("foo.github.io", "foo.github.io", 2),
        ("github.io", None, 0),
        ("www.gov.uk", "www.gov.uk", 0),
        ("gouv.fr", None, 0),
        ("a.b.example", "b.example", 0),
        ("a.xn--qubec-csa.ca", "xn--qubec-csa.ca", 0),
        ("localhost", None, 0),
        ("127.0.0.1", None, 0),
        ("[::1]", None, 0),
        ("a..who.int", None, 0),
    ],
)
def test_domain(host: str, registrable: str | None, owner_depth: int) -> None:
    domain = find_domain(host)
    assert (domain.registrable, domain.owner_depth) == (registrable, owner_depth)
    assert isinstance(domain, Domain)


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("https://A.example:8080/b?c=d#e", Page("a.example", "/b", "c=d")),
        ("a.example", Page("a.example", "/", "")),
        ("https://[::1]:80/x", Page("[::1]", "/x", "")),
        ("https://[::1]", Page("[::1]", "/", "")),
        ("a.example?b/c?d", Page("a.example", "/", "b/c?d")),
        ("ftp://a.example", None),
    ],
)
def test_page(text: str, page: Page | None) -> None:
    assert read_page(text) == page


def test_resolving_is_cheap() -> None:
    urls = [f"https://www.who.int/news/item-{number}" for number in range(2_000)]
    best = min(_seconds(urls) for _ in range(5))
    assert best / len(urls) < 100e-6, "a tenth of the target speed, for slow test machines"


def _seconds(urls: list[str]) -> float:
    start = time.perf_counter()
    for url in urls:
        RESOLVER.resolve_normalised(url)
    return time.perf_counter() - start
