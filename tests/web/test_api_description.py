"""The description of the API is true: schemathesis asks whatever it allows, nothing fails on the server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.served import Served, named, served, vessel


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("site")) as site:
        site.put(vessel(1), vessel(2, -17.0, -179.0), particulars={1: named("EXAMPLE TRADER")})
        yield site


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_whatever_the_description_allows(site: Served) -> None:
    schema = schemathesis.openapi.from_url(f"{site.url}/api/v1/openapi.json")
    asked = 0
    for found in schema.get_all_operations():

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(found.ok().as_strategy())
        def ask(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS)

        ask()
        asked += 1
    assert asked >= 10


def test_every_address_is_described_for_people(client: httpx2.Client) -> None:
    description = client.get("/api/v1/openapi.json").json()
    assert len(description["paths"]) >= 10
    for path, methods in description["paths"].items():
        assert path.startswith("/api/v1/")
        assert list(methods) == ["get"], path
        about = methods["get"]
        assert about["summary"]
        assert about["tags"]
        assert "application/problem+json" in about["responses"]["422"]["content"], path
