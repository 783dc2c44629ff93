import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, MutableMapping
from typing import Any

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from server.limits import BodyLimit, BoundedHeads

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


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A real server: what reads the bytes is under test."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(app, http=BoundedHeads, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def say(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """What comes back until the server hangs up or is silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        with contextlib.suppress(OSError):
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
        received = b""
        with contextlib.suppress(OSError):
            while data := connection.recv(65_536):
                received += data
        return received


def refused(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    error = json.loads(body)["error"]
    assert error["details"] == [{"field": None, "message": error["message"]}]
    return int(head.split()[1]), error["message"]


def test_a_head_of_any_size_is_not_kept(port: int) -> None:
    answer = say(port, b"GET / HTTP/1.1\r\nhost: a\r\nx: ", *[b"a" * 65_536] * 16)
    assert refused(answer) == (431, "the head of the request is too large")


def test_what_is_no_http_is_refused_like_everything_else(port: int) -> None:
    assert refused(say(port, b"\xff\xfe nonsense\r\n\r\n"))[0] == 400


def test_a_head_has_its_time(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.limits.HEAD_S", 0.3)
    for parts in ((), (b"GET / HTTP/1.1\r\nhost: a\r\n",)):
        assert refused(say(port, *parts))[0] == 408


def test_a_connection_goes_on_after_its_answers(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.limits.HEAD_S", 0.5)
    request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
    answer = say(port, *[request] * 4, pause=0.3)  # longer together than one head may take
    assert answer.count(b"HTTP/1.1 204") == 4
    large = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200000\r\n\r\n" + b"a" * 200_000
    assert say(port, large, request).startswith(b"HTTP/1.1 204")


def test_a_body_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.limits.BODY_S", 0.05)
    sent: list[Message] = []

    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("the application was called without a body")

    async def receive() -> Message:
        await asyncio.sleep(10)
        raise AssertionError("waited on")

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": "POST", "headers": [], "path": "/"}
    asyncio.run(BodyLimit(never)(scope, receive, send))
    assert sent[0]["status"] == 408
