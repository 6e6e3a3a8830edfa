"""The vessels of the demonstration: who they are and what each plans to do, made from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from data_sources.demo.craft import Craft, Dimensions, typed_destination
from data_sources.demo.motion import SAILING, UNDER_WAY, Phase, Plan, Roam, Sail, Stay
from data_sources.demo.names import MERCHANT_FLAGS, Register
from data_sources.demo.stories import story_vessels
from data_sources.demo.voyages import HOUR, berth, calls, out_of, passage, shuttle
from data_sources.demo.waters import POINTS, PORTS, Point

NZ_TRADE = (
    "NZAKL",
    "NZTRG",
    "NZAKL",
    "NZTRG",
    "NZLYT",
    "NZPOE",
    "NZNPL",
    "NZNPE",
    "NZWLG",
    "NZMAP",
    "NZTIU",
    "NZBLU",
    "NZNSN",
    "NZGIS",
)
ABROAD = ("AUSYD", "AUSYD", "AUBNE", "AUMEL", "NCNOU", "FJSUV", "TOTBU", "CKRAR", "PFPPT")
PASSING = (
    ("AUSYD", "FJSUV"),
    ("AUMEL", "NCNOU"),
    ("AUSYD", "CKRAR"),
    ("AUMEL", "PFPPT"),
    ("AUBNE", "PFPPT"),
    ("AUSYD", "TOTBU"),
)

# type, dimensions, sea speed, draught
_MERCHANTS: tuple[tuple[int, Dimensions, float, float], ...] = (
    (79, (150, 60, 15, 15), 17.0, 10.5), (71, (170, 70, 16, 16), 18.5, 11.2), (70, (140, 40, 14, 14), 13.0, 9.4),
    (80, (150, 33, 16, 16), 13.5, 10.1), (89, (110, 30, 12, 12), 12.5, 8.2), (70, (95, 25, 9, 9), 12.0, 6.1),
    (60, (180, 80, 16, 16), 18.0, 8.0),
)  # fmt: skip

# centre, reach east and north (nautical miles) of grounds that are clear of land all round
GROUNDS: dict[str, tuple[Point, tuple[float, float], int]] = {
    "Chatham Rise": (Point(-43.60, 177.60), (7, 5), 14),
    "Mernoo": (Point(-43.25, 175.60), (6, 5), 6),
    "Hokitika canyon": (Point(-42.35, 169.90), (5, 6), 8),
    "Challenger": (Point(-40.10, 169.80), (8, 6), 4),
    "Bay of Plenty": (Point(-37.25, 177.20), (5, 4), 6),
    "Hauraki": (Point(-36.35, 175.18), (2.2, 1.6), 5),
    "Puysegur": (Point(-46.70, 165.90), (5, 5), 4),
    "East coast": (Point(-40.35, 177.20), (4, 6), 4),
    "North Taranaki": (Point(-38.30, 173.70), (5, 7), 4),
}
SAILING_WATERS: tuple[tuple[Point, tuple[float, float], int], ...] = (
    (Point(-36.68, 174.96), (1.2, 1.2), 5), (Point(-36.48, 175.10), (3.0, 2.5), 9), (Point(-35.12, 174.35), (1.5, 1.5), 5),
    (Point(-41.262, 174.845), (0.5, 0.6), 4), (Point(-40.95, 173.30), (3.0, 3.0), 4), (Point(-37.50, 176.35), (2.0, 1.5), 4),
    (Point(-43.45, 173.00), (2.0, 2.0), 3), (Point(-36.05, 174.85), (1.5, 2.0), 3),
)  # fmt: skip
MARINAS = (("NZAKL", 10), ("NZOPX", 6), ("NZWLG", 4), ("NZTRG", 4), ("NZNSN", 4), ("NZPCN", 2))


class Builder:
    """Adds craft one after the other; the same seed always gives the same fleet."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.register = Register(seed)
        self.fleet: list[Craft] = []

    def add(
        self, sort: str, flag: str, ship_type: int, size: Dimensions, draught: float, phases: Sequence[Phase],
        bound_for: Sequence[str] | None = None, *, offset: float | None = None, class_b: bool = False,
        with_imo: bool = False, name: str = "",
    ) -> Craft:  # fmt: skip
        seed = len(self.fleet) * 7 + 3
        plan = Plan(list(phases), seed=seed)
        plan.offset = self.rng.uniform(0, plan.period) if offset is None else offset
        craft = Craft(
            mmsi=self.register.mmsi(flag), name=name or self.register.name(sort), call_sign=self.register.call_sign(),
            imo=self.register.imo() if with_imo else 0, ship_type=ship_type, size=size, draught=draught, plan=plan,
            bound_for=list(bound_for) if bound_for else [""] * len(phases), class_b=class_b, seed=seed,
        )  # fmt: skip
        self.fleet.append(craft)
        return craft

    def round_of(self, ports: Sequence[str], *, stay: tuple[float, float], flags: Sequence[str]) -> None:
        ship_type, size, speed, draught = self.rng.choice(_MERCHANTS)
        if ship_type == 60 and self.rng.random() < 0.7:
            ship_type, size, speed, draught = _MERCHANTS[0]
        phases, bound, origin = calls(ports, speed + self.rng.uniform(-1.2, 1.2), self.rng, stay=stay)
        style = self.rng.randrange(50)
        typed = [
            typed_destination(style + (code != bound[0]), code, PORTS[code].name, start)
            for code, start in zip(bound, origin, strict=True)
        ]
        if style in (7, 23):
            typed = [("FOR ORDERS", "AS DIRECTED")[style == 23]] * len(typed)
        self.add("merchant", self.rng.choice(flags), ship_type, size, draught, phases, typed, with_imo=True)


