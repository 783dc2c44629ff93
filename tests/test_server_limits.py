import asyncio
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.limits import BodyLimit

LIMIT = 100

Sent = MutableMapping[str, Any]


def ask(
    chunks: list[bytes], announced: bytes | None = None, method: str = "POST"
) -> tuple[list[bytes], list[Sent]]:
    """What an application behind the limit reads, and what is sent."""
    messages: Iterator[Sent] = iter(
        [
            *(
                {"type": "http.request", "body": chunk, "more_body": more}
                for chunk, more in zip(chunks, [True] * (len(chunks) - 1) + [False], strict=True)
            ),
            {"type": "http.disconnect"},
        ]
    )
    bodies: list[bytes] = []
    sent: list[Sent] = []

    async def receive() -> Sent:
        return next(messages)

    async def send(message: Sent) -> None:
        sent.append(message)

    async def app(_: object, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        body, more = b"", True
        while more:
            message = await receive()
            assert message["type"] == "http.request"
            body += message["body"]
            more = message["more_body"]
        bodies.append(body)
        assert (await receive())["type"] == "http.disconnect"

    headers = [] if announced is None else [(b"content-length", announced)]
    scope = {"type": "http", "method": method, "path": "/", "headers": headers}
    asyncio.run(BodyLimit(app, LIMIT)(scope, receive, send))
    return bodies, sent


SIZES = st.sampled_from([0, 1, 49, 50, 51, 99, 100, 101])


@given(st.lists(SIZES.map(bytes), min_size=1, max_size=6))
def test_a_body_arrives_whole_or_is_refused(chunks: list[bytes]) -> None:
    bodies, sent = ask(chunks)
    body = b"".join(chunks)
    if len(body) <= LIMIT:
        assert (bodies, sent) == ([body], [])
    else:
        assert bodies == []
        assert sent[0]["status"] == 413


@pytest.mark.parametrize(
    ("announced", "status"),
    [(b"100", None), (b"101", 413), (b"9" * 5_000, 413), (b"-1", None), (b"many", None)],
)
def test_an_announced_length_is_enough_to_refuse(announced: bytes, status: int | None) -> None:
    bodies, sent = ask([b"x"], announced)
    assert [message["status"] for message in sent if "status" in message] == [status][: len(sent)]
    assert bodies == ([] if status else [b"x"])


def test_a_client_that_leaves_gets_no_answer() -> None:
    async def app(*_: object) -> None:
        raise AssertionError("half a body is none")

    sent: list[Sent] = []
    messages = iter([{"type": "http.request", "body": b"x", "more_body": True}])

    async def receive() -> Sent:
        return next(messages, {"type": "http.disconnect"})

    async def send(message: Sent) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(BodyLimit(app, LIMIT)(scope, receive, send))
    assert sent == []


def test_methods_without_a_body_are_let_through() -> None:
    bodies, sent = ask([b"x" * (LIMIT + 1)], method="GET")
    assert (len(bodies[0]), sent) == (LIMIT + 1, [])
