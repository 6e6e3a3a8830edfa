"""What aircraft receivers say: readsb `aircraft.json` documents and SBS BaseStation lines, from the flights."""

from __future__ import annotations

import math
import time as clock_time
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from data_sources.demo.flights import Airframe, Seen, state

# The network's reach over the ground: what is further out is seen by satellite (ADS-C) now and then.
COVERED = (140.0, 208.0, -55.0, -12.0)  # west, east (past 180), south, north
GROUND_REACH_NM = 230.0
CONTRACT = 240.0  # seconds between ADS-C reports of one aircraft
_RECEIVERS = (
    (-36.9, 174.8),
    (-41.3, 174.8),
    (-43.5, 172.5),
    (-45.9, 170.2),
    (-39.0, 174.2),
    (-35.2, 173.9),
    (-38.7, 177.9),
)

SBS_PLACE, SBS_REACH_NM = (-36.9, 174.8), 140.0


def away_nm(lat: float, lon: float, place: tuple[float, float]) -> float:
    east = ((lon - place[1] + 180) % 360 - 180) * math.cos(math.radians((lat + place[0]) / 2))
    return 60 * math.hypot(lat - place[0], east)


def _covered(seen: Seen) -> bool:
    west, east, south, north = COVERED
    return west < seen.lon % 360 < east and south < seen.lat < north


def aloft(airframes: Sequence[Airframe], time: float) -> list[tuple[Seen, float]]:
    """Every aircraft known at `time` with the moment of its position (older when only ADS-C tells)."""
    result = []
    for frame in airframes:
        seen = state(frame, time)
        if seen is None or not _covered(seen):
            continue
        if min(away_nm(seen.lat, seen.lon, place) for place in _RECEIVERS) <= GROUND_REACH_NM:
            result.append((seen, time - (frame.icao % 7) * 0.1))
            continue
        contract = CONTRACT
        reported = math.floor((time - frame.icao % contract) / contract) * contract + frame.icao % contract
        then = state(frame, reported)
        if then is not None and _covered(then):
            result.append((then, reported))
    return result


def _record(seen: Seen, at: float, now: float) -> dict[str, Any]:
    frame, sector = seen.airframe, seen.sector
    age = max(0.0, round(now - at, 3))
    ground_based = age < 5
    record: dict[str, Any] = {
        "hex": f"{frame.icao:06x}",
        "type": "adsb_icao" if ground_based else "adsc",
        "flight": sector.number.ljust(8),
        "r": frame.registration,
        "t": frame.kind.designator,
        "alt_baro": "ground" if seen.on_ground else round(seen.altitude / 25) * 25,
        "gs": round(seen.speed, 1),
        "track": round(seen.course, 2),
        "squawk": seen.squawk,
        "emergency": "general" if seen.squawk == "7700" else "none",
        "category": frame.kind.category,
        "messages": int(now) % 100_000 + frame.icao % 1000,
        "seen": age,
        "rssi": -12.0 - frame.icao % 18,
    }
    if not seen.on_ground:
        record["alt_geom"] = record["alt_baro"] + 275
        record["baro_rate"] = int(seen.climb)
    if frame.mode_s_only:
        record["type"] = "mode_s"
        del record["track"], record["gs"]
    else:
        record |= {
            "lat": round(seen.lat, 6), "lon": round(seen.lon, 6), "nic": 8 if ground_based else 0,
            "rc": 186 if ground_based else 0, "seen_pos": age, "version": 2, "nac_p": 9, "sil": 3, "mlat": [], "tisb": [],
        }  # fmt: skip
    return record


def document(airframes: Sequence[Airframe], now: float) -> bytes:
    """One `aircraft.json` (readsb README-json) as it stands at `now`."""
    records = [_record(seen, at, now) for seen, at in aloft(airframes, now)]
    return orjson.dumps({"now": round(now, 1), "messages": int(now) % 10_000_000 * 40, "aircraft": records})


def _stamp(time: float) -> str:
    moment = clock_time.gmtime(time)
    return clock_time.strftime("%Y/%m/%d,%H:%M:%S.", moment) + f"{int(time % 1 * 1000):03d}"


def sbs_lines(airframes: Iterable[Airframe], time: float) -> list[bytes]:
    """BaseStation lines of one second for what is near Auckland: types 3 and 4 always, 1, 5 and 6 now and then."""
    result = []
    for frame in airframes:
        seen = state(frame, time)
        if seen is None or away_nm(seen.lat, seen.lon, SBS_PLACE) > SBS_REACH_NM:
            continue
        stamp = _stamp(time)
        lead = f"1,1,{frame.icao:06X},1,{stamp},{stamp}"
        ground = -1 if seen.on_ground else 0
        altitude = "" if seen.on_ground else str(round(seen.altitude / 25) * 25)
        emergency = -1 if seen.squawk == "7700" else 0
        if not frame.mode_s_only:
            kind = 2 if seen.on_ground else 3
            result.append(f"MSG,{kind},{lead},,{altitude},,,{seen.lat:.5f},{seen.lon:.5f},,,0,{emergency},0,{ground}")
            result.append(f"MSG,4,{lead},,,{seen.speed:.0f},{seen.course:.0f},,,{seen.climb:.0f},,,,,{ground}")
        beat = int(time) + frame.icao
        if beat % 10 == 0:
            result.append(f"MSG,1,{lead},{seen.sector.number:<8},,,,,,,,,,,")
        if beat % 10 == 5:
            result.append(f"MSG,6,{lead},,{altitude},,,,,,{seen.squawk},0,{emergency},0,{ground}")
        if beat % 4 == 2:
            result.append(f"MSG,5,{lead},,{altitude},,,,,,,0,,0,{ground}")
    return [line.encode() + b"\r\n" for line in result]
