"""The demonstration's traffic generator as a process of its own."""

from __future__ import annotations

import asyncio
import sys

from data_sources.demo import choose_ports, run
from runtime.clock import system_clock
from runtime.leaving import on_leave


async def generate(first_port: int, *, scale: float, with_parent: bool) -> None:
    """Send until told to leave. Alone it says where, so that a receiver can be pointed at it."""
    stop = asyncio.Event()
    on_leave(asyncio.get_running_loop(), stop.set, with_parent=with_parent)
    ports = choose_ports(first_port)

    def opened() -> None:
        if not with_parent:
            sys.stderr.write(
                f"watchfloor: AIS on TCP {ports.host}:{ports.coast} and to UDP {ports.harbour}, aircraft.json on "
                f"{ports.aircraft}, SBS on {ports.sbs}\n"
            )
            sys.stderr.flush()

    await run(ports, system_clock, stop, scale=scale, opened=opened)
