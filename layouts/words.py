"""How values read on screen: times, ages, positions, speeds. Not known is an en dash, never a blank or a zero."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

UNKNOWN = "–"


def clock(moment: datetime | None, *, now: datetime | None = None) -> str:
    """`21:14Z`, with the day where it is not today's: `21:14Z 20 Nov`."""
    if moment is None:
        return UNKNOWN
    text = f"{moment:%H:%M}Z"
    if now is not None and moment.date() != now.date():
        text += f" {moment.day} {moment:%b}"
    return text


def clock_both(moment: datetime | None, *, zone: str, now: datetime | None = None) -> str:
    """UTC first, local second: `04:37Z · 17:37 NZDT`."""
    if moment is None:
        return UNKNOWN
    local = moment.astimezone(ZoneInfo(zone))
    return f"{clock(moment, now=now)} · {local:%H:%M} {local:%Z}"


def age(seconds: float) -> str:
    """`6 s`, `4 min`, `3 h 20 min`, `2 d 5 h`: coarse enough to be true."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 86_400:
        hours, rest = divmod(int(seconds), 3600)
        return f"{hours} h {rest // 60} min" if rest >= 60 else f"{hours} h"
    days, rest = divmod(int(seconds), 86_400)
    return f"{days} d {rest // 3600} h" if rest >= 3600 else f"{days} d"


def position(lat: float | None, lon: float | None) -> str:
    """Degrees and decimal minutes, as on a chart: `36°50.4'S 174°47.1'E`."""
    if lat is None or lon is None:
        return UNKNOWN

    def part(value: float, width: int, positive: str, negative: str) -> str:
        tenths = round(abs(value) * 600)
        return f"{tenths // 600:0{width}d}°{tenths % 600 / 10:04.1f}'{positive if value >= 0 else negative}"

    return f"{part(lat, 2, 'N', 'S')} {part(lon, 3, 'E', 'W')}"


def course_speed(course: float | None, speed: float | None) -> str:
    """`209° · 14.2 kn`."""
    degrees = UNKNOWN if course is None else f"{round(course) % 360:03d}°"
    knots = UNKNOWN if speed is None else f"{speed:.1f} kn"
    return f"{degrees} · {knots}"


def altitude(feet: float | None, *, on_ground: bool = False) -> str:
    """Feet below the transition altitude (13,000 ft in New Zealand), flight level above it."""
    if on_ground:
        return "on the ground"
    if feet is None:
        return UNKNOWN
    return f"FL{round(feet / 100):03d}" if feet > 13_000 else f"{round(feet, -1):,.0f} ft"


def climb(feet_per_minute: float | None) -> str:
    """`climbing 1,200 ft/min`; level flight says nothing."""
    if feet_per_minute is None or abs(feet_per_minute) < 200:
        return ""
    return f"{'climbing' if feet_per_minute > 0 else 'descending'} {abs(round(feet_per_minute, -2)):,.0f} ft/min"


def mmsi(number: int) -> str:
    """Nine digits in groups, leading zeros kept: a base station is `005 129 999`."""
    digits = f"{number:09d}"
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"


def amount(number: float) -> str:
    return f"{number:,.0f}"


def data_size(count: float) -> str:
    """Bytes in decimal units, as disks are sold and monitors count."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
