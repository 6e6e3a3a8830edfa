"""Who hears what: coastal receivers, harbour receivers on a feed of their own, and a satellite offshore.

Places are round numbers near headlands, not sites of real receivers. Names are four characters, as the tag
blocks are written in columns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

COAST, HARBOUR = "AIS Coast", "AIS Harbour"


class Receiver(NamedTuple):
    name: str
    lat: float
    lon: float
    reach: float  # nautical miles
    feed: str


RECEIVERS: tuple[Receiver, ...] = (
    Receiver("KING", -34.5, 172.8, 70, COAST), Receiver("BRET", -35.2, 174.3, 65, COAST),
    Receiver("AKLD", -36.8, 174.7, 55, COAST), Receiver("COLV", -36.6, 175.5, 65, COAST),
    Receiver("PLEN", -37.7, 176.5, 60, COAST), Receiver("ECAP", -37.8, 178.4, 65, COAST),
    Receiver("MAHI", -39.2, 177.9, 60, COAST), Receiver("CAST", -40.9, 176.2, 65, COAST),
    Receiver("WELL", -41.3, 174.8, 60, COAST), Receiver("SOUN", -41.0, 174.1, 50, COAST),
    Receiver("TARA", -39.3, 174.1, 75, COAST), Receiver("WAIK", -37.8, 174.8, 65, COAST),
    Receiver("FARE", -40.6, 172.7, 65, COAST), Receiver("KAIK", -42.4, 173.7, 65, COAST),
    Receiver("BANK", -43.8, 172.9, 65, COAST), Receiver("OTAG", -45.8, 170.7, 60, COAST),
    Receiver("BLUF", -46.6, 168.3, 60, COAST), Receiver("WEST", -42.7, 171.0, 60, COAST),
    Receiver("NORT", -35.6, 173.5, 65, COAST), Receiver("HUNU", -37.1, 175.2, 70, COAST),
    Receiver("ARAN", -37.5, 176.0, 70, COAST), Receiver("GISB", -38.6, 178.0, 60, COAST),
    Receiver("HAWK", -39.5, 176.8, 60, COAST), Receiver("PALL", -41.6, 175.2, 65, COAST),
    Receiver("MARL", -41.7, 174.2, 65, COAST), Receiver("WHAN", -39.9, 174.9, 60, COAST),
    Receiver("CANT", -43.6, 172.7, 65, COAST), Receiver("TIMA", -44.4, 171.2, 60, COAST),
    Receiver("STEW", -46.9, 168.1, 60, COAST), Receiver("RUAP", -36.3, 174.8, 65, COAST),
    Receiver("HAKL", -36.84, 174.78, 18, HARBOUR), Receiver("HTRG", -37.65, 176.18, 18, HARBOUR),
    Receiver("HWLG", -41.27, 174.80, 18, HARBOUR), Receiver("HLYT", -43.61, 172.75, 18, HARBOUR),
    Receiver("SAT1", -41.0, 174.0, 0, COAST),
)  # fmt: skip
NAMES = tuple(receiver.name for receiver in RECEIVERS)
SATELLITE = NAMES.index("SAT1")
LAND_BASED = SATELLITE
_LAT = np.array([receiver.lat for receiver in RECEIVERS[:LAND_BASED]])
_LON = np.array([receiver.lon for receiver in RECEIVERS[:LAND_BASED]])
HEIGHT = 1.35  # every coastal receiver stands on a hill: what its reach over the sea is multiplied by
IN_HARBOUR = np.array([receiver.feed == HARBOUR for receiver in RECEIVERS])
FROM_A_HILL = 1.45  # coastal receivers stand high and hear further than the reach given at sea level
_REACH = np.array([receiver.reach for receiver in RECEIVERS[:LAND_BASED]]) * np.where(
    IN_HARBOUR[:LAND_BASED], 1.0, FROM_A_HILL
)
MOST_HEARD_BY = 8


def scatter(a: NDArray[np.int64], b: NDArray[np.int64]) -> Array:
    """0..1, looking random, always the same for the same pair of numbers (a multiplicative hash)."""
    mixed = (a.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) ^ (
        b.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    )
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return (mixed >> np.uint64(40)).astype(np.float64) / float(1 << 24)


def heard_by(
    lat: Array, lon: Array, mmsi: NDArray[np.int64], slot: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which receivers hear which message: (n, receivers) on land, and (n,) out of reach of all of them.

    Reception gets worse over the outer third of the reach; at most MOST_HEARD_BY coastal ones are kept.
    """
    stretch = np.cos(np.radians(lat))[:, None]
    away = 60.0 * np.hypot(lat[:, None] - _LAT, ((lon[:, None] - _LON + 180) % 360 - 180) * stretch)
    share = away / _REACH
    near = share < 1.0
    luck = scatter(mmsi[:, None] * 31 + np.arange(LAND_BASED), slot[:, None] + np.zeros(LAND_BASED, np.int64))
    chance = np.clip(0.97 - np.maximum(share - 0.66, 0) * 2.0, 0.0, 1.0)
    hears = near & (luck < chance)
    ranked = np.argsort(np.where(hears, share, np.inf), axis=1)
    keep = np.zeros_like(hears)
    np.put_along_axis(keep, ranked[:, :MOST_HEARD_BY], True, axis=1)
    return hears & (keep | IN_HARBOUR[:LAND_BASED]), ~near.any(axis=1)
