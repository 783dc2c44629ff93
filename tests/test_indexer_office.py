"""Office files of every kind, hostile ones included, written by hand as zip and XML."""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer import office_outline, office_package
from indexer.office import read_office
from indexer.parsed import Parsed, Unreadable

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
X = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0"'
)
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CORE = (
    '<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>On Trust</dc:title>'
    "<dc:creator>Ada Byron; Bo Li</dc:creator><dc:language>de-AT</dc:language></c>"
)


def pack(parts: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relations(**targets: str) -> str:
    entries = "".join(
        f'<Relationship Id="{name}" Type="{KIND}/{target.partition("=")[0]}" '
        f'Target="{target.partition("=")[2]}"/>'
        for name, target in targets.items()
    )
    return f"<Relationships>{entries}</Relationships>"


def word(body: str, **parts: str) -> dict[str, str]:
    styles = "".join(
        f'<w:style w:styleId="{key}"><w:name w:val="{name}"/>{rest}</w:style>'
        for key, name, rest in (
            ("T", "Title", ""), ("H1", "heading 1", ""), ("H2", "heading 2", ""),
            ("Own", "Own", '<w:basedOn w:val="H2"/>'), ("Cap", "caption", ""),
            ("LB", "List Bullet", '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'),
            ("Code", "Source Code", ""),
        )
    )  # fmt: skip
    return {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations(a="officeDocument=word/document.xml"),
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/styles.xml": f"<w:styles {W}>{styles}</w:styles>",
        "docProps/core.xml": CORE,
        **{name.replace("__", "/") + ".xml": content for name, content in parts.items()},
    }


def p(text: str, style: str = "", extra: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{extra}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def shown(parsed: Parsed) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(block.kind.value, block.text, block.heading_path) for block in parsed.blocks]


def test_word() -> None:
    item = '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="2"/></w:numPr>'
    row = "<w:tr><w:tc>{}</w:tc><w:tc>{}</w:tc></w:tr>"
    body = [
        p("The Title", "T"), p("One", "H1"), p("Plain \u00e9."), p("Two", "Own"),
        p("a", "LB"), p("b", "", item), p("Figure 1", "Cap"), p("x = 1", "Code"), p("  y", "Code"),
        f"<w:tbl>{row.format(p('Name'), p('Age'))}"
        f"<w:sdt><w:sdtContent>{row.format(p('Bo'), p('7'))}</w:sdtContent></w:sdt></w:tbl>",
        "<w:p><w:r><w:t>kept</w:t><w:tab/><w:t>x</w:t><w:br/><w:t>new</w:t></w:r>"
        "<w:del><w:r><w:delText>gone</w:delText><w:t>gone</w:t></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
        "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        '<w:ins><w:r><w:t>added</w:t><w:footnoteReference w:id="2"/></w:r></w:ins></w:p>',
        p("Three", "", '<w:outlineLvl w:val="0"/>'), "<w:sectPr/>",
    ]  # fmt: skip
    notes = f'<w:n {W}><w:footnote w:type="separator" w:id="0"/><w:footnote w:id="2">{p("Note.")}'
    parsed = read_office(pack(word("".join(body), word__footnotes=f"{notes}</w:footnote></w:n>")))
    assert (parsed.title, parsed.authors, parsed.language) == (
        "On Trust", ("Ada Byron", "Bo Li"), "de",
    )  # fmt: skip
    assert shown(parsed) == [
        ("heading", "The Title", ()),
        ("heading", "One", ()),
        ("paragraph", "Plain \u00e9.", ("One",)),
        ("heading", "Two", ("One",)),
        ("list", "- a\n  - b", ("One", "Two")),
        ("caption", "Figure 1", ("One", "Two")),
        ("code", "x = 1\n  y", ("One", "Two")),
        ("table", "Name: Bo | Age: 7", ("One", "Two")),
        ("paragraph", "kept x\nnewadded", ("One", "Two")),
        ("footnote", "Note.", ("One", "Two")),
        ("heading", "Three", ()),
    ]


def test_slides() -> None:
    def shape(role: str, *lines: str) -> str:
        place = f'<p:ph type="{role}"/>' if role else ""
        texts = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
        return f"<p:sp><p:nvSpPr><p:nvPr>{place}</p:nvPr></p:nvSpPr><p:txBody>{texts}</p:txBody></p:sp>"

    table = "<a:tbl>" + "".join(
        "<a:tr>" + "".join(f"<a:tc><a:p><a:r><a:t>{x}</a:t></a:r></a:p></a:tc>" for x in row) + "</a:tr>"
        for row in (("K", "V"), ("k", "v"))
    ) + "</a:tbl>"  # fmt: skip
    slides = [
        shape("body", "one", "two") + shape("title", "First") + shape("sldNum", "7"),
        shape("", "free") + table,
        shape("title", "Hidden"),
    ]
    parts: dict[str, str | bytes] = {
        "_rels/.rels": relations(a="officeDocument=/ppt/presentation.xml"),
        "ppt/presentation.xml": f'<p:x {A}><p:sldId id="1" r:id="r2"/><p:sldId id="2" r:id="r1"/>'
        '<p:sldId id="3" r:id="r3"/></p:x>',
        "ppt/_rels/presentation.xml.rels": relations(
            r1="slide=slides/s1.xml", r2="slide=slides/s0.xml", r3="slide=slides/s2.xml"
        ),
        "ppt/slides/_rels/s0.xml.rels": relations(n="notesSlide=../notesSlides/n.xml"),
        "ppt/notesSlides/n.xml": f"<p:n {A}>{shape('body', 'said')}{shape('sldImg', 'no')}</p:n>",
    }
    for at, slide in enumerate(slides):
        state = 'show="0"' if at == 2 else ""
        parts[f"ppt/slides/s{at}.xml"] = f"<p:sld {A} {state}>{slide}</p:sld>"
    parsed = read_office(pack(parts))
    assert parsed.title == "First"
    assert shown(parsed) == [
        ("heading", "First", ()),
        ("list", "- one\n- two", ("First",)),
        ("paragraph", "said", ("First",)),
        ("paragraph", "free", ()),
        ("table", "K: k | V: v", ()),
    ]


def test_sheets() -> None:
    rows = [
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row>',
        '<row r="3"><c r="B3" t="s"><v>1</v></c><c r="C3" t="inlineStr"><is><t>When</t></is></c></row>',
        '<row r="4"><c r="B4"><v>0.10000000000000001</v></c><c r="C4" s="1"><v>43861</v></c></row>',
        '<row r="5"><c r="B5" t="b"><v>1</v></c><c r="C5" t="e"><v>#REF!</v></c></row>',
        '<row r="9"><c r="A9" t="s"><v>99</v></c><c r="ZZZ9"><v>1</v></c><c><v>8</v></c></row>',
    ]
    parts: dict[str, str | bytes] = {
        "xl/workbook.xml": f'<workbook {X}><sheets><sheet name="Data" r:id="r1"/><sheet name="No" '
        'r:id="r2" state="hidden"/><sheet name="Lost" r:id="r9"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            r1="worksheet=sheets/1.xml", r2="worksheet=sheets/2.xml"
        ),
        "xl/sharedStrings.xml": f"<sst {X}><si><r><t>A </t></r><r><t>title</t></r></si><si><t>Value</t>"
        "<rPh><t>no</t></rPh></si></sst>",
        "xl/styles.xml": f'<s {X}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></s>',
        "xl/sheets/1.xml": f"<worksheet {X}><sheetData>{''.join(rows)}</sheetData></worksheet>",
        "xl/sheets/2.xml": f'<worksheet {X}><row><c t="str"><v>secret</v></c></row></worksheet>',
    }
    assert shown(read_office(pack(parts))) == [
        ("heading", "Data", ()),
        ("list", "- A title", ("Data",)),
        ("table", "Value: 0.1 | When: 2020-01-31\nValue: TRUE", ("Data",)),
        ("list", "- 8", ("Data",)),
    ]