def _merchants(build: Builder) -> None:
    rng = build.rng
    for _ in range(66):
        ports = [rng.choice(ABROAD), *dict.fromkeys(rng.choice(NZ_TRADE) for _ in range(rng.choice((1, 2, 2, 3))))]
        build.round_of(ports, stay=(10, 26), flags=MERCHANT_FLAGS)
    for _ in range(30):
        ports = list(dict.fromkeys(rng.choice(NZ_TRADE) for _ in range(4)))
        if len(ports) < 2:
            ports = ["NZAKL", "NZLYT"]
        build.round_of(ports, stay=(7, 18), flags=("NZ", "NZ", "PA", "LR", "SG"))
    for index in range(9):
        build.round_of(PASSING[index % len(PASSING)], stay=(8, 20), flags=MERCHANT_FLAGS)


def _in_harbour(build: Builder) -> None:
    """Berthed and anchored for days: what fills a harbour."""
    rng = build.rng
    for code, berthed, anchored in (
        ("NZAKL", 9, 3), ("NZTRG", 6, 3), ("NZWLG", 4, 1), ("NZLYT", 5, 2), ("NZPOE", 3, 0), ("NZNPL", 3, 2),
        ("NZNPE", 3, 1), ("NZNSN", 5, 1), ("NZBLU", 3, 1), ("NZTIU", 3, 1), ("NZMAP", 2, 2), ("NZGIS", 2, 0),
    ):  # fmt: skip
        port = PORTS[code]
        for index in range(berthed + anchored):
            ship_type, size, _, draught = rng.choice(_MERCHANTS[:6])
            if index < berthed:
                stay = Stay(berth(port, (index + 0.5) / berthed), 24 * HOUR, heading=port.quay)
            else:
                at = Point(
                    port.anchorage.lat + rng.uniform(-0.009, 0.009), port.anchorage.lon + rng.uniform(-0.009, 0.009)
                )
                stay = Stay(at, 24 * HOUR, heading=rng.uniform(0, 360), anchored=True)
            build.add("merchant", rng.choice(MERCHANT_FLAGS), ship_type, size, draught, [stay], [code], with_imo=True)


def _fishing(build: Builder) -> None:
    rng = build.rng
    for centre, reach, count in GROUNDS.values():
        for index in range(count):
            wide = 0.28 if reach[0] >= 5 and centre.lat < -39 else 0.10  # degrees the boats spread over
            at = Point(centre.lat + rng.uniform(-wide, wide), centre.lon + rng.uniform(-wide, wide) * 1.3)
            small = reach[0] < 3
            if small:
                at = Point(centre.lat + rng.uniform(-0.02, 0.02), centre.lon + rng.uniform(-0.02, 0.02))
            shape = (reach[0] * rng.uniform(0.6, 1), reach[1] * rng.uniform(0.6, 1))
            tow = Roam(
                at, shape, rng.uniform(3.0, 4.4), rng.uniform(14, 22) * HOUR, turned=0 if small else rng.uniform(0, 90)
            )
            haul = Stay(at, rng.uniform(1, 3) * HOUR, heading=rng.uniform(0, 360), anchored=True, status=7)
            size = (12, 6, 3, 3) if small else (30, 14, 6, 6)
            text = ("FISHING GROUNDS", "FISHING", "", "AT SEA")[index % 4]
            flag = "NZ" if rng.random() < 0.85 else rng.choice(("AU", "PA"))
            build.add("fishing", flag, 30, size, 4.5, [tow, haul], [text, text], class_b=small and index % 2 == 0)
    for code in ("NZNSN", "NZTIU", "NZBLU", "NZNPE", "NZTRG", "NZPOE", "NZLYT"):
        for _ in range(2):
            port = PORTS[code]
            stay = Stay(berth(port, rng.random()), 24 * HOUR, heading=port.quay)
            build.add("fishing", "NZ", 30, (18, 8, 4, 3), 3.8, [stay], [code])


