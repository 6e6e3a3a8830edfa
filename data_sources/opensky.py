"""The OpenSky Network: /states/all polled over HTTPS, within its credits.

Fields of a state vector and the limits as in https://openskynetwork.github.io/opensky-api/rest.html (2025): metres
and metres per second, position_source 0 ADS-B, 1 ASTERIX, 2 MLAT, 3 FLARM. The centre's own receivers are better.

A request costs 1 credit for a box of up to 25 square degrees, 2 up to 100, 3 up to 400, 4 beyond; a day has 400 for the
anonymous and 4,000 for an account. When they are used up OpenSky says for how long, and that long it is left alone.
"""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar, Literal

import httpx2
import orjson
from pydantic import Field, HttpUrl, SecretStr, model_validator

from data_sources import http_documents
from data_sources.aircraft import (
    FEET_A_MINUTE_PER_METRE_A_SECOND,
    FEET_PER_METRE,
    KNOTS_PER_METRE_A_SECOND,
    NAN,
    STALE,
    Report,
    Snapshots,
    Unusable,
    altitude,
    climb,
    columns,
    course,
    identity,
    is_distress,
    number,
    particulars,
    position,
    source_rank,
    speed,
)
from data_sources.contract import (
    FORMATS,
    Batch,
    Chunk,
    Feed,
    FeedSettings,
    FeedUnavailable,
    Format,
    Reason,
    register,
)
from data_sources.json_documents import raw_record, refuse_document
from picture.observations import ReportFlag

DOCUMENT_LIMIT = 32 * 1024 * 1024  # bytes; all states of the world are about 1.5 MB
FIELDS = 17  # an 18th, the category, comes with extended=1
CLOCK_SET_BACK = 60.0  # seconds
REFUSED_SECONDS = 300.0  # wrong credentials do not become right by asking each second
TOKEN_MARGIN = 60.0  # seconds before its end that a token is renewed

_SOURCES = ("adsb", "asterix", "mlat", "flarm")
# Emitter categories of extended=1 as ADS-B writes them; 0 and 1 say nothing, 13 is reserved.
_CATEGORIES = dict(zip(range(2, 9), ("A1", "A2", "A3", "A4", "A5", "A6", "A7"), strict=True)) | {
    9: "B1", 10: "B2", 11: "B3", 12: "B4", 14: "B6", 15: "B7", 16: "C1", 17: "C2", 18: "C3", 19: "C4", 20: "C5",
}  # fmt: skip


class OpenSkySettings(FeedSettings):
    kind: Literal["opensky"]
    late_after: Annotated[float, Field(gt=0)] = 60.0
    dead_after: Annotated[float, Field(gt=0)] = 300.0
    base_url: Annotated[HttpUrl, Field(description="of the API")] = HttpUrl("https://opensky-network.org/api")
    token_url: Annotated[HttpUrl, Field(description="where client credentials become a token")] = HttpUrl(
        "https://auth.opensky-network.org/auth/realms/opensky-network/protocol/openid-connect/token"
    )
    interval: Annotated[float, Field(ge=0.1, le=3600, description="seconds; anonymous data is 10 s apart")] = 10.0
    south: Annotated[float, Field(ge=-90, le=90)] | None = None
    north: Annotated[float, Field(ge=-90, le=90)] | None = None
    west: Annotated[float, Field(ge=-180, le=180)] | None = None
    east: Annotated[float, Field(ge=-180, le=180)] | None = None
    client_id: str = ""  # OAuth2 client credentials, for accounts made since March 2025
    client_secret: SecretStr = SecretStr("")
    username: str = ""  # basic, for a relay of one's own or an old account
    password: SecretStr = SecretStr("")
    document_limit: Annotated[int, Field(ge=1024, description="bytes; a larger document is refused")] = DOCUMENT_LIMIT

    @model_validator(mode="after")
    def whole(self) -> OpenSkySettings:
        box = (self.south, self.north, self.west, self.east)
        if any(side is not None for side in box) and any(side is None for side in box):
            raise ValueError("a bounding box needs all of south, north, west and east")
        if self.south is not None and self.north is not None and self.south >= self.north:
            raise ValueError(f"south = {self.south:g}, north = {self.north:g}: south must be less than north")
        if bool(self.client_id) != bool(self.client_secret.get_secret_value()):
            raise ValueError("client_id and client_secret belong together")
        if bool(self.username) != bool(self.password.get_secret_value()):
            raise ValueError("username and password belong together")
        if self.client_id and self.username:
            raise ValueError("either client_id or username, not both")
        return self

    @property
    def boxes(self) -> list[dict[str, str]]:
        """The bounding box as query parameters; two where it crosses the antimeridian, none for the whole world."""
        if self.south is None or self.west is None or self.east is None:
            return [{}]
        spans = [(self.west, self.east)] if self.west < self.east else [(self.west, 180.0), (-180.0, self.east)]
        return [
            {"lamin": f"{self.south}", "lamax": f"{self.north}", "lomin": f"{west}", "lomax": f"{east}"}
            for west, east in spans
        ]


