import time
from collections.abc import Sequence
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.alike import are_alike
from indexer.decisive import DECISIVE, FREE
from indexer.differences import anchors, hunks
from indexer.profile import MAX_CHARS, Kind, profile
from indexer.synonyms import LISTS, are_forms, mean_the_same

TEXT = (
    "The committee reviewed all submitted proposals during its annual meeting in Geneva. It found "
    "that the new method reduced the error rate by 12 percent compared with the previous system. "
    "According to the report, researchers used data from several hospitals and did not observe any "
    "serious side effects. The authors recommend that further studies examine how patients respond "
    "to the treatment over a longer period."
)
GERMAN = (
    "Die Forscher haben in drei Kliniken untersucht, wie sich die neue Behandlung auf den Schlaf "
    "auswirkt. Sie stellten fest, dass die Patienten nachts länger schliefen und tagsüber wacher "
    "waren. Die Ergebnisse wurden in einer Fachzeitschrift veröffentlicht."
)
CHINESE = (
    "研究人员在三所医院调查了新疗法对睡眠的影响。他们发现，患者夜间睡眠时间更长，白天也更加清醒。"
    "研究结果已经发表在专业期刊上。进一步的研究将说明这种效果是否同样出现在老年人身上。"
)


def alike(one: str, other: str) -> bool:
    first, second = profile(one), profile(other)
    assert first is not None
    assert second is not None
    found = are_alike(first, second)
    assert are_alike(second, first) is found
    return found


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.upper(),
        TEXT.replace(". ", ".\n\n").replace(",", " -"),
        changed(TEXT, "did not", "didn’t"),
        changed(TEXT, "found", "discovered"),
        changed(TEXT, "used data", "employed data"),
        changed(changed(TEXT, "method", "methods"), "studies examine", "studies investigate"),
        changed(TEXT, "side effects", "side-effects"),
        changed(TEXT, "hospitals", "hosp- itals"),
        TEXT + " Read more on our website.",
        TEXT + " © 2024 Example Media. All rights reserved.",
        "By Jane Doe, Reuters\n" + TEXT,
        "GENEVA (Reuters) - " + TEXT,
        "What you should know about the new method\n\n" + TEXT,
        TEXT[:330],
        TEXT[:290] + "… Read more",
        " ".join((TEXT[84:], TEXT[:83])),
    ],
)
def test_the_same_in_nearly_the_same_words(other: str) -> None:
    assert alike(TEXT, other)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("12", "13"),
        ("12 percent", "12 points"),
        ("12 percent", "1.2 percent"),
        ("12 percent", "-12 percent"),
        ("did not observe", "did observe"),
        ("not observe any", "not only observe"),
        ("reduced", "increased"),
        ("Geneva", "Lisbon"),
        ("submitted proposals", "rejected proposals"),
        ("all submitted", "some submitted"),
        ("annual", "monthly"),
        ("patients respond", "children respond"),
        ("patients respond", "horses respond"),
        ("longer", "shorter"),
        ("serious side effects", "serious side effects in adults"),
        ("over a longer period.", "over a longer period. The fee rises to 50 euros."),
        ("over a longer period.", "over a longer period. Patients pay for the treatment."),
        ("The authors recommend", "The critics doubt"),
        ("It found", "It doubted"),
    ],
)
def test_what_says_something_else(old: str, new: str) -> None:
    assert not alike(TEXT, changed(TEXT, old, new))


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (GERMAN, "drei", "vier"),
        (GERMAN, "haben in", "haben nicht in"),
        (GERMAN, "Patienten", "Kinder"),
        (GERMAN, "länger", "kürzer"),
        (CHINESE, "三所", "五所"),
        (CHINESE, "已经发表", "没有发表"),
        (CHINESE, "医院", "学校"),
        (CHINESE, "更长", "更短"),
    ],
)
def test_other_languages_say_something_else(text: str, old: str, new: str) -> None:
    assert not alike(text, changed(text, old, new))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        (GERMAN, GERMAN.lower()),
        (GERMAN, "Von Anna Weber\n" + GERMAN + " Alle Rechte vorbehalten."),
        (GERMAN, GERMAN[:200] + " ..."),
        (CHINESE, CHINESE.replace("，", " ").replace("。", "．")),
        (CHINESE, CHINESE[:75] + "……"),
        (CHINESE, CHINESE + "版权所有，转载请注明出处。"),
    ],
)
def test_other_languages_say_the_same(text: str, other: str) -> None:
    assert alike(text, other)


def test_a_line_that_denies_is_no_headline() -> None:
    assert alike(f"A summary of what the experts discussed\n{TEXT}", TEXT)
    assert not alike(f"Not approved by any of the experts\n{TEXT}", TEXT)
    assert not alike(f"What the experts discussed in 2019\n{TEXT}", TEXT)


