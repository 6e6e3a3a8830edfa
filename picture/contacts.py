"""Contacts: what a person reports ("white launch, no AIS, two aboard") as an observation like any other.

A contact has its own number, age and uncertainty. It may carry an MMSI or IMO number; then it joins the track
of that number by itself. An officer merges and splits the rest (`TrackStore.merge`, `split`).
"""

from __future__ import annotations

import numpy as np

from picture.observations import Kind, Namespace, Observations, Particulars, ReportFlag, key_of

QUALITY = 1  # below every instrument: wins a tie against none
COARSE_ABOVE = 0.25  # nautical miles; about what an eye with a chart achieves near the shore


def contact_observation(
    number: int,
    *,
    observed_at: float,
    received_at: float,
    lat: float,
    lon: float,
    title: str,
    uncertainty: float | None = None,
    speed: float | None = None,
    course: float | None = None,
    remark: str = "",
    mmsi: int | None = None,
    imo: int | None = None,
    reported_by: str = "",
) -> Observations:
    """One contact as one observation. Times in epoch s, uncertainty in nautical miles, speed in knots."""
    seen = Observations.blank(1, receivers=(reported_by,))
    seen.key[0], seen.kind[0], seen.quality[0] = key_of(Namespace.CONTACT, number), Kind.CONTACT, QUALITY
    seen.observed_at[0], seen.received_at[0] = observed_at, received_at
    seen.lat[0], seen.lon[0] = lat, lon
    seen.speed[0] = np.nan if speed is None else speed
    seen.course[0] = np.nan if course is None else course
    told: Particulars = {"name": title}
    if uncertainty is not None:
        told["uncertainty"] = uncertainty
        if uncertainty > COARSE_ABOVE:
            seen.flags[0] = ReportFlag.LOW_ACCURACY
    if remark:
        told["remark"] = remark
    if mmsi is not None:
        told["mmsi"] = mmsi
    if imo is not None:
        told["imo"] = imo
    seen.particulars[0] = told
    return seen