def odf(body: str, styles: str = "", **parts: str) -> dict[str, str]:
    return {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f"<office:document-content {ODF}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>",
        "meta.xml": f"<office:m {ODF}><office:meta>{CORE[3:-4].partition('>')[2]}</office:meta></office:m>"
        .replace("dc:", ""),
        **{name.replace("__", "/") + ".xml": content for name, content in parts.items()},
    }  # fmt: skip


def test_open_texts() -> None:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    body = (
        "<office:text><text:tracked-changes><text:p>gone</text:p></text:tracked-changes>"
        '<text:h text:outline-level="1">One</text:h>'
        "<text:section><text:p>a<text:s/>b<text:tab/>c<text:line-break/>d <text:span>e</text:span>"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Note.</text:p>"
        "</text:note-body></text:note>f<office:annotation><text:p>no</text:p></office:annotation></text:p>"
        "</text:section><text:list><text:list-item><text:p>x</text:p><text:list><text:list-item>"
        "<text:p>y</text:p></text:list-item></text:list></text:list-item></text:list>"
        f"<table:table><table:table-header-rows><table:table-row>{cell.format('K')}{cell.format('V')}"
        f"</table:table-row></table:table-header-rows><table:table-row>{cell.format('k')}"
        f'{cell.format("v")}</table:table-row></table:table><text:p text:style-name="P1">Fig</text:p>'
        "</office:text>"
    )
    styles = '<style:style style:name="P1" style:parent-style-name="Illustration"/>'
    parsed = read_office(pack(odf(body, styles)))
    assert (parsed.title, parsed.authors, parsed.language) == (
        "On Trust",
        ("Ada Byron", "Bo Li"),
        "de",
    )
    assert shown(parsed) == [
        ("heading", "One", ()),
        ("paragraph", "a b c\nd ef", ("One",)),
        ("footnote", "Note.", ("One",)),
        ("list", "- x\n  - y", ("One",)),
        ("table", "K: k | V: v", ("One",)),
        ("caption", "Fig", ("One",)),
    ]