def test_who_did_what_to_whom_matters() -> None:
    rest = TEXT[84:]
    for one, other in (
        ("Alice paid Bob for the boat. ", "Bob paid Alice for the boat. "),
        ("It costs 5 euros, later 50 euros. ", "It costs 50 euros, later 5 euros. "),
        ("Rates rose while wages fell. ", "Rates fell while wages rose. "),
    ):
        assert not alike(rest + one, rest + other)


def test_a_template_with_a_word_filled_in_is_no_twin() -> None:
    page = "Our food for your {} is made from fresh ingredients, gently cooked and packed the same "
    page += "day. Give it with plenty of water and store the package in a dry place after use. Ask "
    page += "our experts if you have any questions about how to feed your {} in the right way."
    assert not alike(page.format("cat", "cat"), page.format("dog", "dog"))


def test_a_cut_copy_joins_what_it_was_cut_from_even_where_that_goes_on_with_numbers() -> None:
    more = TEXT + " It costs 5 euros for each of the patients in the north."
    assert alike(more, TEXT[:-9])
    assert alike(more, TEXT[:-9] + "...")
    assert not alike(more, TEXT)
    assert not alike(more[:-1], TEXT[:-9])  # a list, where no line ends with a full stop


def test_an_ellipsis_inside_a_text_hides_nothing() -> None:
    assert not alike(TEXT + " It costs 3 ... 5 euros.", TEXT + " It costs 3 ... 6 euros.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It holds that a / b is c in this case, as we know.", "It holds that a * b is c in this case, as we know."),
        ("They drove at 5 m/s on 3 days, as far as we know here.", "They drove at 5 m s on 3 days, as far as we know here."),
        ("The level was > 5 in all of the cases that we saw here.", "The level was < 5 in all of the cases that we saw here."),
        ("The cost was $5 in all of the cases that we saw here.", "The cost was €5 in all of the cases that we saw here."),
    ],
)  # fmt: skip
def test_signs_matter(one: str, other: str) -> None:
    assert not alike(one, other)


@pytest.mark.parametrize("text", ["", "too short", "a" * (MAX_CHARS + 1), "... … !!!"])
def test_what_is_like_no_other(text: str) -> None:
    assert profile(text) is None


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_texts_are_compared_the_same_both_ways(one: str, other: str) -> None:
    first, second = profile(one + TEXT), profile(TEXT + other)
    if first and second:
        assert are_alike(first, second) is are_alike(second, first)
        assert are_alike(first, first)


WORDS = st.lists(st.sampled_from("a b c d e f g h".split()), max_size=40)


@given(WORDS, WORDS)
def test_differences_make_one_text_of_the_other(one: Sequence[str], other: Sequence[str]) -> None:
    for may_be_cut in (False, True):
        assert applied(one, other, may_be_cut) == list(other)


def applied(one: Sequence[str], other: Sequence[str], may_be_cut: bool) -> list[str]:
    result: list[str] = []
    at, other_at = 0, 0
    for hunk in hunks(one, other, may_be_cut=may_be_cut):
        assert list(one[at : hunk.start]) == list(other[other_at : hunk.other_start])
        result += [*one[at : hunk.start], *other[hunk.other_start : hunk.other_end]]
        at, other_at = hunk.end, hunk.other_end
    return [*result, *one[at:]]


@given(WORDS, WORDS)
def test_anchors_rise_in_both_texts(one: Sequence[str], other: Sequence[str]) -> None:
    found = anchors(one, other)
    for (a, b), (c, d) in pairwise(found):
        assert a < c
        assert b < d
    assert all(list(one[a : a + 3]) == list(other[b : b + 3]) for a, b in found)


@pytest.mark.parametrize("words", ["the cat sat " * 30_000, "a b c d e f g h " * 12_000])
def test_long_and_repetitive_texts_take_no_time(words: str) -> None:
    one, other = profile(f"Some words {words}"), profile(f"Other letters {words} and more")
    assert one is not None
    assert other is not None
    start = time.perf_counter()
    are_alike(one, other)
    assert time.perf_counter() - start < 5


def test_lists_do_not_contradict_each_other() -> None:
    assert not DECISIVE & FREE
    assert all(word == word.casefold() for word in DECISIVE | FREE)


def test_synonyms_and_forms() -> None:
    assert mean_the_same("showed", "demonstrated")
    assert mean_the_same("took place", "happened")
    assert not mean_the_same("shows", "demonstrated")
    for one, other in (
        ("modelling", "modeling"),
        ("organisation", "organization"),
        ("task", "tasks"),
    ):
        assert are_forms(one, other)
    for one, other in (
        ("for", "four"), ("man", "men"), ("increase", "decrease"), ("cat", "dog"),
        ("called", "calling"), ("filed", "filled"), ("note", "not"), ("wins", "wines"),
        ("plan", "plane"), ("will", "willing"), ("risky", "riskiest"), ("piles", "pills"),
    ):  # fmt: skip
        assert not mean_the_same(one, other)
        assert not are_forms(one, other)


