"""From exceptions to HTTP: every refusal has one body, and no traceback leaves the server.

QueryError                  422, the field named; NotIndexed 404
ModelError                  503: the question could not be encoded
AuctorError                 500 with its one line, which is written to be shown
any other                   500 without details; the log has the traceback
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.requests import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corpora.errors import AuctorError, ModelError, QueryError
from server.open import NotIndexed

MAX_DETAILS = 20
_MAX_FIELD_CHARS = 200
_MAX_MESSAGE_CHARS = 1_000

FAILED = "the server failed; the request is not at fault, the server's log says more"

_log = logging.getLogger(__name__)

Problem = tuple[str | None, str]
"""The field that is at fault, None where none is; and what is wrong with it."""


def register(app: FastAPI) -> None:
    """Answers every exception that routes raise on purpose."""
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_refused)
    app.exception_handler(AuctorError)(_failed)


class Guard:
    """ASGI middleware: an exception that nobody expected is logged here and answered with 500."""

    def __init__(self, app: ASGIApp) -> None:
        """Wraps an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything through."""
        has_begun = False

        async def watch(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if scope["type"] != "http" or has_begun:
                raise  # too late for another answer: the connection breaks, the server logs it
            _log.exception("%s %r failed", scope["method"], scope["path"])
            await refuse(500, [(None, FAILED)])(scope, receive, send)


def refuse(
    status: int, problems: Sequence[Problem], headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The body of all refusals.

    Args:
        status: of HTTP.
        problems: what is wrong, at least one; the first MAX_DETAILS are told.
        headers: further ones.
    """
    details = [_safe(problem) for problem in problems[:MAX_DETAILS]]
    return JSONResponse({"error": {**details[0], "details": details}}, status, headers)


def _safe(problem: Problem) -> dict[str, str | None]:
    """A problem that can be sent whatever the caller wrote: unknown fields are named by him."""
    field, message = problem
    return {
        "field": None if field is None else _encodable(field)[:_MAX_FIELD_CHARS],
        "message": _encodable(message)[:_MAX_MESSAGE_CHARS],
    }


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """A body that is not a request: which fields, what is wrong with them."""
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if errors[0]["type"] == "json_invalid":
        why = str(errors[0]["ctx"]["error"]).lower()
        return refuse(400, [("body", f"is not JSON: {why} at character {errors[0]['loc'][-1]}")])
    return refuse(422, [(_field(each), _explain(each)) for each in errors[:MAX_DETAILS]])


async def _refused(request: Request, error: Exception) -> JSONResponse:
    """No such path, wrong method, a body that cannot be read."""
    assert isinstance(error, HTTPException)
    headers = error.headers
    if error.status_code == 404:
        return refuse(404, [(None, "there is nothing at this path; see /openapi.json")], headers)
    if error.status_code == 405:
        allowed = (headers or {}).get("Allow", "another method")
        return refuse(
            405, [(None, f"{request.method} does not work here; {allowed} does")], headers
        )
    if error.status_code == 400:
        return refuse(400, [("body", _why_unreadable(error.__cause__))], headers)
    return refuse(error.status_code, [(None, str(error.detail))], headers)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    """What our own code raised."""
    if isinstance(error, QueryError):
        status = 404 if isinstance(error, NotIndexed) else 422
        return refuse(status, [(error.field, error.message)])
    _log.error("%s %r failed", request.method, request.url.path, exc_info=error)
    return refuse(503 if isinstance(error, ModelError) else 500, [(None, str(error))])


def _why_unreadable(cause: BaseException | None) -> str:
    if isinstance(cause, UnicodeDecodeError):
        return "is not UTF-8"
    if isinstance(cause, RecursionError):
        return "is nested too deeply"
    return "cannot be read as JSON"


def _field(error: Mapping[str, Any]) -> str:
    """The path of a field, without the part of the request that it stands in."""
    return ".".join(str(part) for part in error["loc"][1:]) or "body"


def _explain(error: Mapping[str, Any]) -> str:
    match error["type"]:
        case "extra_forbidden" if error["loc"][-1] in ("n", "top_k"):
            return "n and top_k are one field"
        case "extra_forbidden":
            return "is not a field of this request"
        case "missing" if len(error["loc"]) == 1:
            return "is empty; send a JSON object"
        case "model_attributes_type":
            return "should be a JSON object, sent with content-type: application/json"
        case "string_unicode":
            return "holds half a surrogate pair, which is no character"
        case _:
            message = str(error["msg"]).removeprefix("Value error, ")
            return message[:1].lower() + message[1:]
