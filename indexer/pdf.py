"""PDF to blocks; only user of pypdfium2."""

import pypdfium2

from corpora.plain_text import paragraph_blocks
from indexer.parsed import Parsed, Unreadable


def read_pdf(content: bytes) -> Parsed:
    """The text of a PDF in reading order.

    Raises:
        Unreadable: the PDF is broken, encrypted or has no text layer.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("broken pdf", str(error), damaged=True) from error
    pages = [page.get_textpage().get_text_range() for page in document]
    blocks = tuple(block for page in pages for block in paragraph_blocks(page))
    if not blocks:
        raise Unreadable("no text layer")
    return Parsed(blocks)