def test_open_slides_and_sheets() -> None:
    frame = '<draw:frame presentation:class="{}"><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>'
    body = (
        f"<office:presentation><draw:page>{frame.format('outline', 'said')}{frame.format('title', 'First')}"
        f"<presentation:notes>{frame.format('notes', 'noted')}</presentation:notes></draw:page>"
        "</office:presentation>"
    )
    assert shown(read_office(pack(odf(body)))) == [
        ("heading", "First", ()),
        ("paragraph", "said", ("First",)),
        ("paragraph", "noted", ("First",)),
    ]
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    empty = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    body = (
        f"<office:spreadsheet><table:table><table:table-row>{cell.format('K')}{cell.format('V')}"
        f"</table:table-row><table:table-row>{cell.format('k')}{cell.format('v')}</table:table-row>"
        f"{empty}</table:table></office:spreadsheet>"
    )
    assert shown(read_office(pack(odf(body)))) == [("table", "K: k | V: v", ())]


def book(chapter: str | bytes) -> dict[str, str | bytes]:
    return {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<c><rootfile full-path="OEBPS/b.opf"/></c>',
        "OEBPS/b.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
        "<dc:title>The Book</dc:title><dc:creator>Jane Doe</dc:creator><dc:creator>Bo Li</dc:creator>"
        "<dc:date>2001-02-03T00:00</dc:date><dc:language>en</dc:language></metadata><manifest>"
        '<item id="n" href="nav.xhtml" properties="nav"/><item id="a" href="t/ch%201.xhtml"/>'
        '</manifest><spine><itemref idref="n"/><itemref idref="a"/><itemref idref="z"/></spine></package>',
        "OEBPS/nav.xhtml": "<html><p>contents</p></html>",
        "OEBPS/t/ch 1.xhtml": chapter,
    }


def test_books() -> None:
    chapter = (
        "<html><head><title>no</title></head><body><h1>One&nbsp;x</h1><p>A <b>b</b><br/>c.</p>"
        "<ul>\n<li>x</li>\n<li><p>y</p><ul><li>z</li></ul></li></ul><table><tr><th>K</th><th>V</th></tr>"
        "<tr><td>k</td><td>v</td></tr></table><pre>a\n  b</pre><div>loose<p>in</p>end</div>"
        "<figcaption>Cap</figcaption><script>no</script></body></html>"
    )
    parsed = read_office(pack(book(chapter)))
    assert (parsed.title, parsed.authors, parsed.language, parsed.published) == (
        "The Book", ("Jane Doe", "Bo Li"), "en", date(2001, 2, 3),
    )  # fmt: skip
    assert shown(parsed) == [
        ("heading", "One x", ()),
        ("paragraph", "A b c.", ("One x",)),
        ("list", "- x\n- y\n  - z", ("One x",)),
        ("table", "K: k | V: v", ("One x",)),
        ("code", "a\n  b", ("One x",)),
        ("paragraph", "loose", ("One x",)),
        ("paragraph", "in", ("One x",)),
        ("paragraph", "end", ("One x",)),
        ("caption", "Cap", ("One x",)),
    ]


