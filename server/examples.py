"""Examples for the API's description: what goes over the wire, as it is; a test checks each."""

from typing import Any

_GENERATION = "20260314T092653000000-1f2e3d"
_DOCUMENT = "0d1e2f30415263748596a7b8c9daebfc"
_PASSAGE = "9f86d081884c7d659a2feaa0c55ad015"
_AUTHORITY = {
    "prior": 0.96,
    "tier": 1,
    "reasons": ["World Health Organization: the United Nations agency for public health"],
}
_SOURCE = {
    "file": "crawls/who.warc.gz",
    "offset": 10_240,
    "length": 8_191,
    "base": "file",
    "digest": "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
}

SEARCH_REQUESTS: list[Any] = [
    {"query": "how does a try statement clean up", "n": 5},
    {
        "query": "measles vaccination schedule",
        "top_k": 10,
        "include_domains": ["who.int", "gov"],
        "published_after": "2020-01-01",
        "undated": "keep_undated",
        "passages_per_document": 2,
        "authority": {"mode": "filter", "min_tier": 2},
        "explain": True,
    },
]

SEARCH_REPLY: dict[str, Any] = {
    "query": "measles vaccination schedule",
    "category": None,
    "generation": _GENERATION,
    "epsilon": 0.04,
    "match": {"cosine": 0.71, "lexical": 0.52},
    "results": [
        {
            "url": "https://www.who.int/measles",
            "position": 1,
            "title": "Measles",
            "time": "2025-11-28",
            "snippet": "Two doses of a vaccine that contains measles protect a child for life.",
            "content": "Two doses of a vaccine that contains measles protect a child for life.\n\n",
            "passage_id": _PASSAGE,
            "document_id": _DOCUMENT,
            "text_digest": "sha256:"
            "db864c8b99fe335fe8d1c94e5380d36baeaf4677647f0fa14e31a9e7a0d3394a",
            "start_char": 412,
            "end_char": 484,
            "heading": "Measles > Prevention",
            "kind": "web",
            "language": "en",
            "final": 0.8712,
            "relevance": 0.8328,
            "match": {"cosine": 0.71, "lexical": 0.48},
            "signals": {"bm25": 14.2, "cosine": 0.71, "adjacency": 0.5},
            "authority": _AUTHORITY,
            "rank_without_authority": 2,
            "also_at": [],
            "retracted": None,
            "source": _SOURCE,
            "explanation": {
                "formula": "final 0.8712 = relevance 0.8328 + epsilon 0.04 * prior 0.960",
                "moved_by_authority": 1,
            },
        }
    ],
    "dropped": {"undated": {"none": 3}, "outside_dates": {"1": 1, "none": 12}},
    "notes": ["include_domains: this index has no page of gov"],
}

OPEN_REQUESTS: list[Any] = [
    {"url": "https://www.who.int/measles", "max_tokens": 2_000},
    {"id": _PASSAGE, "max_tokens": 500},
    {"id": _DOCUMENT, "start_char": 412, "end_char": 484},
]

OPEN_REPLY: dict[str, Any] = {
    "url": "https://www.who.int/measles",
    "document_id": _DOCUMENT,
    "passage_id": _PASSAGE,
    "generation": _GENERATION,
    "title": "Measles",
    "time": "2025-11-28",
    "kind": "web",
    "language": "en",
    "heading": "Measles > Prevention",
    "text": "Two doses of a vaccine that contains measles protect a child for life.\n\n",
    "start_char": 412,
    "end_char": 484,
    "total_chars": 2_950,
    "truncated": True,
    "next_start_char": 484,
    "tokens": 15,
    "text_digest": "sha256:db864c8b99fe335fe8d1c94e5380d36baeaf4677647f0fa14e31a9e7a0d3394a",
    "authority": _AUTHORITY,
    "also_at": [],
    "retracted": None,
    "source": _SOURCE,
}

AUTHORITY: dict[str, Any] = {
    "input": "www.who.int",
    "host": "www.who.int",
    "registrable_domain": "who.int",
    "prior": 0.98,
    "tier": 1,
    "category": "health",
    "topics": ["health"],
    "stance": "trust",
    "matched": "who.int",
    "evidence": [
        {
            "kind": "curated",
            "statement": "World Health Organization: the United Nations agency for public health",
            "source": "https://www.who.int/about",
            "date": "2026-03-14",
            "curator": "auctor",
        }
    ],
}

GENERATIONS: dict[str, Any] = {
    "generations": [
        {
            "generation": _GENERATION,
            "live": True,
            "created_at": "2026-03-14T09:26:53+00:00",
            "parent": None,
            "documents": 250,
            "passages": 11_480,
            "shards": 1,
            "model": "all-MiniLM-L6-v2",
            "error": None,
        }
    ]
}

HEALTH: dict[str, Any] = {"status": "ok", "generation": _GENERATION}

READY: dict[str, Any] = {
    "status": "ready",
    "generation": _GENERATION,
    "swaps": 0,
    "failure": None,
}

BEHIND: dict[str, Any] = {
    "status": "behind",
    "generation": _GENERATION,
    "swaps": 3,
    "failure": "index/CURRENT names no generation; build the index again",
}

METRICS = """\
# HELP auctor_http_requests_total Requests answered.
# TYPE auctor_http_requests_total counter
auctor_http_requests_total{method="POST",route="/v1/search",status="200"} 1024.0
"""


def error(field: str | None, message: str) -> dict[str, Any]:
    """The body of a refusal with one reason."""
    reason = {"field": field, "message": message}
    return {"error": {**reason, "details": [reason]}}


ERRORS: dict[int, tuple[str, dict[str, Any]]] = {
    400: (
        "The body is not JSON, or not UTF-8.",
        error("body", "is not JSON: expecting value at character 10"),
    ),
    404: (
        "The index does not hold what is asked for.",
        error("url", "this index has no such page; what is not indexed is not fetched either"),
    ),
    413: ("The body is too large.", error("body", "has more than 1,048,576 bytes")),
    422: (
        "A field is missing, unknown or has a value that is not allowed; nothing was done.",
        error("top_k", "input should be less than or equal to 100"),
    ),
    500: (
        "Something failed on the server; its log says more.",
        error(None, "the server failed; the request is not at fault, the server's log says more"),
    ),
    503: (
        "The embedding model failed on this question; it may work a little later.",
        error(None, "the question could not be encoded: out of memory"),
    ),
}
"""Status -> when it is given, and an example of its body."""

REPLIES: dict[str, dict[str, Any]] = {
    "SearchReply": SEARCH_REPLY,
    "OpenReply": OPEN_REPLY,
    "AuthorityDescription": AUTHORITY,
    "GenerationsReply": GENERATIONS,
    "HealthReply": HEALTH,
    "ReadyReply": READY,
}
"""By the name of their model."""
