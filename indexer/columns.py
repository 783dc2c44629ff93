"""The columns of documents.arrow and passages.arrow."""

import pyarrow as pa

from indexer.lookup import ID_BYTES

_LINK = pa.struct(
    [
        ("url", pa.string()),
        ("anchor", pa.string()),
        ("nofollow", pa.bool_()),
        ("rel", pa.list_(pa.string())),
        ("region", pa.string()),
        ("context", pa.string()),
    ]
)
_CITATION = pa.struct(
    [
        ("start_char", pa.uint32()),
        ("end_char", pa.uint32()),
        ("cited", pa.binary(ID_BYTES)),
        ("title", pa.string()),
    ]
)
_IDENTIFIER = pa.struct([("scheme", pa.string()), ("value", pa.string())])
_PAPER = pa.struct(
    [
        ("paper_id", pa.string()),
        ("authors", pa.list_(pa.string())),
        ("venue", pa.string()),
        ("year", pa.int32()),
        ("identifiers", pa.list_(_IDENTIFIER)),
    ]
)
DOCUMENT_SCHEMA = pa.schema(
    [
        ("document_id", pa.binary(ID_BYTES)),
        ("url", pa.string()),
        ("doi", pa.string()),
        ("host", pa.string()),
        ("title", pa.string()),
        ("kind", pa.string()),
        ("collection", pa.string()),
        ("language", pa.string()),
        ("published", pa.date32()),
        ("canonical_url", pa.string()),
        ("source_file", pa.string()),
        ("source_offset", pa.int64()),
        ("source_length", pa.int64()),
        ("source_base", pa.string()),
        ("source_digest", pa.string()),
        ("source_via", pa.string()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
        ("links", pa.list_(_LINK)),
        ("authors", pa.list_(pa.string())),
        ("citations", pa.list_(_CITATION)),
        ("paper", _PAPER),
        ("text", pa.binary()),
        ("text_bytes", pa.uint32()),
    ]
)
METADATA = tuple(
    name
    for name in DOCUMENT_SCHEMA.names
    if name not in {"canonical_url", "links", "citations", "text", "text_bytes"}
)
"""What `StoredDocument` holds."""

PASSAGE_SCHEMA = pa.schema(
    [
        ("passage_id", pa.binary(ID_BYTES)),
        ("copy_key", pa.binary(ID_BYTES)),
        ("document", pa.uint32()),
        ("ordinal", pa.uint32()),
        ("start_char", pa.uint32()),
        ("end_char", pa.uint32()),
        ("vector", pa.uint32()),
        ("heading", pa.string()),
        ("language", pa.string()),
    ]
)