@register
class OpenSky(Feed):
    kind: ClassVar[str] = "opensky"
    title: ClassVar[str] = "OpenSky Network"
    family: ClassVar[str] = "ADS-B"
    stream: ClassVar[bool] = False
    Settings = OpenSkySettings
    settings: OpenSkySettings

    def __init__(self, settings: FeedSettings, clock: Any) -> None:
        super().__init__(settings, clock)
        self._token = ""
        self._token_until = -math.inf

    async def chunks(self) -> AsyncIterator[Chunk]:
        remote = self.settings.base_url.host not in ("127.0.0.1", "localhost", "[::1]")
        boxes = self.settings.boxes
        async with http_documents.client(through_proxy=remote) as http:
            while True:
                for number_of_box, box in enumerate(boxes):
                    answer = await self._states(http, box)
                    # Each half of a box over the antimeridian has its own times: a source of its own to the translator.
                    yield Chunk(answer.data, self.clock(), "" if number_of_box == 0 else "east")
                await asyncio.sleep(self.settings.interval)

    async def _states(self, http: httpx2.AsyncClient, box: dict[str, str]) -> http_documents.Answer:
        url = str(self.settings.base_url).rstrip("/") + "/states/all"
        for last in (False, True):
            headers = await self._authorisation(http)
            request = http.build_request("GET", url, params={**box, "extended": "1"}, headers=headers)
            answer = await http_documents.fetch(http, request, limit=self.settings.document_limit)
            if answer.status != 401 or not self._token or last:
                break
            self._token = ""  # ended before its time: once more with a new one
        if answer.status in (401, 403):
            raise FeedUnavailable("OpenSky refused the credentials", retry_after=REFUSED_SECONDS)
        if answer.status == 429:
            raise FeedUnavailable("OpenSky's credits are used up", retry_after=_retry_after(answer))
        http_documents.expect_ok(answer, "OpenSky")
        return answer

    async def _authorisation(self, http: httpx2.AsyncClient) -> dict[str, str]:
        if self.settings.username:
            pair = f"{self.settings.username}:{self.settings.password.get_secret_value()}"
            return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        if not self.settings.client_id:
            return {}
        # A clock that was set back must not keep a token for ever: one far in the future is not believed.
        if not self._token or not 0 < self._token_until - self.clock() < 86_400:
            await self._ask_for_token(http)
        return {"authorization": f"Bearer {self._token}"}

    async def _ask_for_token(self, http: httpx2.AsyncClient) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret.get_secret_value(),
        }
        request = http.build_request("POST", str(self.settings.token_url), data=form)
        answer = await http_documents.fetch(http, request, limit=65_536)
        if answer.status in (400, 401, 403):
            raise FeedUnavailable("OpenSky refused the credentials", retry_after=REFUSED_SECONDS)
        http_documents.expect_ok(answer, "OpenSky's sign-in")
        try:
            said = orjson.loads(answer.data)
            self._token = str(said["access_token"])
            self._token_until = self.clock() + max(float(said.get("expires_in", 300)) - TOKEN_MARGIN, 1.0)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as nonsense:
            raise FeedUnavailable("OpenSky's sign-in answered something else than a token") from nonsense

    def translator(self) -> StateVectors:
        return StateVectors(document_limit=self.settings.document_limit)


def _retry_after(answer: http_documents.Answer) -> float:
    for name in ("x-rate-limit-retry-after-seconds", "retry-after"):
        wait = http_documents.seconds(answer.headers.get(name))
        if wait is not None:
            return max(wait, 1.0)
    return REFUSED_SECONDS


