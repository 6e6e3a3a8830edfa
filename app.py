"""Watchfloor's command line and composition root: the one place that knows every part and puts them together.

Imports are made inside each command, so that the supervisor stays small and `--help` answers at once.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - before anything that an older Python could stumble over
    sys.exit("Watchfloor needs Python 3.11 or newer; this is " + sys.version.split()[0] + ".")

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

try:
    import typer
    import typer.core

    from settings import Settings, SettingsError, read_settings
except ModuleNotFoundError as missing:
    sys.exit(f"The package {missing.name!r} is not installed here: run `make run`, or use .venv/bin/python.")

if TYPE_CHECKING:
    from data_sources.contract import Feed
    from picture.places import Places
    from storage.engines import Database

HERE = Path(__file__).resolve().parent
PROGRAM = [sys.executable, str(HERE / "app.py")]

Demo = Annotated[bool, typer.Option("--demo", help="With the demonstration's traffic.")]
Port = Annotated[int | None, typer.Option(help="Port of the web server.")]
WithParent = Annotated[bool, typer.Option("--with-parent", hidden=True)]


class _Commands(typer.core.TyperGroup):
    """Says what went wrong in a sentence; a traceback is for the log of a running process."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            from runtime.words import in_words

            told = in_words(error)
            if told is None:
                raise
            words, code = told
            for line in words.splitlines():
                typer.echo(f"watchfloor: {line}", err=True)
            raise typer.Exit(code) from error


command = typer.Typer(
    cls=_Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Watchfloor, the operations centre for a country's border.",
)


@command.command()
def serve(demo: Demo = False, port: Port = None) -> None:
    """Everything in one, kept alive: feeds and web server."""
    from runtime.children import supervise

    settings = _settings(port=port, demo=demo or None)
    raise typer.Exit(supervise(settings, program=PROGRAM))


@command.command()
def web(demo: Demo = False, port: Port = None, with_parent: WithParent = False) -> None:
    """The web server alone."""
    settings = _settings(port=port, demo=demo or None)
    _log(settings, "web")
    from runtime.checks import need_country
    from runtime.children import need_port
    from runtime.databases import opened

    need_port(settings.host, settings.port)
    if not with_parent:  # else it was seen to before this process was started
        need_country(settings)
    with opened(settings) as (picture, record):
        _serve_pages(settings, picture, record, with_parent=with_parent)


@command.command()
def feeds(demo: Demo = False, with_parent: WithParent = False) -> None:
    """The feed process alone: runs the feeds and writes the picture."""
    settings = _settings(demo=demo or None)
    _log(settings, "feeds")
    from runtime.checks import need_country
    from runtime.clock import system_clock
    from runtime.databases import opened
    from runtime.holding import picture_held

    made = _feeds(settings)
    if not with_parent:
        need_country(settings)
    with opened(settings) as (picture, record), picture_held(settings.data_dir):
        from picture.movements import MovementWatcher
        from runtime.feeds import FeedProcess, run_until_left
        from runtime.tick_line import TickLine
        from storage.reserve import Reserve

        process = FeedProcess(
            settings,
            made,
            picture=picture,
            record=record,
            clock=system_clock,
            movements=MovementWatcher(_places(settings)),
            reserve=Reserve(settings.data_dir / "picture.reserve") if picture.is_sqlite else None,
            line=TickLine(settings.data_dir),
        )
        _run_loop(run_until_left(process, with_parent=with_parent))


