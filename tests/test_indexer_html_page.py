"""Planted pages of many kinds: all that counts is kept and reads well, furniture is dropped."""

import time
from collections.abc import Callable

import pytest

from corpora.document import BlockKind, Document
from indexer.extract import extract

PageMaker = Callable[..., Document]

FURNITURE = "FURNITURE"
FRAME = """<!DOCTYPE html><html lang="en"><head><title>{title} | Site</title></head><body>
<header class="site-header"><a href="/">FURNITURE Site</a><form><input name=q><button>FURNITURE
</button></form></header>
<nav><ul><li><a href="/a">FURNITURE Home</a></li><li><a href="/b">FURNITURE News</a></li></ul></nav>
<div class="breadcrumbs"><a href="/">FURNITURE</a> &gt; <a href="/c">FURNITURE Topic</a></div>
{body}
<aside class="sidebar"><h3>FURNITURE Popular</h3><ul><li><a href="/1">FURNITURE one</a></li>
<li><a href="/2">FURNITURE two</a></li></ul></aside>
<div class="cookie-banner">FURNITURE We use cookies to give you the best experience.</div>
<footer><p>FURNITURE Copyright 2024. All rights reserved.</p></footer></body></html>"""

DOCS = """<main><h1>sort — order things<a class="headerlink" href="#x">¶</a></h1>
<p>KEEP The sort module orders any sequence of comparable values in place.</p>
<h2>Functions</h2>
<dl><dt id="sort"><code>sort(values, key=None)</code></dt><dd><p>KEEP Sorts values.</p>
<dl><dt>values</dt><dd>KEEP any sequence</dd><dt>key</dt><dd>KEEP a function of one value</dd></dl>
<pre><span>>>></span> sort([3, 1])
[1, 3]   # KEEP</pre></dd></dl>
<h2>Options</h2>
<table><thead><tr><th>Option</th><th>Default</th></tr></thead>
<tbody><tr><td>reverse KEEP</td><td>False</td></tr><tr><td>stable KEEP</td><td>True</td></tr></tbody>
</table>
<div class="admonition note"><p class="admonition-title">Note</p><p>KEEP Sorting is stable.</p></div>
<ul><li>KEEP short</li><li>KEEP item with <code>code</code></li></ul></main>"""

FAQ = """<div class="content"><h1>Questions about passports</h1>
<details><summary>KEEP How long does it take?</summary><p>KEEP Three weeks.</p></details>
<details open><summary>KEEP What does it cost?</summary><p>KEEP 82 euros.</p></details>
<h3>KEEP Can I travel meanwhile?</h3><p>KEEP No.</p>
<h3>KEEP Whom do I ask?</h3><p>KEEP Your embassy answers every question about travel documents.</p>
</div>"""

LAW = """<div id="document"><h1>Act on Lakes</h1><h2>Part 1 General</h2>
<h3>Section 1 Scope</h3>
<p>KEEP (1) This Act applies to lakes larger than one hectare.</p>
<p>KEEP (2) It does not apply to the sea.</p>
<h3>Section 2 Definitions</h3>
<ol><li>KEEP lake: still water;</li><li>KEEP shore: land beside it, and
<ol type="a"><li>KEEP beaches,</li><li>KEEP cliffs;</li></ol></li><li>KEEP boat: any vessel.</li></ol>
<h3>Section 3 Repealed</h3><p>KEEP (repealed)</p></div>"""

FORUM = """<div class="thread"><h1>Why does my boat leak?</h1>
<div class="post"><div class="author"><a href="/u/1">Ann</a></div><div class="message"><p>KEEP I have
an old wooden boat and every spring it leaks for a week before it stops, why is that?</p></div></div>
<div class="post"><div class="author"><a href="/u/2">Bob</a></div><div class="message"><p>KEEP Wood
shrinks when it dries out in winter. In the water it swells again and the gaps close.</p></div></div>
<div class="post"><div class="author"><a href="/u/3">Cy</a></div><div class="message"><p>KEEP Same
here. Sink it on purpose for a few days near the shore, then pump it out.</p></div></div></div>"""

PRODUCT = """<div class="product"><h1>Kettle K2</h1><p>KEEP 1.7 litre kettle of steel.</p>
<table class="specs"><tr><th scope="row">Power</th><td>KEEP 2200 W</td></tr>
<tr><th scope="row">Weight</th><td>KEEP 1.1 kg</td></tr></table>
<ul class="features"><li>KEEP Switches itself off</li><li>KEEP Boils a litre in two minutes</li></ul>
<p>KEEP Delivered with a filter against limescale and a two year warranty.</p></div>"""