class StateVectors:
    """Translates whole documents: {"time": .., "states": [..]} or the bare list of states."""

    def __init__(self, *, document_limit: int = DOCUMENT_LIMIT) -> None:
        self._limit = document_limit
        self._snapshots: dict[str, Snapshots] = {}
        self._latest: dict[str, tuple[float, int]] = {}  # receiver -> time of its last document, records of use in it

    def translate(self, chunk: Chunk) -> Batch:
        batch = Batch()
        if len(chunk.data) > self._limit:
            return refuse_document(batch, Reason.OVERSIZED, chunk)
        try:
            document = orjson.loads(chunk.data)
        except orjson.JSONDecodeError:
            return refuse_document(batch, Reason.BAD_JSON, chunk)
        time, states = (
            (document.get("time"), document.get("states")) if isinstance(document, dict) else (None, document)
        )
        if states is None and time is not None:
            states = []  # nobody in the box: "states": null
        if not isinstance(states, list):
            return refuse_document(batch, Reason.NOT_RECOGNISED, chunk)
        now = _document_time(time, states, chunk.received_at)
        snapshots = self._snapshots.setdefault(chunk.receiver, Snapshots())
        last, valid = self._latest.get(chunk.receiver, (-math.inf, 0))
        if now == last:
            batch.lines = batch.sentences = batch.messages = batch.duplicates = valid
            return batch
        if now < last - CLOCK_SET_BACK:
            snapshots.forget()
        batch.alive = time is not None
        self._states(batch, states, now, snapshots, chunk)
        self._latest[chunk.receiver] = (now, batch.messages)
        return batch

    def _states(self, batch: Batch, states: list[Any], now: float, snapshots: Snapshots, chunk: Chunk) -> None:
        reports: list[Report] = []
        snapshots.begin()
        for state in states:
            batch.lines += 1
            batch.sentences += 1
            try:
                report, heard_at = _report(state, now)
            except Unusable as unusable:
                batch.reject(unusable.reason, raw_record(state), chunk.received_at, chunk.receiver)
                continue
            batch.messages += 1
            if told := snapshots.new(report, heard_at):
                reports += told
            else:
                batch.duplicates += 1
        snapshots.end()
        batch.observations = columns(reports, received_at=chunk.received_at, receiver="")

    def flush(self, now: float) -> Batch:
        return Batch()


def _report(state: Any, now: float) -> tuple[Report, float]:
    """One state vector, and when the aircraft was last heard. Raises Unusable."""
    if not isinstance(state, list) or len(state) < FIELDS:
        raise Unusable(Reason.MALFORMED)
    key = identity(state[0])
    heard_at = number(state[4], 0, 1e11, Reason.BAD_TIME)
    if heard_at != heard_at:
        raise Unusable(Reason.BAD_TIME)
    if now - heard_at > STALE:
        raise Unusable(Reason.TOO_OLD)
    positioned_at = number(state[3], 0, 1e11, Reason.BAD_TIME)
    lat, lon = position(state[6], state[5])
    if positioned_at != positioned_at or now - positioned_at > STALE:
        lat = lon = NAN
    # Barometric height is what aircraft are separated by; the GNSS height stands in where it is missing.
    height = number(state[7], -2_000, 120_000)
    if height != height:
        height = number(state[13], -2_000, 120_000)
    said = particulars(
        flight=state[1],
        country=state[2],
        squawk=state[14],
        category=_CATEGORIES.get(state[17]) if len(state) > FIELDS and isinstance(state[17], int) else None,
    )
    source = state[16] if isinstance(state[16], int) else -1
    quality, flags = source_rank(_SOURCES[source] if lat == lat and 0 <= source < len(_SOURCES) else "other")
    if state[8] is True:
        flags |= ReportFlag.ON_GROUND
    if is_distress(said):
        flags |= ReportFlag.DISTRESS
    report = Report(
        key=key,
        observed_at=positioned_at if lat == lat else heard_at,
        lat=lat,
        lon=lon,
        speed=speed(number(state[9], 0, 2_500) * KNOTS_PER_METRE_A_SECOND),
        course=course(state[10]),
        altitude=altitude(height * FEET_PER_METRE),
        climb=climb(number(state[11], -350, 350) * FEET_A_MINUTE_PER_METRE_A_SECOND),
        flags=int(flags),
        quality=quality,
        particulars=said,
    )
    if not report.says_something:
        raise Unusable(Reason.NO_POSITION)
    return report, heard_at


def _document_time(time: object, states: list[Any], received_at: float) -> float:
    """When the states were taken: as said, else the newest contact in them, else when they came."""
    if isinstance(time, int | float) and not isinstance(time, bool) and 0 < time < 1e11:
        return float(time)
    contacts = [
        state[4]
        for state in states
        if isinstance(state, list) and len(state) >= FIELDS and isinstance(state[4], int) and 0 < state[4] < 1e11
    ]
    return float(max(contacts, default=received_at))


def _looks_like_states(head: bytes) -> float:
    start = b"".join(head[:4096].split())
    if start.startswith(b'{"time":') and b'"states":' in start:
        return 0.95
    return 0.9 if start.startswith(b'[["') and start[9:10] == b'"' else 0.0


FORMATS.append(Format("opensky-states", _looks_like_states, StateVectors, whole=True))
