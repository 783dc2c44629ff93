"""PDF: reading order, broken words, what repeats, what cannot be read."""

import json
import os
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora.document import BlockKind
from corpora.sources import find_sources
from indexer import pdf, pdf_words
from indexer.build import build_index
from indexer.embed import Embedder
from indexer.inputs import read_inputs
from indexer.parsed import Parsed, Unreadable
from indexer.pdf import read_pdf
from indexer.pdf_facts import published_of, title_of
from indexer.pdf_lines import page_lines
from indexer.pdf_words import PdfFile, Word
from indexer.stated import stated_authors

Text = tuple[float, float, float, str] | tuple[float, float, float, str, str]
"""Left, height, size, text and font or "turned"."""
WIDTH, HEIGHT = 600, 800


def make_pdf(*pages: Sequence[Text], info: str = "", extra: str = "") -> bytes:
    """A PDF written by hand: each text at its place, in Helvetica or (fifth field) another font."""
    fonts = ("Helvetica", "Helvetica-Bold", "Courier")
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    names = " ".join(f"/{font} {3 + at} 0 R" for at, font in enumerate(fonts))
    objects += [
        f"<</Type/Font/Subtype/Type1/BaseFont/{font}/Encoding/WinAnsiEncoding>>" for font in fonts
    ]
    kids = []
    for page in pages:
        stream = []
        for left, height, size, text, *font in page:
            matrix = "0 1 -1 0" if font == ["turned"] else "1 0 0 1"
            name = font[0] if font and font[0] in fonts else "Helvetica"
            plain = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            stream.append(f"BT /{name} {size} Tf {matrix} {left} {height} Tm ({plain}) Tj ET")
        content = "\n".join(stream)
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Contents {len(objects)} 0 R"
            f"/Resources<</Font<<{names}>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    objects.append(f"<<{info}>>")
    parts, places = ["%PDF-1.7\n"], []
    for number, each in enumerate(objects, start=1):
        places.append(sum(map(len, parts)))
        parts.append(f"{number} 0 obj{each}endobj\n")
    start = sum(map(len, parts))
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    parts.append(
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer<</Size "
        f"{len(objects) + 1}/Root 1 0 R/Info {len(objects)} 0 R{extra}>>\nstartxref\n{start}\n%%EOF"
    )
    return "".join(parts).encode("latin-1")


def column(left: float, top: float, *lines: str, size: float = 10) -> list[Text]:
    return [(left, top - 12 * at, size, line) for at, line in enumerate(lines)]


def texts(parsed: Parsed) -> list[tuple[str, str]]:
    return [(block.kind.value, block.text) for block in parsed.blocks]


LEFT = column(
    50, 700, "Left begins", *(f"left line {at} runs across it" for at in range(11)), "end."
)
RIGHT = column(
    320, 700, "Right begins", *(f"right line {at} runs across it" for at in range(11)), "end."
)


def test_columns_are_kept_apart_however_the_page_was_written() -> None:
    by_rows = [each for pair in zip(LEFT, RIGHT, strict=True) for each in pair]
    backwards = [*reversed(RIGHT), *reversed(LEFT)]
    expected = [(kind, text) for kind, text in texts(read_pdf(make_pdf([*LEFT, *RIGHT])))]
    assert [text.split()[0] for _, text in expected] == ["Left", "Right"]
    for page in (by_rows, backwards):
        assert texts(read_pdf(make_pdf(page))) == expected


def test_words_broken_at_line_ends_are_made_whole() -> None:
    lines = ("The scientific litera-", "ture has a well-known multi-", "tude of state-of-the-",
             "art methods, as the well-", "known text on BERT-", "Large and MED-",
             "LINE says: MEDLINE is good and so it is.")  # fmt: skip
    (block,) = read_pdf(make_pdf(column(50, 700, *lines))).blocks
    assert block.text == (
        "The scientific literature has a well-known multitude of state-of-the-art methods, as the "
        "well-known text on BERT-Large and MEDLINE says: MEDLINE is good and so it is."
    )


