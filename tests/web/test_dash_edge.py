"""What we changed at Dash's edges still holds: read this first when Dash is updated."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import dash
import httpx2
import pytest
from dash import Dash, Input, Output, dcc, html
from dash.exceptions import DashException
from fastapi import FastAPI

from tests.web.served import ASSETS, Served
from web import dash_edge
from web.static_files import FOR_EVER


def test_the_pinned_dash() -> None:
    assert dash.__version__ == "4.4.1"


@pytest.mark.parametrize("path", ["/", "/wall", "/system", "/?lat=-37&lon=175&z=8"])
def test_a_first_request_to_any_page_has_our_scripts(client: httpx2.Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert "/assets/stream.js" in page.text
    assert 'id="_dash-renderer"' in page.text


def test_worker_scripts_stay_out_of_the_page(client: httpx2.Client) -> None:
    page = client.get("/").text
    workers = [path.name for path in ASSETS.rglob("*.js") if re.search(dash_edge.WORKER_SCRIPTS, path.name)]
    assert workers
    assert not [name for name in workers if f"/{name}" in page]


def test_no_socket_for_callbacks(site: Served, client: httpx2.Client) -> None:
    page = client.get("/").text
    assert "_dash-ws-callback" not in page
    paths = [getattr(route, "path", "") for route in site.uvicorn.config.app.router.routes]
    assert not [path for path in paths if "ws-callback" in path]


@pytest.mark.parametrize(
    "path", ["/nothing", "/wall/more", "/_dash-nothing", "/index.html", "/_mcp", "/_dash-ws-callback"]
)
def test_unknown_addresses_are_404(client: httpx2.Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.get(path, headers={"Accept": "text/html"}).headers["content-type"].startswith("text/html")


def test_the_one_inline_script_is_the_one_the_policy_names(client: httpx2.Client) -> None:
    import base64
    import hashlib

    page = client.get("/")
    policy = page.headers["content-security-policy"]
    inline = re.findall(r"<script(?![^>]*src=)([^>]*)>(.*?)</script>", page.text, re.DOTALL)
    running = [text for attributes, text in inline if "application/json" not in attributes]
    assert len(running) == 1
    digest = base64.b64encode(hashlib.sha256(running[0].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert "'unsafe-inline'" not in re.search(r"script-src[^;]*", policy).group()  # type: ignore[union-attr]


def test_a_clientside_callback_as_a_string_is_refused_at_build(tmp_path: Path) -> None:
    def register(app: Dash) -> None:
        app.clientside_callback("(n) => n", Output("a", "data"), Input("b", "data"))

    with pytest.raises(DashException, match="ClientsideFunction"):
        dash_edge.build(
            FastAPI(), layout=html.Div([dcc.Store("a"), dcc.Store("b")]), assets=tmp_path, register=register,
            on_error=lambda _why: None, is_page=lambda _path: True,
        )  # fmt: skip


def test_bundles_and_assets_are_compressed_and_kept(client: httpx2.Client) -> None:
    page = client.get("/").text
    for source in re.findall(r'<script src="([^"]+)"', page):
        answer = client.get(source.replace("&amp;", "&"), headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200, source
        assert "javascript" in answer.headers["content-type"]
        assert answer.headers["cache-control"] == FOR_EVER or "no-cache" in answer.headers["cache-control"]
        again = client.get(source.replace("&amp;", "&"), headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_an_asset_is_the_file(client: httpx2.Client) -> None:
    raw = (ASSETS / "stream.js").read_bytes()
    plain = client.get("/assets/stream.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == raw
    assert "content-encoding" not in plain.headers
    packed = client.get("/assets/stream.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == raw
    assert int(packed.headers["content-length"]) == len(gzip.compress(raw, 6, mtime=0))


@pytest.mark.parametrize(
    "path",
    ["/assets/", "/assets/..%2fapp.py", "/assets/%2e%2e/settings.py", "/assets/.hidden", "/assets/map", "/assets/a%00b",
     "/_dash-component-suites/os/path.py", "/_dash-component-suites/dash/dash.py",
     "/_dash-component-suites/dash_leaflet/../x.js"],
)  # fmt: skip
def test_nothing_else_is_served(client: httpx2.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_the_base_map_is_read_in_ranges(client: httpx2.Client) -> None:
    raw = (ASSETS / "basemap" / "world.pmtiles").read_bytes()
    answer = client.get("/assets/basemap/world.pmtiles", headers={"Range": "bytes=100-163", "Accept-Encoding": "gzip"})
    assert answer.status_code == 206
    assert answer.content == raw[100:164]
    assert answer.headers["content-range"] == f"bytes 100-163/{len(raw)}"
    assert "max-age" in answer.headers["cache-control"]
    whole = client.head("/assets/basemap/world.pmtiles")
    assert (whole.status_code, int(whole.headers["content-length"])) == (200, len(raw))
    beyond = client.get("/assets/basemap/world.pmtiles", headers={"Range": "bytes=999999999-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"output":"nothing.here","inputs":[],"changedPropIds":[]}', b'{"output":3}', b"\xff"],
)
def test_a_malformed_callback_request_is_the_senders_fault(client: httpx2.Client, body: bytes) -> None:
    answer = client.post("/_dash-update-component", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert "Traceback" not in answer.text


def test_a_callback_over_http(client: httpx2.Client) -> None:
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": "card.children",
            "outputs": {"id": "card", "property": "children"},
            "inputs": [{"id": "selected-track", "property": "data"}, {"id": "selected-tick", "property": "data"}],
            "changedPropIds": ["selected-track.data"],
            "parsedChangedPropsIds": ["selected-track.data"],
            "state": [],
        },
    )
    assert answer.status_code == 200
    assert "response" in answer.json()
