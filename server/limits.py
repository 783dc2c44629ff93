"""How large a request may be."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.errors import refuse

MAX_BODY_BYTES = 1024 * 1024

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
        while more and not is_too_large:
            message = await receive()
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