@command.command()
def replay(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Recordings; - is standard input.")],
    speed: Annotated[float, typer.Option(min=0.0, help="1 as recorded, N times faster, 0 as fast as it goes.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="End with the counts as one JSON object.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; leave the picture database alone.")] = False,
) -> None:
    """Send recordings (AIS or aircraft; plain, gz or xz) through the very path that live traffic takes.

    They are filed under their own dates: what is older than retention.history_days goes with the next daily clean-up.
    """
    settings = _settings()
    _log(settings, "replay")
    counts = _replay(settings, paths, speed=speed, dry_run=dry_run)
    if as_json:
        import json

        typer.echo(json.dumps(counts))
        return
    for name, count in counts.items():
        typer.echo(f"{name.replace('_', ' ')}: {count}")


@command.command()
def migrate() -> None:
    """Bring both databases to the shape this version expects."""
    from runtime.databases import migrate_both

    for name, steps in migrate_both(_settings()).items():
        typer.echo(f"{name}: {'applied ' + ', '.join(steps) if steps else 'up to date'}")


@command.command()
def check() -> None:
    """Look at settings, feeds, databases and port, and say what is wrong and what is allowed."""
    from runtime.checks import Finding, look_at

    findings = [Finding(True, f"Python {sys.version.split()[0]}")]
    try:
        settings = read_settings()
        findings.append(Finding(True, "the settings can be read"))
        findings += look_at(settings)
        made = _feeds(settings)
        names = ", ".join(f"{feed.settings.name} ({feed.kind})" for feed in made) or "none; set them up or use --demo"
        findings.append(Finding(True, f"feeds: {names}"))
        findings += [Finding(None, f"{feed.settings.name}: {words}") for feed in made if (words := feed.remark())]
    except SettingsError as wrong:
        findings += [Finding(False, line) for line in str(wrong).splitlines()]
    for finding in findings:
        typer.echo(f"{ {True: 'ok   ', False: 'WRONG', None: 'note '}[finding.good] } {finding.words}")
    if any(finding.good is False for finding in findings):
        raise typer.Exit(1)


@command.command(hidden=True)
def prepare() -> None:
    """What `serve` does first: migrate and, for a demonstration on an empty database, back-fill."""
    settings = _settings()
    _log(settings, "prepare")
    from runtime.checks import need_country
    from runtime.databases import migrate_both

    _feeds(settings)  # wrong settings are told before anything is made
    need_country(settings)
    migrate_both(settings)
    if settings.demo:
        _back_fill(settings)


@command.command(hidden=True)
def zones() -> None:
    """What `serve` does beside: compute the limits off the coast, on the first start and for another country."""
    settings = _settings()
    _log(settings, "zones")
    _prepare_zones(settings)


@command.command(hidden=True)
def demo(
    scale: Annotated[float, typer.Option(min=0.01, max=1000.0, help="So many times the usual traffic.")] = 1.0,
    with_parent: WithParent = False,
) -> None:
    """The traffic generator alone, on WATCHFLOOR_DEMO_PORT and the three ports after it."""
    settings = _settings()
    _log(settings, "demo")
    from runtime.generator import generate

    _run_loop(generate(settings.demo_port, scale=scale, with_parent=with_parent))


# ---- putting the parts together


def _settings(**overrides: Any) -> Settings:
    from runtime.holding import unusable

    settings = read_settings(**overrides)
    if why := unusable(settings):
        raise SettingsError(why)
    return settings


def _log(settings: Settings, process: str) -> None:
    from runtime.logging import configure

    configure(settings.log_level, settings.log_format, process)


def _feeds(settings: Settings) -> list[Feed]:
    """The feeds of this installation, or in a demonstration those that listen to the generator."""
    from data_sources.roster import make_feeds
    from runtime.clock import system_clock

    if not settings.demo:
        return make_feeds(settings.feeds, system_clock)
    from data_sources.demo import choose_ports, feed_settings

    make_feeds(settings.feeds, system_clock)  # a mistake in them is told all the same
    return make_feeds(feed_settings(choose_ports(settings.demo_port)), system_clock)


def _places(settings: Settings) -> Places:
    from picture.places import Places

    return Places.load(settings.picture.country)


def _run_loop(main: Any) -> None:
    """Run a coroutine on uvloop where it is installed."""
    import asyncio

    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def _serve_pages(settings: Settings, picture: Database, record: Database, *, with_parent: bool) -> None:
    from callbacks.guard import register
    from callbacks.routes import match
    from layouts.shell import ShellView, shell
    from picture.mirror import Mirror
    from picture.queries import worth_number
    from runtime.clock import system_clock
    from runtime.desk import Desk
    from runtime.hub import Hub
    from runtime.leaving import when_parent_is_gone
    from runtime.line_reader import LineReader
    from runtime.line_source import LineSource
    from runtime.metrics import FeedProcessCollector
    from runtime.picture_source import DatabaseSource
    from web.app import Screens, create_app, server

    places = _places(settings)

    def port_in_words(text: str, _track: int) -> str | None:
        port = places.resolve_destination(text)
        return port.name if port is not None else None

    mirror = Mirror(resolve_port=port_in_words)
    stored = DatabaseSource(picture, record, system_clock, also={"worth": lambda: worth_number(mirror, system_clock())})
    line = LineReader(settings.data_dir)
    line.start()
    source = LineSource(line, stored, system_clock)
    hub = Hub(
        source,
        mirror,
        now=system_clock,
        frame_seconds=settings.picture.frame_seconds,
    )
    desk = Desk(mirror, picture, record, places, system_clock, timezone=settings.picture.timezone)
    view = ShellView(
        timezone=settings.picture.timezone,
        centre=(settings.picture.centre_lat, settings.picture.centre_lon),
        zoom=settings.picture.zoom,
        demo=settings.demo,
        wall_distance_m=settings.wall.distance_m,
        wall_panel_width_mm=settings.wall.panel_width_mm,
        frame_seconds=settings.picture.frame_seconds,
        tile_url=settings.picture.tile_url,
        version=version(),
    )
    screens = Screens(
        layout=shell(view),
        register=lambda page: register(page, desk),
        is_page=lambda path: match(path) is not None,
        assets=HERE / "assets",
    )
    listening = server(
        create_app(
            settings,
            hub=hub,
            desk=desk,
            screens=screens,
            collectors=[FeedProcessCollector(picture, system_clock, source.status)],
        ),
        host=settings.host,
        port=settings.port,
    )
    if with_parent:
        when_parent_is_gone(lambda: setattr(listening, "should_exit", True))
    typer.echo(
        f"watchfloor: http://{settings.host}:{settings.port} (this machine only, until accounts exist)", err=True
    )
    listening.run()


def _replay(settings: Settings, paths: list[str], *, speed: float, dry_run: bool) -> dict[str, Any]:
    import time
    from contextlib import ExitStack

    from data_sources.recordings import RecordingUnreadable
    from picture.store import TrackStore
    from runtime.clock import system_clock
    from runtime.databases import opened
    from runtime.holding import picture_held
    from runtime.recording import Recorder
    from runtime.replay import replay as play
    from runtime.replay_progress import progress_bar
    from runtime.words import Sentence

    store = TrackStore(max_tracks=settings.picture.max_tracks)
    with ExitStack() as stack:
        recorder = None
        if not dry_run:
            stack.enter_context(picture_held(settings.data_dir))
            picture, _record = stack.enter_context(opened(settings))
            recorder = Recorder(store, picture, system_clock)
            stack.enter_context(recorder.recording())
        progress = stack.enter_context(progress_bar())
        try:
            counts = play(
                paths,
                speed=speed,
                store=store,
                clock=system_clock,
                sleep=time.sleep,
                on_batch=recorder.took if recorder is not None else None,
                progress=progress,
            )
        except RecordingUnreadable as unreadable:
            raise Sentence(str(unreadable)) from unreadable
        if recorder is not None:
            counts.tracks = recorder.tracks()
    return counts.as_json()


def _prepare_zones(settings: Settings) -> None:
    """The country's limits, computed from its coast on the first start (some ten seconds), and its ports."""
    from picture.geo.coast import UnknownCountry
    from picture.zones import prepare_zones
    from runtime.clock import moment, system_clock
    from runtime.databases import opened

    with opened(settings) as (_picture, record):
        try:
            made = prepare_zones(record, settings.picture.country, _places(settings).ports, now=moment(system_clock()))
        except UnknownCountry as unknown:
            raise SettingsError(f"picture.country = {settings.picture.country!r}: {unknown}") from unknown
    if made:
        typer.echo("watchfloor: the limits off the coast were computed; they are approximate", err=True)


def _back_fill(settings: Settings) -> None:
    """Twenty-four hours of the demonstration's past, unless there is a past already."""
    from picture.movements import MovementWatcher
    from picture.store import TrackStore
    from runtime.backfill import BackFill, draw, has_past
    from runtime.clock import system_clock
    from runtime.databases import opened
    from runtime.holding import picture_held

    with opened(settings) as (picture, _record), picture_held(settings.data_dir):
        if has_past(picture):
            return
        store = TrackStore(
            max_tracks=settings.picture.max_tracks,
            vessel_hours=settings.retention.vessel_picture_hours,
            aircraft_hours=settings.retention.aircraft_picture_hours,
        )
        draw(BackFill(store, picture, MovementWatcher(_places(settings)), clock=system_clock))


def version() -> str:
    """Of this product, from pyproject.toml."""
    import tomllib

    return str(tomllib.loads((HERE / "pyproject.toml").read_text())["project"]["version"])


if __name__ == "__main__":
    command()
