import json
import math
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authority.prior import (
    BANDS,
    DISTRUSTED,
    DISTRUSTED_CEILING,
    UNKNOWN,
    UNKNOWN_CEILING,
    PriorTable,
    describe,
    weigh,
)
from authority.record import (
    AuthorityRecord,
    Category,
    Evidence,
    EvidenceKind,
    Key,
    Stance,
    SuffixClass,
    Topic,
)
from authority.registry import load_registry
from authority.resolve import Resolution, Resolver, Withheld

RESOLVER = Resolver(load_registry())
TIERS = st.sampled_from([1, 2, 3, 4])


def record(stance: Stance, tier: int | None) -> AuthorityRecord:
    evidence = Evidence(
        EvidenceKind.CURATED, "reason", "https://a.example", date(2026, 1, 1), "ada"
    )
    return AuthorityRecord(
        Key("a.example"), stance, tier, Category.HEALTH, (Topic.HEALTH,), "reason", (evidence,)
    )


def suffix_class(tier: int) -> SuffixClass:
    return SuffixClass("example", tier, Category.HEALTH, None, "reason")


@st.composite
def resolutions(draw: st.DrawFn) -> Resolution:
    stance = draw(st.sampled_from([None, *Stance]))
    tier = draw(TIERS) if stance is Stance.TRUST else None
    suffix_tier = draw(st.none() | TIERS) if stance in (None, Stance.TRUST) else None
    return Resolution(
        input="a.example",
        host="a.example",
        registrable_domain="a.example",
        record=None if stance is None else record(stance, tier),
        suffix_class=None if suffix_tier is None else suffix_class(suffix_tier),
        withheld=draw(st.none() | st.sampled_from(list(Withheld))),
    )


@given(resolutions())
def test_prior_stays_in_its_band(resolution: Resolution) -> None:
    prior = weigh(resolution)
    assert prior.tier == resolution.tier
    if prior.tier is not None:
        low, high = BANDS[prior.tier]
        assert low <= prior.value < high or prior.value == high == 1.0
    elif resolution.distrusted:
        assert 0.0 <= prior.value <= DISTRUSTED_CEILING
    else:
        assert 0.0 <= prior.value <= UNKNOWN_CEILING
    assert prior.reasons


@given(resolutions(), TIERS)
def test_prior_rises_with_each_piece_of_evidence(resolution: Resolution, tier: int) -> None:
    if resolution.distrusted:
        assert weigh(resolution).value < weigh(replace(resolution, record=None)).value
        return
    value = weigh(resolution).value
    if resolution.record is None:
        known = resolution.suffix_class
        if known is None or tier <= known.tier:
            curated = replace(resolution, record=record(Stance.TRUST, tier))
            assert weigh(curated).value >= value
    if resolution.suffix_class is None and resolution.record in (None, record(Stance.TRUST, tier)):
        classed = replace(resolution, suffix_class=suffix_class(tier))
        assert weigh(classed).value >= value
    assert weigh(replace(resolution, withheld=None)).value >= value


@given(TIERS, TIERS, st.none() | TIERS)
def test_better_tier_means_higher_prior(one: int, other: int, suffix_tier: int | None) -> None:
    suffix = None if suffix_tier is None else suffix_class(suffix_tier)
    values = [
        weigh(Resolution("", "h", None, record(Stance.TRUST, tier), suffix, None)).value
        for tier in (one, other)
    ]
    assert (values[0] > values[1]) == (one < other)


@given(TIERS, TIERS, TIERS)
def test_better_suffix_never_means_lower_prior(tier: int, one: int, other: int) -> None:
    better, worse = (
        weigh(Resolution("", "h", None, record(Stance.TRUST, tier), suffix_class(suffix), None))
        for suffix in sorted((one, other))
    )
    assert better.value >= worse.value


