"""What a craft says about itself: AIS types 5, 19, 21 and 24 to particulars (ITU-R M.1371-5 annex 8)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data_sources.nmea.identity import HIGHEST_MMSI, imo_valid
from data_sources.nmea.sixbit import Bits
from picture.observations import Kind, Observations, Particulars, ReportFlag

Rows = NDArray[np.intp]
Found = dict[int, Particulars]


def class_a_static(bits: Bits, _into: Observations, rows: Rows, unread: frozenset[int]) -> Found:
    """Type 5: identity and voyage."""
    names, call_signs, destinations = bits.text(112, 20), bits.text(70, 7), bits.text(302, 20)
    imo, ship_type = bits.unsigned(40, 30).tolist(), bits.unsigned(232, 8).tolist()
    draught, size = bits.unsigned(294, 8).tolist(), _sizes(bits, 240)
    month, day = bits.unsigned(274, 4).tolist(), bits.unsigned(278, 5).tolist()
    hour, minute = bits.unsigned(283, 5).tolist(), bits.unsigned(288, 6).tolist()
    found: Found = {}
    for index, row in enumerate(rows.tolist()):
        if row in unread:
            continue
        what = _identity(names[index], call_signs[index], ship_type[index], size[index])
        if imo[index]:
            what["imo" if imo_valid(imo[index]) else "imo_invalid"] = imo[index]
        if draught[index]:
            what["draught"] = draught[index] / 10
        if destinations[index]:
            what["destination"] = destinations[index]
        if 1 <= month[index] <= 12 and day[index] and hour[index] < 24 and minute[index] < 60:
            what["eta"] = f"{month[index]:02}-{day[index]:02}T{hour[index]:02}:{minute[index]:02}"
        if what:
            found[row] = what
    return found


def class_b_extended(bits: Bits, _into: Observations, rows: Rows, unread: frozenset[int]) -> Found:
    """Type 19: position report with name, type and size."""
    names, ship_type, size = bits.text(143, 20), bits.unsigned(263, 8).tolist(), _sizes(bits, 271)
    found: Found = {}
    for index, row in enumerate(rows.tolist()):
        if row not in unread and (what := _identity(names[index], "", ship_type[index], size[index])):
            found[row] = what
    return found


def class_b_static(bits: Bits, into: Observations, rows: Rows, unread: frozenset[int]) -> Found:
    """Type 24: part A is the name, part B type, call sign and size, or the mother ship of a tender."""
    part = bits.unsigned(38, 2).tolist()
    names, call_signs = bits.text(40, 20), bits.text(90, 7)
    ship_type, size = bits.unsigned(40, 8).tolist(), _sizes(bits, 132)
    mothership, lengths = bits.unsigned(132, 30).tolist(), bits.lengths.tolist()
    found: Found = {}
    for index, row in enumerate(rows.tolist()):
        what: Particulars = {}
        if row in unread:
            continue
        if part[index] == 0:
            what = _identity(names[index], "", 0, (0, 0))
        elif part[index] == 1 and lengths[index] >= 162:
            tender = into.kind[row] == Kind.TENDER
            what = _identity("", call_signs[index], ship_type[index], (0, 0) if tender else size[index])
            if tender and 0 < mothership[index] <= HIGHEST_MMSI:
                what["mothership"] = mothership[index]
        if what:
            found[row] = what
    return found


def aid(bits: Bits, into: Observations, rows: Rows, unread: frozenset[int]) -> Found:
    """Type 21: aid to navigation. The name may go on behind the fixed part, 14 characters at most."""
    names, size, aid_type = bits.text(43, 20), _sizes(bits, 219), bits.unsigned(38, 5).tolist()
    more, lengths = bits.text(272, 14), bits.lengths.tolist()
    into.flags[rows[bits.flag(269)]] |= int(ReportFlag.VIRTUAL)
    off_position = (bits.flag(259) & (bits.unsigned(253, 6) < 60)).tolist()  # only while its clock is set
    found: Found = {}
    for index, row in enumerate(rows.tolist()):
        if row in unread:
            continue
        spare = max(0, (lengths[index] - 272) // 6)
        name = names[index] + (more[index][:spare] if len(names[index]) == 20 else "")
        what = _identity(name, "", 0, size[index])
        if aid_type[index]:
            what["aid_type"] = aid_type[index]
        if off_position[index]:
            what["remark"] = "off position"
        if what:
            found[row] = what
    return found


def _sizes(bits: Bits, start: int) -> list[tuple[int, int]]:
    """(length, beam) in metres from the four distances to the reference point; 0 where not reported."""
    length = bits.unsigned(start, 9) + bits.unsigned(start + 9, 9)
    beam = bits.unsigned(start + 18, 6) + bits.unsigned(start + 24, 6)
    return list(zip(length.tolist(), beam.tolist(), strict=True))


def _identity(name: str, call_sign: str, ship_type: int, size: tuple[int, int]) -> Particulars:
    what: Particulars = {}
    if name:
        what["name"] = name
    if call_sign:
        what["call_sign"] = call_sign
    if 0 < ship_type <= 99:  # 100 and more are not assigned
        what["ship_type"] = ship_type
    if size[0]:
        what["length"] = float(size[0])
    if size[1]:
        what["beam"] = float(size[1])
    return what