NEWS = """<article><h1>Bridge opens</h1><p class="byline">By Ann Writer</p>
<figure><img src="b.jpg" alt="bridge"><figcaption>KEEP The bridge at night.</figcaption></figure>
<p>KEEP The new bridge over the river was opened on Monday after four years of construction work.</p>
<div class="share-buttons"><a href="/s">FURNITURE Share</a> <a href="/t">FURNITURE Tweet</a></div>
<p>KEEP It is nine hundred metres long and cost less than the city council had expected it to.</p>
<blockquote><p>KEEP "We are proud of everyone who worked here," the mayor said on Monday.</p></blockquote>
<div class="related"><h3><a href="/x">FURNITURE Older bridge closes</a></h3><p>FURNITURE The old
bridge over the river was closed to all traffic on Sunday evening.</p></div>
<p>KEEP Buses use the bridge from Tuesday on, and cyclists have a lane of their own on both sides.</p>
</article>"""

PAGES = {
    "docs": DOCS,
    "faq": FAQ,
    "law": LAW,
    "forum": FORUM,
    "product": PRODUCT,
    "news": NEWS,
}


def blocks(document: object) -> list[tuple[str, str, tuple[str, ...]]]:
    assert isinstance(document, Document)
    return [(block.kind.value, block.text, block.heading_path) for block in document.blocks]


@pytest.mark.parametrize("kind", PAGES)
def test_all_that_counts_is_kept_and_furniture_is_not(make_page: PageMaker, kind: str) -> None:
    html = FRAME.format(title="A page", body=PAGES[kind])
    document = extract(make_page(html))
    assert isinstance(document, Document)
    assert document.text.count("KEEP") == html.count("KEEP")
    assert FURNITURE not in document.text


def test_documentation_keeps_its_structure(make_page: PageMaker) -> None:
    found = blocks(extract(make_page(FRAME.format(title="Sort", body=DOCS))))
    top = "sort — order things"
    assert ("heading", top, ()) in found
    assert ("code", ">>> sort([3, 1])\n[1, 3]   # KEEP", (top, "Functions")) in found
    assert (
        "table",
        "Option: reverse KEEP | Default: False\nOption: stable KEEP | Default: True",
        (top, "Options"),
    ) in found
    assert ("list", "- KEEP short\n- KEEP item with code", (top, "Options")) in found
    assert any("values: KEEP any sequence" in text for _, text, _ in found)


def test_a_law_keeps_its_sections_and_numbers(make_page: PageMaker) -> None:
    found = blocks(extract(make_page(FRAME.format(title="Act", body=LAW))))
    path = ("Act on Lakes", "Part 1 General", "Section 2 Definitions")
    lines = "\n".join(
        (
            "1. KEEP lake: still water;",
            "2. KEEP shore: land beside it, and",
            "  1. KEEP beaches,",
            "  2. KEEP cliffs;",
            "3. KEEP boat: any vessel.",
        )
    )
    assert ("list", lines, path) in found


def test_a_row_of_a_product_names_what_it_says(make_page: PageMaker) -> None:
    found = blocks(extract(make_page(FRAME.format(title="Kettle", body=PRODUCT))))
    assert ("table", "Power: KEEP 2200 W\nWeight: KEEP 1.1 kg") in [each[:2] for each in found]


def test_captions_are_captions(make_page: PageMaker) -> None:
    found = blocks(extract(make_page(FRAME.format(title="Bridge", body=NEWS))))
    assert ("caption", "KEEP The bridge at night.") in [each[:2] for each in found]


