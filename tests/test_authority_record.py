from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authority.record import (
    AuthorityRecord,
    Category,
    Evidence,
    EvidenceKind,
    Key,
    Place,
    Stance,
    SuffixClass,
    Topic,
    UserPageRule,
    parse_key,
)
from corpora.errors import AuthorityError

EVIDENCE = Evidence(
    EvidenceKind.CURATED, "United Nations agency", "https://a.example", date(2026, 1, 31), "ada"
)


def record(
    stance: Stance = Stance.TRUST,
    tier: int | None = 1,
    topics: tuple[Topic, ...] = (Topic.HEALTH,),
    reason: str = "United Nations agency",
    evidence: tuple[Evidence, ...] = (EVIDENCE,),
) -> AuthorityRecord:
    key = Key("who.int")
    return AuthorityRecord(key, stance, tier, Category.HEALTH, topics, reason, evidence)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("who.int", Key("who.int")),
        ("WHO.int", Key("who.int")),
        ("nhs.uk", Key("nhs.uk")),
        ("gov", Key("gov")),
        ("québec.ca", Key("xn--qubec-csa.ca")),
        ("xn--qubec-csa.ca", Key("xn--qubec-csa.ca")),
        ("ec.europa.eu/eurostat", Key("ec.europa.eu", ("eurostat",))),
        ("example.org/A b".replace(" ", "_"), Key("example.org", ("A_b",))),
        ("example.org/~knuth/taocp", Key("example.org", ("~knuth", "taocp"))),
        ("example.org/café", Key("example.org", ("café",))),
    ],
)
def test_key_is_read(text: str, key: Key) -> None:
    assert parse_key(text) == key


def test_key_is_written_as_it_is_read() -> None:
    assert str(parse_key("ec.europa.eu/eurostat/web")) == "ec.europa.eu/eurostat/web"
    assert parse_key("ec.europa.eu/eurostat").depth == 3
    assert parse_key("gov").depth == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "who.int ",
        "https://who.int",
        "//who.int",
        "/path",
        "*.who.int",
        "user@who.int",
        "who.int:443",
        "who.int/",
        "who.int//a",
        "who.int/a/",
        "who.int/a?b",
        "who.int/a#b",
        "who.int/../a",
        "who.int/./a",
        "who.int/%7Ea",
        "who.int\\a",
        "who.int.",
        ".who.int",
        "who..int",
        "127.0.0.1",
        "0x7f.1",
        "[::1]",
        "who.int\n",
        "a b.int",
        "xn--a.com/<\x00",
    ],
)
def test_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AuthorityError, match="key: "):
        parse_key(text)


@given(st.text(max_size=40))
def test_any_text_is_a_key_that_reads_back_or_an_error(text: str) -> None:
    try:
        key = parse_key(text)
    except AuthorityError:
        return
    assert parse_key(str(key)) == key


def test_record_keeps_its_fields() -> None:
    assert not record().distrusted
    assert record(Stance.DISTRUST, None).distrusted


def test_evidence_is_shown_in_order() -> None:
    assert list(EVIDENCE.as_json().items()) == [
        ("kind", "curated"),
        ("statement", "United Nations agency"),
        ("source", "https://a.example"),
        ("date", "2026-01-31"),
        ("curator", "ada"),
    ]
    bare = Evidence(EvidenceKind.NOTHING_KNOWN, "nothing")
    assert bare.as_json()["date"] is None


@pytest.mark.parametrize("tier", [None, 0, 5, -1])
def test_trust_without_a_tier_is_refused(tier: int | None) -> None:
    with pytest.raises(AuthorityError, match=r"^tier: "):
        record(tier=tier)


@pytest.mark.parametrize("stance", [Stance.DISTRUST, Stance.USER_CONTENT])
def test_tier_without_trust_is_refused(stance: Stance) -> None:
    with pytest.raises(AuthorityError, match=r"^tier: must be empty"):
        record(stance, 4)


def test_trust_without_a_topic_is_refused_and_says_what_to_write() -> None:
    with pytest.raises(AuthorityError) as caught:
        record(topics=())
    complaint = str(caught.value)
    assert complaint.startswith(
        "topics: must not be empty where the stance is trust; write general"
    )
    assert all(topic.value in complaint for topic in Topic)


@pytest.mark.parametrize("stance", [Stance.DISTRUST, Stance.USER_CONTENT])
def test_other_stances_may_leave_the_topics_empty(stance: Stance) -> None:
    assert record(stance, None, topics=()).topics == ()


def test_general_stands_alone() -> None:
    assert record(topics=(Topic.GENERAL,)).topics == (Topic.GENERAL,)
    with pytest.raises(AuthorityError, match=r"^topics: 'general' must stand alone"):
        record(topics=(Topic.HEALTH, Topic.GENERAL))


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "padded ", "nul\x00"])
def test_reason_is_one_line(reason: str) -> None:
    with pytest.raises(AuthorityError, match=r"^reason: "):
        record(reason=reason)
    with pytest.raises(AuthorityError, match=r"^reason: "):
        SuffixClass("gov", 1, Category.GOVERNMENT, "US", reason)
    with pytest.raises(AuthorityError, match=r"^reason: "):
        Evidence(EvidenceKind.CURATED, reason)


@pytest.mark.parametrize(("source", "curator"), [("", "ada"), ("a\nb", "ada"), ("a", " ")])
def test_source_and_curator_are_one_line(source: str, curator: str) -> None:
    with pytest.raises(AuthorityError, match=r"^(source|curator): "):
        Evidence(EvidenceKind.CURATED, "reason", source, None, curator)


def test_other_broken_fields_are_refused() -> None:
    with pytest.raises(AuthorityError, match=r"^topics: "):
        record(topics=(Topic.LAW, Topic.LAW))
    with pytest.raises(AuthorityError, match=r"^source: "):
        record(evidence=())
    with pytest.raises(AuthorityError, match=r"^country: "):
        SuffixClass("gov.uk", 1, Category.GOVERNMENT, "uk", "Public authorities")
    with pytest.raises(AuthorityError, match=r"^tier: "):
        SuffixClass("gov.uk", 0, Category.GOVERNMENT, "UK", "Public authorities")
    with pytest.raises(AuthorityError, match=r"^name: "):
        UserPageRule(Place.HOST_LABEL, "Forum", None, "Posts")
