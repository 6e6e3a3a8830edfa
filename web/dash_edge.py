"""Every touch of Dash's private parts. Each has a test in tests/web/test_dash_edge.py; a new Dash is read here first.

Dash 4.4.1 is pinned. What we change, and why:
- no WebSocket for callbacks: every tab would open one that nothing uses;
- no catch-all route: Dash answers any address with its page; ours answers unknown ones with 404;
- set up at build: a first request to another address than `/` would otherwise lack our scripts;
- bundles and assets served compressed and from memory: Dash reads and hashes the file at each request;
- a malformed callback request is the sender's fault (400), any other failure is logged with a reference.
"""

from __future__ import annotations

import asyncio
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import dash
from dash import Dash
from dash.backends import _fastapi as backend
from dash.exceptions import DashException, PreventUpdate
from dash.fingerprint import check_fingerprint
from fastapi import FastAPI, Request, Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from web import problems
from web.static_files import ASK_AGAIN, FOR_EVER, Assets, Content

# Files that run in the worker, not in the page.
WORKER_SCRIPTS = r"^worker"

# Dash's own page without its line for Internet Explorer, and with a language for screen readers.
PAGE = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>"""


class _Middleware(backend.DashMiddleware):
    """Dash's own, but what fails is logged, and answered without telling how."""

    async def _handle_error(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        if isinstance(error, PreventUpdate):
            await Response(status_code=204)(scope, receive, send)
            return
        raise error


class _Backend(backend.FastAPIDashServer):
    """Dash's FastAPI backend with our edges."""

    websocket_capability = False

    def register_assets_blueprint(self, blueprint_name: str, assets_url_path: str, assets_folder: str) -> None:
        self.server.mount(assets_url_path, Assets(Path(assets_folder)), name=blueprint_name)

    def setup_index(self, dash_app: Dash) -> None:
        """The address `/` is a page like the others: see `_last_route`."""

    def setup_backend(self, dash_app: Dash) -> None:
        self.server.add_middleware(
            _Middleware,
            dash_app=dash_app,
            dash_server=self,
            before_request_funcs=self._before_request_funcs,
            after_request_func=self._after_request_func,
        )

    def _setup_catchall(self) -> None:
        """Dash adds a route for every address when the server starts; ours is already there."""

    def setup_component_suites(self, dash_app: Dash) -> None:  # type: ignore[override]
        suites = _Suites(dash_app)

        async def serve(request: Request, package_name: str, fingerprinted_path: str) -> Response:
            return await asyncio.to_thread(suites.answer, request, package_name, fingerprinted_path)

        dash_app._add_url("_dash-component-suites/{package_name}/{fingerprinted_path:path}", serve)

    def serve_callback(self, dash_app: Dash) -> Callable[..., Any]:
        dispatch = super().serve_callback(dash_app)

        async def checked(request: Request) -> Response:
            if not _is_callback(request.state.json_body, dash_app):
                raise problems.Refused(400, "This is not a request that a page of Watchfloor makes.")
            return await dispatch(request)

        return checked


class _Suites:
    """The script bundles of Dash and its component packages."""

    def __init__(self, dash_app: Dash) -> None:
        self._dash = dash_app
        self._held: dict[tuple[str, str], Content] = {}

    def answer(self, request: Request, package: str, fingerprinted_path: str) -> Response:
        path, has_fingerprint = check_fingerprint(fingerprinted_path)
        if path not in self._dash.registered_paths.get(package, ()):
            raise problems.Refused(404, "There is no such script.")
        content = self._held.get((package, path))
        if content is None:
            data = pkgutil.get_data(sys.modules[package].__name__, path)
            if data is None:
                raise problems.Refused(404, "There is no such script.")
            content = self._held[package, path] = Content.of(data, Path(path).suffix)
        return content.answer(request, FOR_EVER if has_fingerprint else ASK_AGAIN)


def build(
    server: FastAPI,
    *,
    layout: Any,
    assets: Path,
    register: Callable[[Dash], None],
    on_error: Callable[[Exception], Any],
    is_page: Callable[[str], bool],
) -> Dash:
    """Dash on `server`, ready: layout set, callbacks applied, scripts known, unknown addresses answered."""
    ours = type("Backend", (_Backend,), {"create_app": staticmethod(lambda *_args, **_kwargs: server)})
    app = Dash(
        "watchfloor",
        backend=ours,
        assets_folder=str(assets),
        assets_ignore=WORKER_SCRIPTS,
        serve_locally=True,
        title="Watchfloor",
        update_title="",
        index_string=PAGE,
        suppress_callback_exceptions=True,
        on_error=on_error,
        add_log_handler=False,
        enable_mcp=False,
    )
    app.layout = layout
    register(app)
    app._setup_server()
    _refuse_inline_scripts(app)
    _last_route(server, app, is_page)
    return app


def script_hashes(app: Dash) -> list[str]:
    """Hashes of the one inline script a page has: the line that starts Dash's renderer."""
    return list(app.csp_hashes())


def say(component_id: str, prop: str, value: Any) -> None:
    """From inside a callback: set one more property."""
    dash.set_props(component_id, {prop: value})


def _refuse_inline_scripts(app: Dash) -> None:
    if app._inline_scripts:
        raise DashException(
            "a clientside callback is written as a string: use ClientsideFunction and a file in assets/"
        )


def _last_route(server: FastAPI, app: Dash, is_page: Callable[[str], bool]) -> None:
    """Every address nothing else has: a page of ours, or 404."""

    async def page_or_404(request: Request) -> Response:
        if request.method not in ("GET", "HEAD") or not is_page(request.url.path):
            _refuse(server, request)
        token = backend.set_current_request(request)
        try:
            return Response(app.index(), media_type="text/html", headers={"Cache-Control": ASK_AGAIN})
        finally:
            backend.reset_current_request(token)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    server.add_api_route("/{path:path}", page_or_404, methods=methods, include_in_schema=False)


def _refuse(server: FastAPI, request: Request) -> NoReturn:
    """405 where the address exists with other methods, else 404."""
    for route in server.router.routes:
        match, _ = route.matches({**request.scope, "root_path": request.scope.get("root_path", "")})
        if match is Match.PARTIAL:
            allowed = ", ".join(sorted(getattr(route, "methods", None) or ()))
            raise problems.Refused(405, f"This address takes {allowed}.", {"Allow": allowed})
    raise problems.Refused(404, "There is nothing at this address.")


def _is_callback(body: Any, app: Dash) -> bool:
    """Of the form the renderer sends, and for a callback that exists."""
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return False
    lists = ("inputs", "changedPropIds")
    if not all(isinstance(body.get(name), list) for name in lists) or not isinstance(body.get("state", []), list):
        return False
    return body["output"] in app.callback_map
