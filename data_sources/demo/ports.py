"""Where the generator's doors are on this machine."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from data_sources.demo.receivers import COAST, HARBOUR, RECEIVERS

COASTAL = sum(receiver.feed == COAST for receiver in RECEIVERS)
IN_HARBOURS = sum(receiver.feed == HARBOUR for receiver in RECEIVERS)


class DoorTaken(Exception):
    """One of the generator's ports is in use; the text says what to do."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port}, which the demonstration needs, is in use: "
            "set WATCHFLOOR_DEMO_PORT to the first of four free ones"
        )


@dataclass(frozen=True, slots=True)
class Ports:
    """Local ports. The generator listens on all but `harbour`, to which it sends."""

    coast: int  # AIVDM over TCP
    harbour: int  # AIVDM over UDP: the product listens, the generator sends
    aircraft: int  # aircraft.json over HTTP
    sbs: int  # BaseStation over TCP
    host: str = "127.0.0.1"


def choose_ports(first: int = 0, host: str = "127.0.0.1") -> Ports:
    """Four ports in a row from `first`; 0 asks the system for free ones."""
    if first:
        return Ports(first, first + 1, first + 2, first + 3, host)
    held = []
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_STREAM):
        door = socket.socket(socket.AF_INET, kind)
        door.bind((host, 0))
        held.append(door)
    numbers = [door.getsockname()[1] for door in held]
    for door in held:
        door.close()
    coast, harbour, aircraft, sbs = numbers
    return Ports(coast, harbour, aircraft, sbs, host)


def feed_settings(ports: Ports) -> tuple[dict[str, Any], ...]:
    """The feeds to configure so that the product listens to the demonstration, as `watchfloor.toml` has them."""
    return (
        {"name": "AIS Coast", "kind": "ais-tcp", "host": ports.host, "port": ports.coast, "late_after": 20,
         "dead_after": 90, "receivers_expected": COASTAL},
        {"name": "AIS Harbour", "kind": "ais-udp", "host": ports.host, "port": ports.harbour, "late_after": 30,
         "dead_after": 120, "receivers_expected": IN_HARBOURS},
        {"name": "ADS-B", "kind": "readsb", "url": f"http://{ports.host}:{ports.aircraft}/data/aircraft.json",
         "late_after": 15, "dead_after": 60},
        {"name": "SBS", "kind": "sbs-tcp", "host": ports.host, "port": ports.sbs, "late_after": 20, "dead_after": 90},
    )  # fmt: skip