def test_headings_captions_notes_lists_and_paragraphs() -> None:
    page: list[Text] = [
        (50.0, 760.0, 20.0, "A Title in Large Print"),
        (50.0, 700.0, 12.0, "1 Introduction", "Helvetica-Bold"),
        *column(50, 680, "We begin with a paragraph that has more than one line and is", "long."),
        *column(
            60,
            650,
            "A second paragraph begins where its first line is set in, and it goes",
        ),
        *column(
            50, 638, "on here until it ends in this very line, which is a full line of it", "too."
        ),
        (50.0, 600.0, 12.0, "1.1 Details", "Helvetica-Bold"),
        *column(50, 580, "\x95 one item", "\x95 another item"),
        (50.0, 540.0, 10.0, "Figure 3: What is seen."),
        *column(
            50, 510, "The text after the figure is a paragraph of its own, which is the end of it."
        ),
        (50.0, 100.0, 7.0, "1 A note at the foot of the page."),
    ]
    parsed = read_pdf(make_pdf(page))
    assert parsed.title == "A Title in Large Print"
    assert [(b.kind.value, b.text[:22], b.heading_path) for b in parsed.blocks] == [
        ("heading", "A Title in Large Print", ()),
        ("heading", "1 Introduction", ()),
        ("paragraph", "We begin with a paragr", ("1 Introduction",)),
        ("paragraph", "A second paragraph beg", ("1 Introduction",)),
        ("heading", "1.1 Details", ("1 Introduction",)),
        ("list", "• one item\n• another i", ("1 Introduction", "1.1 Details")),
        ("caption", "Figure 3: What is seen", ("1 Introduction", "1.1 Details")),
        ("paragraph", "The text after the fig", ("1 Introduction", "1.1 Details")),
        ("footnote", "1 A note at the foot o", ("1 Introduction", "1.1 Details")),
    ]  # fmt: skip


def test_what_repeats_on_every_page_is_dropped() -> None:
    words = ("alpha", "beta", "gamma", "delta")
    pages = [
        [
            (50.0, 780.0, 8.0, "Journal of Trust, vol. 7"),
            *column(50, 700, f"The text of {word} has letters.", f"More of {word} here."),
            (300.0, 20.0, 8.0, f"{at + 11}"),
        ]
        for at, word in enumerate(words)
    ]
    text = "\n".join(text for _, text in texts(read_pdf(make_pdf(*pages))))
    assert "Journal" not in text
    assert not re.search(r"\d", text)
    assert all(f"The text of {word} has letters. More of {word} here." in text for word in words)
    (only,) = [read_pdf(make_pdf(pages[0]))]
    assert "Journal of Trust, vol. 7" in [text for _, text in texts(only)]


def test_a_paragraph_goes_on_in_the_next_column_and_page() -> None:
    first = column(
        50, 700, *(f"a line of text that is as long as the others {at}" for at in range(9))
    )
    second = column(50, 700, "goes on here and ends.", "")
    found = texts(read_pdf(make_pdf([*first, (50, 100, 7, "2 A note of the page.")], second)))
    assert [kind for kind, _ in found] == ["paragraph", "footnote"]
    assert found[0][1].endswith("others 8 goes on here and ends.")


def test_turned_text_is_passed_over_but_its_stamp_read() -> None:
    stamp = "arXiv:1911.02782v3 [cs.CL] 7 Jul 2020"
    page: list[Text] = [
        *column(50, 700, "Some text that can be read by all who read it."),
        (20, 200, 20, stamp, "turned"),
    ]
    parsed = read_pdf(make_pdf(page))
    assert [text for _, text in texts(parsed)] == ["Some text that can be read by all who read it."]
    assert parsed.published == date(2020, 7, 7)


def test_facts_are_believed_where_they_are_likely() -> None:
    info = "/Title(On Trust)/Author(Ada Byron; Bo Li)/CreationDate(D:20180511113352-07'00')"
    page = column(50, 700, "Proceedings of 2018, where this text is from, and it says no more.")
    parsed = read_pdf(make_pdf(page, info=info))
    assert (parsed.title, parsed.authors) == ("On Trust", ("Ada Byron", "Bo Li"))
    assert parsed.published == date(2018, 5, 11)
    assert published_of({"CreationDate": "D:20180511"}, "", "made in 2017") is None
    assert published_of({"CreationDate": "D:20181399"}, "", "made in 2018") is None
    for junk in (
        "Microsoft Word - x.doc",
        "untitled",
        "main.dvi",
        "C:\\a\\b",
        "12345",
        "a_b_c",
        "",
    ):
        assert title_of({"Title": junk}, [], 10) is None
    for junk in ("admin", "Administrator", "", "jdoe"):
        assert stated_authors(junk) == ()
    assert stated_authors("Ryan D. Deschamps,1 Jimmy Lin,2 and Nick Ruest3") == (
        "Ryan D. Deschamps", "Jimmy Lin", "Nick Ruest",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason", "damaged"),
    [
        (b"", "broken pdf", True),
        (b"%PDF-1.7 and nothing", "broken pdf", True),
        (make_pdf([]), "no text layer", False),
        (make_pdf([(50, 700, 10, "7")]), "no text layer", False),
        (make_pdf(), "broken pdf", True),
        (
            make_pdf(
                LEFT,
                extra=f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'00' * 32}>/U<{'11' * 32}>>>"
                "/ID[<00><00>]",
            ),
            "encrypted",
            False,
        ),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, reason: str, damaged: bool) -> None:
    with pytest.raises(Unreadable) as caught:
        read_pdf(content)
    assert (caught.value.reason, caught.value.damaged) == (reason, damaged)


