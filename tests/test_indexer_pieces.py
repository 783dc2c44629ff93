"""Lists, code, captions and footnotes put together from the walk over a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from corpora.document import BlockKind
from indexer.body import walk
from indexer.pieces import put_together


def found(html: str) -> list[tuple[str, str]]:
    body = walk(lxml_html.document_fromstring(f"<body>{html}</body>"))
    return [(piece.kind.value, piece.text) for piece in put_together(body.runs)]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<ol start=4><li>a<li value=9>b<li>c</ol>", "4. a\n9. b\n10. c"),
        ("<ol reversed><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c"),
        ("<ul><li><p>a</p><p>b</p><li>c</ul>", "- a\n  b\n- c"),
        ("<ul><li>a<br>b</ul>", "- a\n  b"),
        ("<dl><dt>a<dd>b<dt>c:<dd>d</dl>", "a: b\nc: d"),
        ("<dl><dt>a<dt>b<dd>c</dl>", "a\nb: c"),
        ("<dl><div><dt>a</dt><dd>b</dd></div></dl>", "a: b"),
        ("<ol><li>a<ol start=x><li>b</ol></ol>", "1. a\n  1. b"),
    ],
)
def test_lists(html: str, text: str) -> None:
    assert found(html) == [("list", text)]


def test_long_entries_are_paragraphs() -> None:
    words = "word " * 100
    html = f"<ol><li><p>{words}</p><p>{words}</p></li><li>{words}</li></ol>"
    kinds, texts = zip(*found(html), strict=True)
    assert set(kinds) == {"paragraph"}
    assert [text[:7] for text in texts] == ["1. word", "word wo", "2. word"]


def test_a_long_list_is_several_blocks() -> None:
    blocks = found("<ul>" + "".join(f"<li>entry {n}" for n in range(2_000)) + "</ul>")
    assert len(blocks) > 2
    assert "\n".join(text for _, text in blocks).split("\n") == [
        f"- entry {n}" for n in range(2_000)
    ]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<p>b</p>c", [("paragraph", "a"), ("paragraph", "b"), ("paragraph", "c")]),
        ("a<br>b<br> <br>c", [("paragraph", "a\nb"), ("paragraph", "c")]),
        ("<pre>  a\n\tb<br>  c </pre>", [("code", "a\n      b\nc")]),
        ("<pre><div>a</div><div> b</div></pre>", [("code", "a\n b")]),
        (
            "<table><tr><td class=linenos><pre>1\n2</pre><td class=code><pre>a\nb</pre></table>",
            [("code", "a\nb")],
        ),
        ("<h2>a <div>b</div></h2>", [("heading", "a b")]),
        ("<div role=heading aria-level=3>a</div>", [("heading", "a")]),
        ("<h2>a<a class=headerlink href=#x>¶</a></h2>", [("heading", "a")]),
        ("<h2>a<a href=#x>#</a></h2>", [("heading", "a")]),
        ("<figure><img alt=x><figcaption>a <b>b</b></figcaption></figure>", [("caption", "a b")]),
        ("<p>a<sup>2</sup> <script>x</script>b<svg><text>c</text></svg></p>", [("paragraph", "a2 b")]),
        ("<p>a<my-tag>b</my-tag> c</p>", [("paragraph", "a b c")]),
        ("<address>a<br>b</address>", [("paragraph", "a\nb")]),
        ("<aside class=footnote><p>a</p></aside>", [("footnote", "a")]),
        ("<ol class=footnotes><li id=f>a</li><li>b</li></ol>", [("footnote", "1. a"), ("footnote", "2. b")]),
        ("<select><option>a</select><textarea>b</textarea><button>c</button>", []),
        ("<p>\u00a0 \u200b</p>", []),
    ],
)  # fmt: skip
def test_blocks(html: str, expected: list[tuple[str, str]]) -> None:
    assert found(html) == expected


FRAGMENTS = st.sampled_from(
    "<p> </p> <ul> <li> </ul> <ol> <dl> <dt> <dd> <table> <tr> <td> <th> </table> <pre> </pre> <h2> "
    "</h2> <br> <a&#32;href=/> </a> <figcaption> <caption> <math> <div> </div> <b> word . &nbsp;".split()
)


@given(st.lists(FRAGMENTS, max_size=50))
def test_every_word_is_kept_once(parts: list[str]) -> None:
    numbered = [f"w{n} " if part == "word" else part for n, part in enumerate(parts)]
    words = [part.strip() for part in numbered if part.startswith("w")]
    html = "".join(numbered).replace("&#32;", " ")
    tree = lxml_html.document_fromstring(f"<body>{html}</body>")
    pieces = put_together(walk(tree).runs)
    raw = " ".join(piece.raw for piece in pieces).split()
    assert sorted(word for word in raw if word.startswith("w")) == sorted(words)
    for piece in pieces:
        assert piece.text.strip()
        assert 0 <= piece.link_share <= 1
        shown = set(piece.text.replace(":", " ").replace(";", " ").replace(",", " ").split())
        if piece.kind is not BlockKind.TABLE:
            assert {word for word in piece.raw.split() if word.startswith("w")} <= shown