SPUN = (
    "In order to avoid an infection, wash your hands as well as your face. You may get sick due to "
    "a lack of sleep. Prior to a journey, make sure that a doctor is able to help you. At the "
    "moment, a number of remedies are on sale, most of which are useful in the event of a fever."
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("In order to", "To"),
        ("get sick", "fall ill"),
        ("due to", "because of"),
        ("Prior to", "Before"),
        ("make sure", "ensure"),
        ("is able to", "can"),
        ("At the moment", "Currently"),
        ("a number of", "several"),
        ("useful", "helpful"),
        ("doctor", "physician"),
    ],
)
def test_a_phrase_for_another(old: str, new: str) -> None:
    assert alike(SPUN, changed(SPUN, old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sick", "well"),
        ("due to", "despite"),
        ("Prior to", "After"),
        ("is able to", "is unable to"),
        ("is able to", "must"),
        ("a number of", "none of the"),
        ("most of which", "all of which"),
        ("useful", "useless"),
        ("doctor", "lawyer"),
        ("hands", "feet"),
        ("a lack of", "an excess of"),
    ],
)
def test_another_phrase_among_synonyms(old: str, new: str) -> None:
    """However much else was reworded."""
    reworded = SPUN
    for one, other in (("sure that", "certain that"), ("help", "assist"), ("avoid", "prevent")):
        reworded = changed(reworded, one, other)
    assert alike(SPUN, reworded)
    assert not alike(SPUN, changed(SPUN, old, new))
    assert not alike(SPUN, changed(reworded, old, new))


def test_a_phrase_is_one_word_where_nothing_parts_it() -> None:
    found = profile("They came in order to see the church, in order, to be sure, of height.")
    assert found is not None
    assert found.words.count("in order to") == 1
    assert found.length == 15
    assert len(found.kinds) == len(found.words) == len(found.borders) - 1


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("Proposals", "Proposals: what you should know", True),
        ("Proposals", "All about proposals", True),
        ("Proposals", "Proposals for children", False),
        ("Proposals", "Proposals: cancer facts you should know", False),
        ("Proposals", "Proposals refused", False),
        ("Proposals of 2019", "Proposals of 2020", False),
    ],
)
def test_titles(one: str, other: str, are: bool) -> None:
    assert alike(f"{one}\n\n{TEXT}", f"{other}\n\n{TEXT}") is are


@pytest.mark.parametrize("end", ["said so.", "lives there."])
def test_names_are_never_replaced(end: str) -> None:
    """Neither where a sentence begins, nor where a list knows the word."""
    for one, other in (("William", "Williams"), ("Goal House", "Aim House")):
        for before in ("", "We think that "):
            assert not alike(f"{TEXT} {before}{one} {end}", f"{TEXT} {before}{other} {end}")


def test_who_published_a_text_does_not_matter_at_its_end() -> None:
    ends = ("Source: Health Office. Republished by Daily News.", "First published in The Herald.")
    assert alike(f"{TEXT}\n{ends[0]}", f"{TEXT}\n{ends[1]}")
    assert alike(f"{TEXT}\n{ends[0]}", TEXT)
    told = "First published by the ministry, which {} the request."
    assert not alike(f"{TEXT}\n{told.format('refused')}", f"{TEXT}\n{told.format('granted')}")
    sources = "Sources said that the merger was {}."
    assert not alike(f"{TEXT}\n{sources.format('off')}", f"{TEXT}\n{sources.format('on')}")
    assert not alike(f"{TEXT}\nFirst published in 1990.", f"{TEXT}\nFirst published in 1991.")
    assert not alike(f"{TEXT}\n{ends[0]}", f"{TEXT.replace('12', '13')}\n{ends[1]}")


def test_lists_of_synonyms_are_well_formed() -> None:
    folder = files("indexer")
    for name in LISTS:
        lines = folder.joinpath(name).read_text(encoding="utf-8").splitlines()
        sets = [line.split() for line in lines if line and not line.startswith("#")]
        assert len(sets) > 100
        assert all(len(members) == len(set(members)) for members in sets)


def test_kinds_of_words() -> None:
    found = profile("The Paris office did not sell 5 boxes of red tea to the Weber family then.")
    assert found is not None
    kinds = dict(zip(found.words, found.kinds, strict=True))
    for word in ("not", "5", "boxes", "red"):
        assert kinds[word] is Kind.DECISIVE
    assert kinds["paris"] is kinds["weber"] is Kind.NAME
    assert kinds["office"] is kinds["tea"] is Kind.CONTENT
    assert kinds["the"] is kinds["then"] is Kind.FREE
