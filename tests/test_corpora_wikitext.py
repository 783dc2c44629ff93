"""Wikitext to blocks and links, by a parser that nothing slows down."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import BlockKind, LinkRegion
from corpora.link_context import MAX_CONTEXT_CHARS, Sentences
from corpora.wiki_site import Site, make_site
from corpora.wikitext import read_wikitext

SITE = Site("https://en.wikipedia.org/wiki/", language="en")


def blocks(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in read_wikitext(text, SITE).blocks]


def paragraph(text: str) -> str:
    return "\n".join(text for _, text in blocks(text))


def links(text: str) -> list[tuple[str, str]]:
    return [
        (link.url.removeprefix(SITE.prefix or ""), link.anchor)
        for link in read_wikitext(text, SITE).links
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'''Bold''' and ''italic'' of '''''both'''''", "Bold and italic of both"),
        ("a<!-- gone -->b<ref name='x'>no {{cite}}</ref><ref name=x/>", "ab"),
        ("a <ref>unclosed. Still here", "a unclosed. Still here"),
        ("Foo ({{IPA-en|fu}}; {{lang-fr|bar}}) is", "Foo (bar) is"),
        ("Foo ({{pron}}) is{{cn}}, {{convert|5|to|10|km|mi}}.", "Foo is, 5 to 10 km."),
        ("x{{unknown|a|b}}y {{nowrap|a b}} {{lang|de|Wort}} {{circa|1850}}", "xy a b Wort c. 1850"),
        ("{{quote|text=Said [[Ann|she]].}}", "Said she."),
        ("born {{birth date|1950|1|2|df=y}}", "born 1950-01-02"),
        ("a{{a|{{b|{{c}}}}}}b {{{1|x}}}", "ab {}"),
        ("3 &lt; 4 &amp;amp; x<sup>2</sup><br/>y 5 < 6 > 4", "3 < 4 &amp; x2 y 5 < 6 > 4"),
        (r"<math>\alpha</math> <nowiki>[[x]] ''y''</nowiki>", r"\alpha [[x]] ''y''"),
        ("[[a]]s [[b|c]]d [[e#f|g]] [[#h|i]] [[j (k)|l]]", "as cd g i l"),
        ("[[Category:X]][[fr:Y]]z [[:Category:X|cats]] [[wikt:q|q]]", "z cats q"),
        ("[http://x.org/ label] [http://y.org] http://z.org", "label http://z.org"),
        ("__NOTOC__text", "text"),
        ("[[unclosed and [[b]]", "unclosed and b"),
        ("}} ]] |} a", "]] |} a"),
    ],
)
def test_running_text(text: str, expected: str) -> None:
    assert paragraph(text) == expected


def test_headings_come_with_the_text_below_them() -> None:
    text = (
        "Lead.\n== A ==\n=== B ===\nText.\n== Empty ==\n{{reflist}}\n== C '''d''' ==\n* item\n=C="
    )
    read = read_wikitext(text, SITE)
    assert [(block.kind.value, block.text, block.heading_path) for block in read.blocks] == [
        ("paragraph", "Lead.", ()),
        ("heading", "A", ()),
        ("heading", "B", ("A",)),
        ("paragraph", "Text.", ("A", "B")),
        ("heading", "C d", ()),
        ("list", "- item", ("C d",)),
    ]


def test_lists_and_paragraphs() -> None:
    text = "One\nline.\n\nTwo.\n* a\n** b\n# c\n; term : def\n: indented\nThree.\n----\n <pre>x\n y</pre>"
    assert blocks(text) == [
        ("paragraph", "One line."),
        ("paragraph", "Two."),
        ("list", "- a\n  - b\n- c\nterm : def\nindented"),
        ("paragraph", "Three."),
        ("code", "x\n y"),
    ]
    assert blocks(": reply\n:: and more") == [("paragraph", "reply\nand more")]


TABLE = """{| class="wikitable" style="x"
|+ style="y" | Counts
|-
! scope="col" | Year !! [[Men]]
! Women<ref>no</ref>
|-
| 2001 || align=right | 3
| 4
more
|-
! colspan=3 | Later
|-
| rowspan="2" | 2002 || 5 || {{nowrap|6|7}}
|-
| 7 || 8
|}After."""


def test_tables_say_their_header_in_every_row() -> None:
    assert blocks(TABLE) == [
        ("caption", "Counts"),
        ("table", "Year: 2001 | Men: 3 | Women: 4 more\nLater\nYear: 2002 | Men: 5 | Women: 6\n"
                  "Year: 2002 | Men: 7 | Women: 8"),
        ("paragraph", "After."),
    ]  # fmt: skip


def test_a_table_that_never_closes_ends_at_a_heading() -> None:
    assert blocks("{|\n| a || b\n{|\n| c\n== H ==\nText.") == [
        ("table", "a | b | c"),
        ("heading", "H"),
        ("paragraph", "Text."),
    ]


def test_infoboxes_are_rows() -> None:
    text = """{{Infobox person
| name = Ada
| image = Ada.jpg
| birth_place = [[London]], {{flag|UK}}
| known_for = {{plainlist|
* [[Notes]]
* Programs
}}
| signature_alt = x
| empty =
}}
'''Ada''' was."""
    read = read_wikitext(text, SITE)
    assert [(block.kind, block.text) for block in read.blocks] == [
        (BlockKind.TABLE, "birth place: London, UK\nknown for: Notes, Programs"),
        (BlockKind.PARAGRAPH, "Ada was."),
    ]
    assert {link.region for link in read.links} == {LinkRegion.ASIDE}


def test_files_leave_their_captions() -> None:
    text = "A [[File:x.jpg|thumb|left|A [[cat]] on a mat.]]text.\n[[Image:y.png|20px]]\n<gallery>\nz.jpg|Zed\n</gallery>"
    assert blocks(text) == [
        ("paragraph", "A text."),
        ("caption", "A cat on a mat."),
        ("caption", "Zed"),
    ]
    assert links(text) == [("Cat", "cat")]


def test_lists_set_by_templates_stay() -> None:
    text = "{{Columns |col1 =\n* [[a]]\n* b\n|col2=\n* c\n}}\n{{Navbox|list1=\n* gone\n}}{{multiple image|caption1=One|width=9}}"
    assert blocks(text) == [("list", "- a\n- b"), ("list", "- c"), ("caption", "One")]
    assert blocks("[[File:a.png|thumb|The caption|alt=An image]]") == [("caption", "The caption")]


def test_links_have_their_address_anchor_and_sentence() -> None:
    text = (
        "First. The [[café au lait]] is [[hot & cold|warm]]s, says [https://x.org/?b=1 he]. Last."
    )
    read = read_wikitext(text, SITE)
    sentence = "The café au lait is warms, says he."
    assert [(each.url, each.anchor, each.nofollow, each.context) for each in read.links] == [
        ("https://en.wikipedia.org/wiki/Caf%C3%A9_au_lait", "café au lait", False, sentence),
        ("https://en.wikipedia.org/wiki/Hot_%26_cold", "warms", False, sentence),
        ("https://x.org/?b=1", "he", True, sentence),
    ]


@pytest.mark.parametrize(
    ("target", "title"),
    [
        ("paris", "Paris"), (" a__b ", "A b"), ("a#b", "A"), ("Star Trek: X", "Star Trek: X"),
        (":Paris", "Paris"), ("#a", None), ("", None), ("File:a.jpg", None), ("Datei:a", None),
        ("User talk:x", None), ("eigene:x", None), ("de:Paris", None), (":de:Paris", None),
        ("zh-min-nan:x", None), ("wikt:x", None), ("a" * 400, None), ("a{b", None),
    ],
)  # fmt: skip
def test_link_targets(target: str, title: str | None) -> None:
    site = make_site(
        "https://de.wikipedia.org/wiki/X:Y", [("0", ""), ("7", "Eigene")], "", "de", "dewiki"
    )
    assert site.title_of(target) == title


def test_sites() -> None:
    named = make_site("", (), "case-sensitive", "en-GB", "zh_yuewiki")
    assert (named.prefix, named.language) == ("https://zh-yue.wikipedia.org/wiki/", None)
    assert named.title_of("pH") == "pH"
    assert Site().url_of("X") is None
    assert SITE.url_of('A/B? "c"') == "https://en.wikipedia.org/wiki/A/B%3F_%22c%22"


def test_sentences() -> None:
    sentences = Sentences("Eins ist da. Zwei ist dort! 三。四。")
    assert sentences.around(13, 17) == "Zwei ist dort!"
    assert sentences.around(28, 29) == "三。"
    long = Sentences("x" * 5_000)
    assert len(long.around(2_000, 2_010)) <= MAX_CONTEXT_CHARS


MARKS = st.sampled_from([
    "{{", "}}", "[[", "]]", "[http://a ", "]", "{|", "|}", "\n|-\n", "|", "||", "!!", "\n! ", "\n", "\n\n", "==", "'''",
    "<ref>", "</ref>", "<!--", "-->", "<nowiki>", "</nowiki>", "{{Infobox|a=", "File:", "a", " word ", "é", "*", "#", ";",
    ":", "<math>", "</math>", "(", ")", "&amp;", "<gallery>", "{{nowrap|", "\ue000" "0\ue001", "\ue002", ",",
])  # fmt: skip


@given(st.lists(MARKS, max_size=60))
def test_any_markup_is_read(marks: list[str]) -> None:
    read = read_wikitext("".join(marks), SITE)
    for block in read.blocks:
        assert block.text.strip() == block.text != ""
        assert not any("\ue000" <= character <= "\ue00f" for character in block.text)
    for link in read.links:
        assert link.anchor in link.context or not link.context


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=20))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    assert paragraph(" ".join(words)) == " ".join(words)


SIZE = 80_000


def repeated(part: str) -> str:
    return part * (SIZE // len(part))


HOSTILE = {
    "templates": repeated("{{"),
    "templates and links": repeated("{{a|[[b|"),
    "closed templates": repeated("{{nowrap|x ") + repeated("}}"),
    "closed links": repeated("[[a|") + repeated("]]"),
    "tables": repeated("{|\n|-\n| a || b\n"),
    "spans": "{|\n" + repeated("| colspan=9999 rowspan=9999 | a\n|-\n"),
    "cells": "{|\n|" + repeated("a||"),
    "files": repeated("[[File:a|b ") + repeated("]]"),
    "infoboxes": repeated("{{Infobox a|b=") + repeated("}}"),
    "holes": "a" + repeated("{{x}},") + ")" + repeated("({{x}} "),
    "references": repeated("<ref name=a ") + repeated("<ref>"),
    "comments": repeated("<!--"),
    "headings": repeated("=a\n") + "=" * SIZE,
    "brackets": "(" + " " * SIZE + repeated("("),
    "links": repeated("[[a]] "),
    "quotes": repeated("'") + repeated("&") + repeated("<"),
    "lists": repeated("*:#;") + repeated("*a\n"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_take_linear_time(name: str) -> None:
    start = time.perf_counter()
    read_wikitext(HOSTILE[name], SITE)
    assert time.perf_counter() - start < 10  # quadratic ones take minutes
