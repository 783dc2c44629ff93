"""Formulas of papers as text: TeX where there is some, else what their symbols say in a row."""

import re

from corpora.xml_records import Element, attribute

_MAX_CHARS = 2_000
_TEX_BODY = re.compile(r"\\begin\s*\{document\}(.*?)(?:\\end\s*\{document\}|$)", re.DOTALL)
_SIMPLE = frozenset(("math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mstyle", "msub", "msup",
                     "semantics", "mpadded", "mfenced"))  # fmt: skip
_SPACED = re.compile(r"\s*([=<>≤≥≈≠±×∼→])\s*")


def formula_text(formula: Element) -> str:
    """One line for a formula of JATS, TEI or HTML; may be empty.

    A formula without fractions, roots or the like is written as its symbols, which is how people
    type it ("E = mc^2"); another as its TeX.
    """
    maths = formula if formula.tag == "math" else next(formula.iter("math"), None)
    linear = _linear(maths) if maths is not None else ""
    if linear:
        return linear[:_MAX_CHARS]
    for text in _candidates(formula, maths):
        line = " ".join(text.split())
        if line:
            return line[:_MAX_CHARS]
    return ""


def _candidates(formula: Element, maths: Element | None) -> list[str]:
    texts = [_tex(tex) for tex in formula.iter("tex-math")]
    for annotation in formula.iter("annotation"):
        if "tex" in (annotation.get("encoding") or "").lower():
            texts.append("".join(annotation.itertext()))
    for element in (formula, maths):
        if element is not None:
            texts.append(attribute(element, "alttext") or attribute(element, "alt") or "")
    texts += ["".join(alt.itertext()) for alt in formula.iter("alt-text", "textual-form")]
    if maths is not None:
        texts.append(" ".join("".join(leaf.itertext()) for leaf in maths.iter("mi", "mn", "mo")))
    if maths is None and formula.find(".//tex-math") is None:
        texts.append("".join(formula.itertext()))
    return texts


def _tex(element: Element) -> str:
    text = "".join(element.itertext())
    body = _TEX_BODY.search(text)
    return (body[1] if body else text).strip().strip("$").strip()


def _linear(maths: Element) -> str:
    """The symbols in a row; empty where that would not say what the formula says."""
    parts: list[str] = []
    for element in maths.iter():
        if element.tag in ("annotation", "annotation-xml"):
            continue
        if element.tag not in _SIMPLE:
            return ""
        parent = element.getparent()
        if parent is not None and parent.tag == "msup" and parent.index(element) == 1:
            parts.append("^")
        if element.tag in ("mi", "mn", "mo", "mtext"):
            parts.append("".join(element.itertext()).strip())
    return _SPACED.sub(r" \1 ", "".join(parts)).strip()