def _yachts(build: Builder) -> None:
    rng = build.rng
    for centre, reach, count in SAILING_WATERS:
        for index in range(count):
            wide = 0.008 * reach[0]
            at = Point(centre.lat + rng.uniform(-wide, wide), centre.lon + rng.uniform(-wide, wide))
            shape = (reach[0] * rng.uniform(0.4, 1), reach[1] * rng.uniform(0.4, 1))
            sail = Roam(at, shape, rng.uniform(3.5, 6.5), rng.uniform(4, 8) * HOUR, status=SAILING)
            rest = Stay(at, rng.uniform(1, 4) * HOUR, heading=rng.uniform(0, 360), anchored=True)
            build.add("yacht", "NZ", 36 if index % 3 else 37, (8, 5, 2, 2), 2.0, [sail, rest], class_b=True)
    for code, count in MARINAS:
        port = PORTS[code]
        for _ in range(count):
            stay = Stay(berth(port, rng.random()), 24 * HOUR, heading=rng.choice((port.quay, port.quay + 180)))
            build.add("yacht", "NZ", 36, (7, 5, 2, 2), 1.9, [stay], class_b=True)
    for _ in range(5):
        ports = rng.sample(("NZAKL", "NZOPX", "NZMAP", "NZTRG"), 2)
        phases, bound, _origin = calls(ports, rng.uniform(5.5, 7.5), rng, stay=(8, 20), wait_share=0)
        build.add("yacht", rng.choice(("NZ", "AU")), 36, (9, 6, 2, 2), 2.1, phases, bound, class_b=True)


def _ferries(build: Builder) -> None:
    wellington, picton = PORTS["NZWLG"], PORTS["NZPCN"]
    for index in range(4):
        here, there = berth(wellington, 0.1 + 0.12 * index), berth(picton, 0.1 + 0.2 * index)
        points = (
            *out_of(wellington, here), POINTS["wellington heads"], POINTS["cook"], POINTS["narrows"], *picton.channel, there,
        )  # fmt: skip
        phases = shuttle(points, 1.1 * HOUR, 19.5, 12 * HOUR, heading=20, end_heading=80)
        typed = ["PICTON", "PICTON", "WELLINGTON", "WELLINGTON"]
        name = build.register.take(f"{('EXAMPLE', 'SAMPLE', 'SPECIMEN', 'NOTIONAL')[index]} STRAIT")
        build.add("merchant", "NZ", 60, (120, 60, 12, 12), 6.0, phases, typed, offset=index * 3 * HOUR, name=name)
    auckland = PORTS["NZAKL"]
    waiheke, barrier = Point(-36.775, 174.985), Point(-36.28, 175.33)
    quays = [berth(auckland, 0.05 + 0.08 * index) for index in range(6)]
    for index in range(5):
        points = (quays[index], *reversed(auckland.channel), Point(-36.800, 174.880), waiheke)
        phases = shuttle(points, 900, 24.0, 2 * HOUR, heading=95, end_heading=110)
        build.add("merchant", "NZ", 40, (20, 15, 5, 5), 1.6, phases, ["WAIHEKE", "WAIHEKE", "AUCKLAND", "AUCKLAND"],
                  offset=index * 1440.0)  # fmt: skip
    points = (
        quays[5],
        *reversed(auckland.channel),
        POINTS["bean rock"],
        POINTS["rangitoto"],
        POINTS["tiri"],
        POINTS["hauraki"],
        barrier,
    )
    phases = shuttle(points, 1.5 * HOUR, 16.0, 12 * HOUR, heading=95, end_heading=200)
    build.add(
        "merchant",
        "NZ",
        60,
        (30, 20, 6, 6),
        2.4,
        phases,
        ["GT BARRIER", "GT BARRIER", "AUCKLAND", "AUCKLAND"],
        offset=0.0,
    )


