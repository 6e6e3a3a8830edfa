"""Every refusal and failure over HTTP as problem+json (RFC 9457), or as a short page for a browser.

A failure of ours carries a reference that is in the log beside the detail; what the asker reads says neither
where it happened nor how.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse

from runtime.logging import refer

MEDIA_TYPE = "application/problem+json"


class Wrong(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(description="The parameter or field", examples=["query.limit"])
    why: str = Field(examples=["Input should be less than or equal to 1000"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str | None = Field(default=None, examples=["There is no such track in the live picture."])
    reference: str | None = Field(default=None, description="Quote it to support: it is in the server's log")
    wrong: list[Wrong] | None = None


class Refused(HTTPException):
    """A refusal with words for the asker."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)


def log_failure(why: BaseException, what: str) -> str:
    """Log a failure with its trace; returns the reference under which it stands."""
    return refer(why, where=what)


def problem(
    status: int,
    detail: str | None = None,
    *,
    reference: str | None = None,
    wrong: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    body: dict[str, Any] = {"type": "about:blank", "title": _title(status), "status": status}
    body.update({k: v for k, v in (("detail", detail), ("reference", reference), ("wrong", wrong)) if v})
    return JSONResponse(body, status, dict(headers or {}), media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of `app` this way."""

    async def refused(request: Request, why: Exception) -> Response:
        assert isinstance(why, HTTPException)
        detail = None if why.detail == _title(why.status_code) else str(why.detail)
        return answer(request, why.status_code, detail, headers=why.headers)

    async def invalid(_request: Request, why: Exception) -> Response:
        assert isinstance(why, RequestValidationError)
        return problem(422, "The request is not of the form this address takes.", wrong=_wrong(why))

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, invalid)


def failed(request: Request, why: BaseException) -> Response:
    """The answer to a failure of ours, logged under its reference."""
    reference = log_failure(why, f"{request.method} {request.url.path} failed")
    return answer(request, 500, "Something failed on the server.", reference=reference)


def answer(
    request: Request,
    status: int,
    detail: str | None = None,
    *,
    reference: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page where a person looks at it, problem+json for everything else."""
    person = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")
    if not person:
        return problem(status, detail, reference=reference, headers=headers)
    words = "There is no such page." if status == 404 else detail or _title(status)
    quote = f"<p>Quote {reference} to support.</p>" if reference else ""
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Watchfloor</title>'
        "<style>body{background:#10161b;color:#d9e1e7;font:16px system-ui,sans-serif;margin:20vh auto;max-width:32rem;"
        "padding:0 1rem}a{color:#5cc8ec}</style></head>"
        f'<body><h1>{html.escape(words)}</h1>{quote}<p><a href="/">Back to the picture</a></p></body></html>'
    )
    return HTMLResponse(page, status, dict(headers or {}))


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _wrong(why: RequestValidationError) -> list[dict[str, str]]:
    return [
        {"where": ".".join(str(part) for part in error["loc"]), "why": str(error["msg"])[:300]}
        for error in why.errors()[:20]
    ]