DEEP = 100_000
HOSTILE = {
    **{
        f"{tag}s in {tag}s": f"<{tag}>" * DEEP + "INNER" + f"</{tag}>" * DEEP
        for tag in ("div", "table", "span", "ul", "blockquote", "b", "section", "dl", "font")
    },
    "cells in tables": "<table><tr><td>" * DEEP + "INNER",
    "items in lists": "<ul><li>" * DEEP + "INNER",
    "formatting left open": "".join(f"<font id={n}><p>x" for n in range(20_000)) + "INNER",
    "links left open": "".join(f"<a href=/{n}><div>x" for n in range(20_000)) + "INNER",
    "many attributes": "<div " + " ".join(f"a{n}=b" for n in range(200_000)) + ">INNER</div>",
    "a long attribute": f"<div title='{'x' * 10_000_000}'>INNER</div>",
    "an embedded file": f"<img src='data:image/png;base64,{'QUJD' * 2_500_000}'>INNER",
    "entities": "&amp;&lt;&notanentity;" * 100_000 + "INNER",
    "wide spans": "<table>" + "<tr><td colspan=1000 rowspan=65534>x" * 2_000 + "</table>INNER",
    "empty elements": "<p></p>" * 200_000 + "INNER",
    "one word": "x" * 3_000_000 + " INNER",
    "spaces": "x" + " " * 3_000_000 + " INNER",
    "stops": "." * 1_000_000 + " INNER",
    "line breaks": "<br>" * 200_000 + "INNER",
    "frames": "<frameset><frame src=a></frameset><noframes>x</noframes>",
    "pages in a page": "<html><body><p>one</p></body></html>" * 2_000 + "INNER",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_take_bounded_time(make_page: PageMaker, kind: str) -> None:
    text = "<p>Glaciers move slowly downhill under their own weight and carry stones with them.</p>"
    html = f"<html><head><title>T</title></head><body><h1>H</h1>{text}{HOSTILE[kind]}{text}"
    document = make_page(html)
    start = time.perf_counter()
    extracted = extract(document)
    assert time.perf_counter() - start < 20  # seconds here, minutes or hours where it is quadratic
    if kind != "frames":
        assert isinstance(extracted, Document)
        assert "Glaciers move slowly" in extracted.text


def test_text_below_the_deepest_element_is_kept(make_page: PageMaker) -> None:
    inner = "<p>Deep below all of these elements there is a sentence that a reader can see.</p>"
    document = extract(make_page("<div>" * 3_000 + inner * 3 + "</div>" * 3_000))
    assert isinstance(document, Document)
    assert "Deep below" in document.text


@pytest.mark.parametrize("depth", [10, 350, 500, 3_000])
def test_hidden_text_stays_hidden_however_deep(make_page: PageMaker, depth: int) -> None:
    shown = "<p>A sentence that every reader of this page can see without any doubt at all.</p>"
    secret = f"<div hidden><div><p>SECRET {shown}</p></div></div>"
    html = "<div>" * depth + shown + secret + shown + "</div>" * depth + shown
    document = extract(make_page(html))
    assert isinstance(document, Document)
    assert "SECRET" not in document.text


def test_math_is_read_once(make_page: PageMaker) -> None:
    tex = (
        '<span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi>'
        '<annotation encoding="application/x-tex">x^2</annotation></semantics></math></span>'
        '<span class="katex-html" aria-hidden="true">x2</span></span>'
    )
    image = '<img class="tex" alt="\\sqrt{2}">'
    html = f"<main><p>The area {tex} of a square with side {image} is known to everyone.</p></main>"
    document = extract(make_page(html))
    assert isinstance(document, Document)
    assert "The area x^2 of a square with side \\sqrt{2} is known" in document.text


def test_footnotes_keep_their_number(make_page: PageMaker) -> None:
    html = (
        "<main><p>A claim that needs a source<sup><a href='#fn1'>1</a></sup> stands here, and it is "
        "followed by more words so that it is a paragraph.</p><section class='footnotes'><ol>"
        "<li id='fn1'><p>Smith 2020, page 4. <a href='#r1'>↩</a></p></li></ol></section></main>"
    )
    document = extract(make_page(html))
    assert isinstance(document, Document)
    notes = [block.text for block in document.blocks if block.kind is BlockKind.FOOTNOTE]
    assert notes == ["1. Smith 2020, page 4."]


@pytest.mark.parametrize(
    ("raised", "read"),
    [
        ("over 10<sup>6</sup> cells and 10<sup>-3</sup> moles", "over 10^6 cells and 10^-3 moles"),
        ('by the sun<sup><a href="#n1">1</a></sup> alone', "by the sun[1] alone"),
        ("so it is said.<sup>12</sup> And", "so it is said.[12] And"),
        ("on the 1<sup>st</sup> of May", "on the 1st of May"),
        ("in H<sub>2</sub>O, 25 m<sup>2</sup> of it", "in H2O, 25 m2 of it"),
        ('as shown<sup class="reference"><a href="#c">[3]</a></sup>', "as shown[3]"),
        ('of 1984<sup><a href="#n2">2</a></sup> onwards', "of 1984[2] onwards"),
        ('about 12<a href="#fn1"><sup>1</sup></a> percent', "about 12[1] percent"),
        ('about 12<sup><a href="/p#fn3"><span>3</span></a></sup> of', "about 12[3] of"),
        ("in O(2<sup>n</sup>) and (1+r)<sup>2</sup> steps", "in O(2^n) and (1+r)^2 steps"),
        ("at 10<sup>x+1</sup> on the 21<sup>st</sup>", "at 10^x+1 on the 21st"),
    ],
)
def test_raised_numbers_do_not_melt_into_others(
    make_page: PageMaker, raised: str, read: str
) -> None:
    page = extract(make_page(FRAME.format(title="T", body=f"<main><p>It is {raised}.</p></main>")))
    assert isinstance(page, Document)
    assert read in page.text
