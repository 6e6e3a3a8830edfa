"""Files that browsers fetch: compressed once, cached by the browser, byte ranges for the base map."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

FOR_EVER = "public, max-age=31536000, immutable"  # its address changes when it does
ASK_AGAIN = "no-cache"  # kept, but asked for again each time: answered 304 while unchanged
A_DAY = "public, max-age=86400"
_COMPRESSIBLE = {".js", ".css", ".json", ".svg", ".html", ".map", ".txt", ".mjs", ".geojson"}
_COMPRESS_FROM = 600  # bytes
_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".pmtiles": "application/vnd.pmtiles",
    ".geojson": "application/geo+json",
}


@dataclass(frozen=True, slots=True)
class Content:
    """One file's bytes, as they are and compressed."""

    raw: bytes
    packed: bytes | None
    etag: str
    media_type: str

    @classmethod
    def of(cls, raw: bytes, suffix: str) -> Content:
        packed = None
        if suffix in _COMPRESSIBLE and len(raw) >= _COMPRESS_FROM:
            packed = gzip.compress(raw, 6, mtime=0)
        etag = f'"{hashlib.sha256(raw).hexdigest()[:24]}"'
        return cls(raw, packed, etag, media_type(suffix))

    def answer(self, request: Request, cache_control: str) -> Response:
        headers = {"ETag": self.etag, "Cache-Control": cache_control, "Vary": "Accept-Encoding"}
        if self.etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        if self.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.packed, media_type=self.media_type, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.raw, media_type=self.media_type, headers=headers)


class Assets:
    """ASGI application over one folder. Small files are held compressed; large ones are read as asked for."""

    HELD_LIMIT = 2_000_000  # bytes of a file that is held in memory

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._held: dict[Path, tuple[tuple[int, int], Content]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        path = self._path(scope)
        response = await asyncio.to_thread(self._response, path, request)
        await response(scope, receive, send)

    def _path(self, scope: Scope) -> Path:
        wanted = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        if "\0" in wanted or any(part.startswith(".") for part in wanted.split("/")):
            raise HTTPException(404)
        return self._folder / wanted

    def _response(self, path: Path, request: Request) -> Response:
        try:
            path = path.resolve()
            about = path.stat()
        except OSError:
            raise HTTPException(404) from None
        if not path.is_relative_to(self._folder) or not path.is_file():
            raise HTTPException(404)
        if about.st_size > self.HELD_LIMIT or path.suffix == ".pmtiles":
            headers = {"Cache-Control": A_DAY, "Last-Modified": formatdate(about.st_mtime, usegmt=True)}
            return FileResponse(path, media_type=media_type(path.suffix), headers=headers)
        stamp = (about.st_mtime_ns, about.st_size)
        held = self._held.get(path)
        if held is None or held[0] != stamp:
            held = self._held[path] = (stamp, Content.of(path.read_bytes(), path.suffix))
        return held[1].answer(request, FOR_EVER if request.query_params.get("m") else ASK_AGAIN)


def media_type(suffix: str) -> str:
    return _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