def _harbour_craft(build: Builder) -> None:
    rng = build.rng
    for code in (
        "NZAKL",
        "NZAKL",
        "NZTRG",
        "NZTRG",
        "NZWLG",
        "NZLYT",
        "NZPOE",
        "NZNPL",
        "NZNPE",
        "NZMAP",
        "NZBLU",
        "NZTIU",
    ):
        port = PORTS[code]
        home = berth(port, rng.random())
        for kind, speed, rest, size in ((52, 9.0, 3.5, (15, 9, 5, 5)), (50, 18.0, 2.2, (8, 6, 2, 3))):
            if kind == 50 and rng.random() < 0.25:
                continue
            out = Sail(out_of(port, home), speed, slow_start=1, slow_end=0.5, corner=0.3)
            back = Sail(list(reversed(out_of(port, home))), speed, slow_start=0.5, slow_end=1, corner=0.3)
            wait = Stay(port.channel[0], 1200, heading=90, anchored=True, status=UNDER_WAY)
            stay = Stay(home, rest * HOUR * rng.uniform(0.8, 1.4), heading=port.quay)
            build.add("service", "NZ", kind, size, 3.5, [out, wait, back, stay], ["HARBOUR DUTIES"] * 4)


def _patrols(build: Builder) -> None:
    for centre, reach, speed, kind in (
        (Point(-35.3, 175.6), (14.0, 10.0), 13.0, 55), (Point(-38.7, 172.6), (12.0, 14.0), 12.0, 55),
        (Point(-44.3, 173.9), (12.0, 10.0), 12.0, 35), (Point(-40.6, 177.6), (9.0, 12.0), 14.0, 51),
    ):  # fmt: skip
        patrol = Roam(centre, reach, speed, 20 * HOUR, status=UNDER_WAY)
        wait = Stay(centre, 2 * HOUR, heading=200, anchored=True, status=UNDER_WAY)
        build.add("service", "NZ", kind, (40, 15, 6, 6), 3.6, [patrol, wait], ["PATROL", "PATROL"])


def _rescue(build: Builder) -> None:
    """Two rescue helicopters on AIS, each up for two hours of every six and at its base between."""
    for index, base in enumerate((Point(-39.0086, 174.1792), Point(-36.8470, 174.7870))):
        sweep = Roam(base, (14.0, 9.0), 130.0, 2 * HOUR, status=UNDER_WAY)
        down = Stay(base, 4 * HOUR)
        craft = build.add("service", "NZ", 0, (0, 0, 0, 0), 0, [sweep, down], offset=index * 3 * HOUR)
        craft.mmsi, craft.rescue = 111_512_990 + index, True


def _example_trader(build: Builder) -> None:
    """The ship of the design's picture: container ship, Panama, for Auckland from the north-east."""
    auckland, far = PORTS["NZAKL"], PORTS["TOTBU"]
    rng = random.Random(412)
    a, b = berth(auckland, 0.5), berth(far, 0.5)
    phases: list[Phase] = [
        Stay(a, 14 * HOUR, heading=95), passage(auckland, a, far, b, 14.4, rng), Stay(b, 6 * HOUR),
        passage(far, b, auckland, a, 14.2, rng),
    ]  # fmt: skip
    build.add("merchant", "PA", 71, (170, 70, 16, 16), 10.8, phases, ["NZAKL", "TOTBU", "TOTBU", "AKL PILOT"],
              with_imo=True, name=build.register.take("EXAMPLE TRADER"))  # fmt: skip


BUILDERS: tuple[Callable[[Builder], None], ...] = (
    _example_trader, _merchants, _in_harbour, _fishing, _yachts, _ferries, _harbour_craft, _patrols, _rescue,
)  # fmt: skip


def build_fleet(seed: int = 1, scale: float = 1.0) -> list[Craft]:
    """Everything that floats. `scale` repeats the traffic (not the stories) with other numbers and phases."""
    build = Builder(seed)
    whole = max(1, round(scale))
    for builder in BUILDERS[:1]:
        builder(build)
    story_vessels(build)
    for _ in range(whole):
        for builder in BUILDERS[1:-1]:
            builder(build)
    _rescue(build)
    if scale < 1:
        keep = max(20, int(len(build.fleet) * scale))
        build.fleet = [craft for index, craft in enumerate(build.fleet) if index < keep or craft.story]
    return build.fleet