@pytest.mark.parametrize(
    ("text", "value", "tier"),
    [
        ("who.int", 0.98, 1),
        ("ietf.org", 0.96, 1),
        ("council.gov.uk", 0.92, 1),
        ("docs.python.org", 0.84, 2),
        ("physics.example.edu", 0.78, 2),
        ("bbc.co.uk", 0.69, 3),
        ("en.wikipedia.org", 0.52, 4),
        ("nobody.example", UNKNOWN, None),
        ("someone.github.io", UNKNOWN, None),
        ("infowars.com", DISTRUSTED, None),
        ("not a host", UNKNOWN, None),
    ],
)
def test_examples(text: str, value: float, tier: int | None) -> None:
    prior = weigh(RESOLVER.resolve(text))
    assert math.isclose(prior.value, value)
    assert prior.tier == tier


def test_table_answers_as_the_resolver_does() -> None:
    table = PriorTable(RESOLVER)
    url = "https://www.who.int/news"
    assert table.prior_of(url) == weigh(RESOLVER.resolve(url))
    assert table.prior_of(url) is table.prior_of(url)
    assert table.prior_of(None).value == UNKNOWN


def shown(text: str) -> dict[str, object]:
    resolution = RESOLVER.resolve(text)
    description = describe(resolution, weigh(resolution))
    assert json.loads(json.dumps(description)) == description
    return description


def test_description_of_a_known_host() -> None:
    description = shown("https://www.WHO.int/news?id=1")
    assert list(description) == [
        "input",
        "host",
        "registrable_domain",
        "prior",
        "tier",
        "category",
        "topics",
        "stance",
        "matched",
        "evidence",
    ]
    assert description["input"] == "https://www.WHO.int/news?id=1"
    assert description["host"] == "www.who.int"
    assert description["registrable_domain"] == "who.int"
    assert description["tier"] == 1
    assert description["category"] == "health"
    assert description["topics"] == ["health"]
    assert description["stance"] == "trust"
    assert description["matched"] == "who.int"
    curated, suffix = RESOLVER.resolve("who.int").evidence
    assert description["evidence"] == [curated.as_json(), suffix.as_json()]
    assert curated.dated is not None
    assert curated.statement == "World Health Organization: United Nations agency for public health"
    assert suffix.kind is EvidenceKind.SUFFIX_CLASS


@pytest.mark.parametrize(
    ("text", "host", "kind"),
    [
        ("nobody.example", "nobody.example", "nothing_known"),
        ("mailto:director@who.int", None, "unreadable_input"),
        ("", None, "unreadable_input"),
    ],
)
def test_description_of_the_unknown(text: str, host: str | None, kind: str) -> None:
    description = shown(text)
    assert description["host"] == host
    assert [description[name] for name in ("tier", "category", "stance", "matched")] == [None] * 4
    assert description["topics"] == []
    assert description["prior"] == UNKNOWN
    evidence = description["evidence"]
    assert isinstance(evidence, list)
    assert [entry["kind"] for entry in evidence] == [kind]


@pytest.mark.parametrize(
    ("text", "stance", "topics"),
    [
        ("unam.mx", "trust", ["general"]),
        ("arxiv.org", "trust", ["physics", "mathematics", "computing"]),
        ("www.ox.ac.uk", None, []),  # a class of suffix alone: no curator has spoken
        ("x.netlify.app", "user_content", []),
        ("infowars.com", "distrust", []),
    ],
)
def test_description_says_what_a_curator_said(
    text: str, stance: str | None, topics: list[str]
) -> None:
    description = shown(text)
    assert description["stance"] == stance
    assert description["topics"] == topics


@pytest.mark.parametrize(
    "text", ["https://www.stanford.edu/~someone/", "https://www.who.int/~someone/"]
)
def test_description_says_why_trust_is_withheld(text: str) -> None:
    description = shown(text)
    assert [description[name] for name in ("tier", "category", "stance")] == [None] * 3
    assert description["topics"] == []
    assert description["matched"] is not None
    evidence = description["evidence"]
    assert isinstance(evidence, list)
    assert evidence[-1]["kind"] == "page_rule"
