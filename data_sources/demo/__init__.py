"""The demonstration: invented New Zealand traffic, spoken in the real protocols into the same doors.

`run(ports, clock, stop)` sends live, `feed_settings(ports)` says which feeds to configure for it, and
`backfill(start, end)` yields the hours before as the same bytes. Where every craft is follows from the seed
and the time alone, so all three agree, also after a restart.
"""

from data_sources.demo.load import Many, many, send_many
from data_sources.demo.ports import DoorTaken, Ports, choose_ports, feed_settings
from data_sources.demo.running import BackfillPart, backfill, run

__all__ = [
    "BackfillPart",
    "DoorTaken",
    "Many",
    "Ports",
    "backfill",
    "choose_ports",
    "feed_settings",
    "many",
    "run",
    "send_many",
]