def test_limits_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    monkeypatch.setattr(pdf_words, "MAX_PAGE_CHARS", 100)
    parsed = read_pdf(make_pdf(LEFT, RIGHT, LEFT))
    assert parsed.notes == ("2 of 3 pages read", "2 pages cut")


def test_a_build_tells_what_it_did_not_read(tmp_path: Path, fake_embedder: Embedder) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(make_pdf(*[LEFT] * (pdf.MAX_PAGES + 1)))
    report = build_index(find_sources([path]), tmp_path / "index", fake_embedder)
    assert report.kept == report.damaged == 1
    (line,) = report.failures
    assert line == f"{path}: read in part at byte 0 (500 of 501 pages read)"
    (row,) = read_inputs(next((tmp_path / "index" / "generations").glob("*/sources.json")))
    assert row.damaged == 1


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 3000), st.binary(max_size=30))
def test_damaged_files_are_read_or_refused(at: int, junk: bytes) -> None:
    whole = make_pdf([*LEFT, *RIGHT], LEFT)
    for content in (whole[:at] + junk + whole[at:], whole[:at] + junk, whole[at:]):
        assert reason_of(content) in (
            None, "broken pdf", "no text layer", "encrypted", "garbled text layer",
        )  # fmt: skip


def reason_of(content: bytes) -> str | None:
    try:
        return None if read_pdf(content).blocks else "no blocks"
    except Unreadable as error:
        return error.reason


place = st.floats(-1000, 2000, allow_nan=False)
words = st.builds(
    Word, st.text(min_size=1, max_size=5), place, place, place, place,
    st.floats(0, 40), st.booleans(), st.booleans(),
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(words, max_size=30))
def test_no_word_is_lost_between_page_and_lines(found: list[Word]) -> None:
    lines = page_lines(found, 0)
    kept = Counter("".join(line.text for line in lines).replace(" ", ""))
    assert kept == Counter("".join(word.text for word in found).replace(" ", ""))


def test_words_are_what_pdfium_says() -> None:
    content = make_pdf([*LEFT, *RIGHT])
    oracle = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range().split()
    (page,) = PdfFile(content).pages(9)
    assert page is not None
    assert [word.text for word in page.words] == oracle
    for word in page.words:
        assert 0 < word.left < word.right < WIDTH
        assert 0 < word.bottom < word.top < HEIGHT


def shingles(text: str) -> Counter[tuple[str, ...]]:
    found = re.findall(r"\w+", text.lower())
    return Counter(zip(*(found[at:] for at in range(4)), strict=False))


@pytest.mark.skipif("AUCTOR_DATA" not in os.environ, reason="AUCTOR_DATA names no folder")
@pytest.mark.parametrize(("name", "floor"), [("N18-3011", 0.9), ("2020.acl-main.207", 0.89)])
def test_real_papers_agree_with_grobid(name: str, floor: float) -> None:
    folder = Path(os.environ["AUCTOR_DATA"], "papers", "s2orc", "pdf")
    parsed = read_pdf((folder / f"{name}.pdf").read_bytes())
    kept = [b.text for b in parsed.blocks if "References" not in b.heading_path]
    other = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))["pdf_parse"]
    gold = [
        each["text"] for field in ("abstract", "body_text", "back_matter") for each in other[field]
    ]
    gold += [each["text"] for each in other["ref_entries"].values()]
    ours, theirs = shingles("\n".join(kept)), shingles("\n".join(gold))
    common = sum((ours & theirs).values())
    assert 2 * common / (sum(ours.values()) + sum(theirs.values())) >= floor
    assert parsed.authors
    assert Counter(block.kind for block in parsed.blocks)[BlockKind.HEADING] >= 15
