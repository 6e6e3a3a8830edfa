"""What an MMSI says about its bearer (ITU-R M.585-9), and IMO numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from picture.observations import Kind

HIGHEST_MMSI = 999_999_999


def usable(mmsi: NDArray[np.int64]) -> NDArray[np.bool_]:
    """False where the number cannot be an MMSI: zero, or more than nine digits.

    Shorter numbers are kept: they are ships whose transponder was never set up, and they are really there.
    """
    return (mmsi > 0) & (mmsi <= HIGHEST_MMSI)


def kind_of(mmsi: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Kind by number range. Handheld radios (8MIDxxxxx) count as the craft that carries them."""
    kind = np.full(len(mmsi), Kind.VESSEL, np.uint8)
    kind[(mmsi >= 2_000_000) & (mmsi < 8_000_000)] = Kind.BASE_STATION  # 00MIDxxxx, MID 2xx..7xx
    kind[mmsi // 1_000_000 == 111] = Kind.RESCUE_AIRCRAFT
    kind[np.isin(mmsi // 1_000_000, (970, 972, 974))] = Kind.BEACON
    kind[mmsi // 10_000_000 == 98] = Kind.TENDER
    kind[mmsi // 10_000_000 == 99] = Kind.AID
    return kind


def imo_valid(number: int) -> bool:
    """True when seven digits end in their check digit (IMO resolution A.1117(30))."""
    if not 1_000_000 <= number <= 9_999_999:
        return False
    digits = [int(digit) for digit in str(number)]
    return sum(digit * weight for digit, weight in zip(digits, range(7, 1, -1), strict=False)) % 10 == digits[6]