BOMB = f'<!DOCTYPE x [<!ENTITY a "{"boom" * 99}"><!ENTITY b "{"&a;" * 99}">]><w:document {W}><w:body>{p("&b;safe")}</w:body></w:document>'


def test_entities_and_depth_are_harmless() -> None:
    parts = word("")
    parts["word/document.xml"] = BOMB
    assert "boom" not in "".join(block.text for block in read_office(pack(parts)).blocks)
    deep = "<w:sdt><w:sdtContent>" * 20_000 + p("deep")
    assert len(read_office(pack(word(p("top") + deep))).blocks) <= 2
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    parts["word/document.xml"] = (
        f"{outside}<w:document {W}><w:body>{p('a&a;')}</w:body></w:document>"
    )
    assert "root" not in "".join(block.text for block in read_office(pack(parts)).blocks)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = word(p("x" * 100) * 50)
    monkeypatch.setattr(office_outline, "MAX_TEXT_CHARS", 250)
    parsed = read_office(pack(parts))
    assert len(parsed.blocks) == 3
    assert parsed.notes == ("read up to 3 blocks, 300 characters",)
    for name, value in (("MAX_MEMBERS", 2), ("MAX_PART_BYTES", 999), ("MAX_TOTAL_BYTES", 999)):
        with monkeypatch.context() as patch:
            patch.setattr(office_package, name, value)
            with pytest.raises(Unreadable, match="office file too large"):
                read_office(pack(parts))


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SEALED = odf("<office:text/>", **{"META-INF__manifest": "<m><encryption-data/></m>"})


@pytest.mark.parametrize(
    ("content", "reason", "damaged"),
    [
        (b"", "not an office file", False),
        (b"{\\rtf1 text}", "not an office file", False),
        (OLD + bytes(999), "old office format", False),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "encrypted", False),
        (pack({"photo.jpg": "x"}), "not an office file", False),
        (pack(word(p("x")))[:200], "broken office file", True),
        (pack({"META-INF/container.xml": "<c/>"}), "broken office file", True),
        (pack(SEALED), "encrypted", False),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, reason: str, damaged: bool) -> None:
    with pytest.raises(Unreadable) as caught:
        read_office(content)
    assert (caught.value.reason, caught.value.damaged) == (reason, damaged)


def test_a_member_that_takes_a_password_is_said() -> None:
    content = pack({"word/document.xml": "x" * 50})
    at = content.index(b"PK\x01\x02")
    sealed = content[: at + 8] + b"\x01" + content[at + 9 :]
    with pytest.raises(Unreadable, match="encrypted"):
        read_office(sealed)


SAMPLES = (
    pack(word(p("One", "H1") + p("text " * 20) + f"<w:tbl><w:tr><w:tc>{p('a')}</w:tc></w:tr></w:tbl>")),
    pack(odf("<office:text><text:h>x</text:h><text:p>y</text:p></office:text>")),
    pack(book("<html><p>x</p></html>")),
)  # fmt: skip


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(SAMPLES), st.integers(0, 2000), st.binary(max_size=12))
def test_damaged_files_are_read_or_refused(sample: bytes, at: int, junk: bytes) -> None:
    for content in (sample[:at] + junk + sample[at + len(junk) :], sample[:at] + junk, sample[at:]):
        assert reason_of(content) in (None, "broken office file", "encrypted", "not an office file",
                                      "office file too large")  # fmt: skip


def reason_of(content: bytes) -> str | None:
    try:
        read_office(content)
    except Unreadable as error:
        return error.reason
    return None


@settings(deadline=None)
@given(st.lists(st.text("ab \u00e9<&\n", max_size=12), max_size=6))
def test_no_word_is_lost(lines: list[str]) -> None:
    body = "".join(p(re.sub("[<&]", "", line)) for line in lines)
    root = ElementTree.fromstring(word(body)["word/document.xml"])
    parsed = read_office(pack(word(body)))
    assert "\n".join(block.text for block in parsed.blocks).split() == [
        part for text in root.iter(f"{{{W[9:-1]}}}t") for part in (text.text or "").split()
    ]


@settings(deadline=None)
@given(st.text("<>/wptbcr:= \"'", max_size=60))
def test_any_markup_is_read_or_refused(markup: str) -> None:
    for parts in (word(markup), odf(markup), book(markup)):
        assert reason_of(pack(parts)) in (None, "broken office file")
