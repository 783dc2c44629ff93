"""How large a request may be."""

import asyncio
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.errors import refuse

MAX_BODY_BYTES = 256 * 1024
MAX_HEAD_BYTES = 64 * 1024
BODY_S = 10.0
"""Seconds within which a body must have come."""
HEAD_S = 30.0
"""Seconds within which the head of a request must have come."""

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class BodyLimit:
    """ASGI middleware: reads the body before the application does, and refuses a too large one.

    A length that is announced is believed at once; a body that comes in chunks is counted.
    """

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_BODY_BYTES) -> None:
        """Wraps an application."""
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands the whole body on as one message."""
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        chunks: list[bytes] = []
        size = 0
        is_too_large = _announced(scope) > self._max_bytes
        more = True
        deadline = asyncio.get_running_loop().time() + BODY_S
        while more and not is_too_large:
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                too_slow = [("body", f"did not come within {BODY_S:g} seconds")]
                await refuse(408, too_slow, {"connection": "close"})(scope, receive, send)
                return
            if message["type"] == "http.disconnect":
                return  # nobody waits for an answer
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            is_too_large = size > self._max_bytes
            more = message.get("more_body", False)
        if is_too_large:
            # The rest is not read, so nothing else can be asked over this connection.
            too_large = [("body", f"has more than {self._max_bytes:,} bytes")]
            await refuse(413, too_large, {"connection": "close"})(scope, receive, send)
            return
        await self._app(scope, _replay(b"".join(chunks), receive), send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])  # more digits are too large whatever they say
    return 0


def _replay(body: bytes, receive: Receive) -> Receive:
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return whole.pop() if whole else await receive()

    return again


class BoundedHeads(HttpToolsProtocol):
    """Uvicorn's protocol with bounds: it keeps a head of any size, and waits for one for ever."""

    _head_bytes = 0
    _is_in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is due."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is due any more."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Hangs up on a head that is larger than anybody needs."""
        if self._is_in_head:
            self._head_bytes += len(data)
            # What comes at once may hold a body, too.
            if self._head_bytes > MAX_HEAD_BYTES + MAX_BODY_BYTES:
                self._hang_up(431, "the head of the request is too large")
                return
            if self._deadline is None:
                self._expect_head()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._is_in_head, self._head_bytes = False, 0
        self._expect_nothing()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next head may begin."""
        self._is_in_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is refused in the same shape as everything else."""
        self._hang_up(400, msg.rstrip(".").lower())

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(
            HEAD_S, self._hang_up, 408, f"no request came within {HEAD_S:g} seconds"
        )

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _hang_up(self, status: int, message: str) -> None:
        body = bytes(refuse(status, [(None, message)]).body)
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
