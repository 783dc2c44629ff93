"""Office files to blocks: zip archives of XML."""

import io
import zipfile

from lxml import etree

from corpora.plain_text import line_blocks
from indexer.parsed import Parsed, Unreadable


def read_office(content: bytes) -> Parsed:
    """The text of a Word, PowerPoint, Excel, OpenDocument or EPUB file.

    Raises:
        Unreadable: the file is broken, encrypted, too large or of no kind that we know.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(
                n for n in archive.namelist() if n.endswith(("document.xml", "content.xml"))
            )
            root = etree.fromstring(archive.read(name))
    except (zipfile.BadZipFile, StopIteration, etree.XMLSyntaxError) as error:
        raise Unreadable("broken office file", str(error), damaged=True) from error
    return Parsed(line_blocks("\n".join(str(text) for text in root.itertext())))
