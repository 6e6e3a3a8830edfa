"""What the command line says when something is wrong: one sentence, never a traceback."""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.supervisor import EXIT_NO_USE, EXIT_TRY_AGAIN
from tests.runtime.product import ROOT, environment, free_port, until


def run(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "app.py"), *arguments],
        cwd=folder,
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def failed(done: subprocess.CompletedProcess[str], code: int = EXIT_NO_USE) -> str:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    return done.stderr + done.stdout


def test_help_names_every_command(tmp_path: Path) -> None:
    told = run(tmp_path, "--help").stdout
    for name in ("serve", "web", "feeds", "replay", "migrate", "check"):
        assert re.search(rf"\b{name}\b", told)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("serve", "web"):
            told = failed(run(tmp_path, command, "--port", port))
            assert f"port {port}" in told
            assert "--port" in told
            assert len(told.strip().splitlines()) == 1
        assert "cannot be used" in failed(run(tmp_path, "check", WATCHFLOOR_PORT=port), 1)


def test_wrong_settings_name_setting_value_and_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text('prot = 1\n[picture]\nzoom = 99\n[[feeds]]\nname = "a"\nkind = "ais"\n')
    for command, code in (("check", 1), ("serve", EXIT_NO_USE), ("feeds", EXIT_NO_USE)):
        told = failed(run(tmp_path, command), code)
        assert "prot: there is no such setting" in told
        assert "picture.zoom = 99" in told
        assert "14" in told
    (tmp_path / "watchfloor.toml").write_text('[[feeds]]\nname = "a"\nkind = "ais-tcp"\nhost = "h"\nport = 70000\n')
    for command, code in (("check", 1), ("serve", EXIT_NO_USE), ("feeds", EXIT_NO_USE)):
        told = failed(run(tmp_path, command), code)
        assert 'feeds[0] "a".port = 70000' in told
        assert "65535" in told


def test_a_settings_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text("port = = 1\n")
    assert "watchfloor.toml: not valid TOML" in failed(run(tmp_path, "check"), 1)


SECRET = '{"kind": "opensky", "client_secret": "do not tell"}'
FOUND_WRONG = [  # in the environment, and what must be said of it
    ({"FEEDS": "xxx"}, ("WATCHFLOOR_FEEDS = 'xxx'", "JSON list", "[[feeds]]")),
    ({"FEEDS": "{}"}, ("WATCHFLOOR_FEEDS = '{}'", "JSON list")),
    ({"FEEDS": "[1]"}, ("WATCHFLOOR_FEEDS = '[1]'", "JSON list")),
    ({"FEEDS": ""}, ("WATCHFLOOR_FEEDS = ''", "JSON list")),
    ({"FEEDS": "[" * 9_000}, ("WATCHFLOOR_FEEDS", "JSON list")),
    ({"FEEDS": '[{"kind": ["ais-tcp"]}]'}, ("feeds[0].kind = ['ais-tcp']", "ais-udp")),
    ({"FEEDS": SECRET}, ("WATCHFLOOR_FEEDS", "not shown", "JSON list")),
    ({"PICTURE": "5"}, ("WATCHFLOOR_PICTURE = '5'", "JSON object", "WATCHFLOOR_PICTURE__COUNTRY")),
    ({"PICTURE": "5", "PICTURE__ZOOM": "4"}, ("WATCHFLOOR_PICTURE = '5'", "JSON object")),
    ({"PICTURE": '{"zoom": 99}'}, ("picture.zoom = 99", "14")),
    ({"PICTURE__ZOOM": ""}, ("picture.zoom = ''", "integer")),
    ({"PICTURE__ZOOM": "9" * 5_000}, ("picture.zoom = '999", "integer")),
    ({"PICTURE__CENTRE_LAT": "nan"}, ("picture.centre_lat = 'nan'", "finite")),
    ({"PICTURE__TIMEZONE": "Mars/Base"}, ("picture.timezone = 'Mars/Base'", "Pacific/Auckland")),
    ({"PICTURE__TIMEZONE": ""}, ("picture.timezone = ''", "Pacific/Auckland")),
    ({"PICTURE__COUNTRY": "ZZ"}, ("picture.country = 'ZZ'", "ISO 3166", "no land")),
    ({"PICTURE__COUNTRY": "nz"}, ("picture.country = 'nz'", "two capital letters")),
    ({"RETENTION__VESSEL_PICTURE_HOURS": "inf"}, ("retention.vessel_picture_hours = 'inf'", "finite")),
    ({"PORT": ""}, ("port = ''", "integer")),
    ({"LOG_LEVEL": "loud"}, ("log_level = 'loud'", "'warning'")),
    ({"DATA_DIR": ""}, ("data_dir = ''", "folder")),
    ({"RECORD_URL": "oracle://x"}, ("record_url = 'oracle://x'", "postgresql://", "sqlite:///")),
    ({"RECORD_URL": "nonsense"}, ("record_url = 'nonsense'", "postgresql://", "sqlite:///")),
    ({"RECORD_URL": "postgresql://u:do not tell@h:x/n"}, ("record_url = (not shown)", "postgresql://")),
    ({"RECORD_URL": "sqlite:////proc/none/record.db"}, ("record_url = '/proc/none'", "cannot be made")),
    ({"RECORD_URL": "sqlite:////tmp"}, ("record_url = 'sqlite:////tmp'", "folder")),
    ({"RECORD_URL": "sqlite:///same.db", "PICTURE_URL": "sqlite:///same.db"}, ("record_url", "picture_url", "same")),
    ({"PROT": "1"}, ("WATCHFLOOR_PROT", "no such setting", "WATCHFLOOR_PORT")),
    ({"PICTURE__ZOM": "1"}, ("WATCHFLOOR_PICTURE__ZOM", "no such setting", "WATCHFLOOR_PICTURE__ZOOM")),
    ({"PORT__X": "1"}, ("WATCHFLOOR_PORT__X", "no such setting", "WATCHFLOOR_PORT")),
    ({"CONFIG": "/nope.toml"}, ("WATCHFLOOR_CONFIG = '/nope.toml'", "no such file")),
    ({"CONFIG": "."}, ("WATCHFLOOR_CONFIG = '.'", "directory")),
    ({"CONFIG": ""}, ("WATCHFLOOR_CONFIG = ''", "settings file")),
]


@pytest.mark.parametrize(("given", "told"), FOUND_WRONG, ids=[" ".join(given)[:40] for given, _ in FOUND_WRONG])
def test_a_wrong_value_in_the_environment_is_a_sentence(
    tmp_path: Path, given: dict[str, str], told: tuple[str, ...]
) -> None:
    given = {f"WATCHFLOOR_{name}": value for name, value in given.items()}
    words = failed(run(tmp_path, "prepare", **given))
    assert len(words.splitlines()) == 1, words
    assert len(words) < 500
    assert "do not tell" not in words
    for part in told:
        assert part in words


@pytest.mark.parametrize("name", ["PROT", "PICTURE__TIMEZONE", "PICTURE__COUNTRY", "RECORD_URL", "FEEDS"])
def test_check_finds_a_wrong_value_wrong(tmp_path: Path, name: str) -> None:
    assert "WRONG" in failed(run(tmp_path, "check", **{f"WATCHFLOOR_{name}": "ZZ"}), 1)


BOX = 'south = -28.0\nnorth = -52.0\nwest = 160.0\neast = 180.0\nclient_secret = "do not tell"\n'
FILES = [  # what the settings file holds, and what must be said of it
    (b'host = "K\xf6ln"\n', ("watchfloor.toml", "not UTF-8", "byte 10")),
    (b"port = " + b"9" * 5_000, ("watchfloor.toml", "too long")),
    (b"feeds = " + b"[" * 50_000, ("watchfloor.toml", "not valid TOML")),
    (b"port = 1979-05-27\n", ("port = datetime", "integer")),
    (b"picture = 5\n", ("picture = 5", "[picture]")),
    (b'[feeds]\nname = "a"\nkind = "ais-tcp"\n', ("feeds = {", "[[feeds]]")),
    (b"feeds = [1]\n", ("feeds.0 = 1", "[[feeds]]")),
    (b'record_url = "sqlite:///a\\u0000b"\n', ("record_url", "postgresql://")),
    (b"prot = 1\n", ("prot: there is no such setting", "near it are port")),
    (f'[[feeds]]\nname = "sky"\nkind = "opensky"\n{BOX}'.encode(), ('"sky": south = -28, north = -52', "less than")),
]


@pytest.mark.parametrize(("text", "told"), FILES, ids=[told[-1] for _, told in FILES])
def test_a_wrong_settings_file_is_a_sentence(tmp_path: Path, text: bytes, told: tuple[str, ...]) -> None:
    (tmp_path / "watchfloor.toml").write_bytes(text)
    for command, code in (("check", 1), ("prepare", EXIT_NO_USE)):
        words = failed(run(tmp_path, command), code)
        assert "do not tell" not in words
        wrong = [line for line in words.splitlines() if command != "check" or line.startswith("WRONG")]
        assert len(wrong) == 1, words
        for part in told:
            assert part in wrong[0]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_bytes(b"\xef\xbb\xbfport = 18998\n")
    done = run(tmp_path, "check")
    assert done.returncode == 0, done.stdout
    assert "port 18998" in done.stdout


def test_a_file_that_is_to_come_is_a_note_and_not_wrong(tmp_path: Path) -> None:
    (tmp_path / "watchfloor.toml").write_text(
        'port = 18997\n[[feeds]]\nname = "log"\nkind = "ais-file"\npath = "to/come.nmea"\n'
    )
    done = run(tmp_path, "check")
    assert done.returncode == 0, done.stdout
    assert "note  log: path = 'to/come.nmea': not there yet" in done.stdout


def test_names_that_are_no_settings_but_known_pass(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("port = 18996\n")
    done = run(tmp_path, "check", WATCHFLOOR_CONFIG="mine.toml", WATCHFLOOR_CHROMIUM="/usr/bin/none")
    assert done.returncode == 0, done.stdout
    assert "port 18996" in done.stdout


def test_a_lock_holds_up_nobody_who_has_nothing_to_migrate(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "var" / "picture.db", isolation_level=None) as held:
        held.execute("BEGIN IMMEDIATE")
        assert "picture: up to date" in run(tmp_path, "migrate").stdout


def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    """Whoever holds it lets go some day: every step says so and may be tried again; `serve` goes on by itself."""
    (tmp_path / "var").mkdir()
    with sqlite3.connect(
        tmp_path / "var" / "picture.db", isolation_level=None
    ) as held:  # with everything yet to migrate
        held.execute("BEGIN IMMEDIATE")
        for command in ("migrate", "feeds", "zones"):
            assert "locked" in failed(run(tmp_path, command), EXIT_TRY_AGAIN)
        log = tmp_path / "serve.log"
        port = str(free_port())
        with (
            log.open("wb") as said,
            subprocess.Popen(
                [sys.executable, str(ROOT / "app.py"), "serve", "--port", port],
                cwd=tmp_path,
                env=environment(tmp_path),
                stderr=said,
            ) as serve,
        ):
            try:
                until(lambda: "trying again in" in log.read_text(), 60, "words about the lock")
                assert "locked" in log.read_text()
                held.execute("ROLLBACK")
                until(lambda: f"http://127.0.0.1:{port}" in log.read_text(), 60, "a web server")
            finally:
                serve.terminate()
            assert serve.wait(30) == 0
    held.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir(mode=0o500)
    assert "data_dir" in failed(run(tmp_path, "migrate"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    for command, code in (("migrate", EXIT_NO_USE), ("serve", EXIT_NO_USE), ("check", 1)):
        assert "data_dir" in failed(run(tmp_path, command), code)


def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "picture.db").write_text("not a database, " * 100)
    assert "picture database" in failed(run(tmp_path, "check"), 1)
    assert "not a database" in failed(run(tmp_path, "migrate"), 1)


def test_check_says_what_is_good(tmp_path: Path) -> None:
    done = run(tmp_path, "check", WATCHFLOOR_PORT="18999")
    assert done.returncode == 0, done.stdout
    assert "WRONG" not in done.stdout
    assert "record database answers" in done.stdout


def test_migrate_can_be_repeated(tmp_path: Path) -> None:
    assert "applied" in run(tmp_path, "migrate").stdout
    assert "up to date" in run(tmp_path, "migrate").stdout


AIS = b"!ABVDM,1,1,,A,15N9?cP01BGR1ttC>C03Tjon00S@,0*24\r\n"


def test_replay_goes_into_the_database_unless_told_not_to(tmp_path: Path) -> None:
    (tmp_path / "some.nmea").write_bytes(AIS)
    dry = json.loads(run(tmp_path, "replay", "some.nmea", "--speed", "0", "--json", "--dry-run").stdout)
    assert not (tmp_path / "var" / "picture.db").exists()
    first = json.loads(run(tmp_path, "replay", "some.nmea", "--speed", "0", "--json").stdout)
    again = json.loads(run(tmp_path, "replay", "some.nmea", "--speed", "0", "--json").stdout)
    assert (tmp_path / "var" / "picture.db").exists()
    for counts in (dry, first, again):
        assert (counts["messages"], counts["observations"], counts["tracks"]) == (1, 1, 1)
    assert set(dry) == {
        "lines", "sentences", "messages", "duplicates", "rejected", "observations", "tracks", "first_time", "last_time",
    }  # fmt: skip


def test_replay_beside_a_running_centre_is_refused(tmp_path: Path) -> None:
    (tmp_path / "some.nmea").write_bytes(AIS)
    (tmp_path / "var").mkdir()
    with (tmp_path / "var" / "picture.lock").open("w") as held:
        held.write("4711")
        held.flush()
        fcntl.flock(held, fcntl.LOCK_EX)
        told = failed(run(tmp_path, "replay", "some.nmea"))
        assert "4711" in told
        assert "stop it first" in told
        assert run(tmp_path, "replay", "some.nmea", "--speed", "0", "--dry-run").returncode == 0


def test_a_recording_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nothing.nmea" in failed(run(tmp_path, "replay", "nothing.nmea"))


def test_replay_says_where_an_old_recording_goes(tmp_path: Path) -> None:
    assert "retention.history_days" in run(tmp_path, "replay", "--help", COLUMNS="200").stdout


def test_a_demonstration_whose_port_is_taken_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = failed(run(tmp_path, "demo", WATCHFLOOR_DEMO_PORT=port))
    assert f"port {port}" in told
    assert "WATCHFLOOR_DEMO_PORT" in told


def test_the_demonstration_sends_as_much_as_asked_for(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "demo", "--scale", "0.1"],
        cwd=tmp_path,
        env=environment(tmp_path),
        stderr=subprocess.PIPE,
        text=True,
    ) as generator:
        try:
            assert generator.stderr is not None
            told = re.search(r"TCP 127.0.0.1:(\d+)", generator.stderr.readline())
            assert told is not None
            with socket.create_connection(("127.0.0.1", int(told[1])), 10) as heard:
                heard.settimeout(20)
                assert heard.recv(100)
        finally:
            generator.terminate()
        assert generator.wait(10) == 0


def test_ports_are_chosen_after_the_back_fill(tmp_path: Path) -> None:
    """Preparing a first demonstration takes a minute: ports found before it may be somebody else's by then."""
    (tmp_path / "program.py").write_text(
        "import os, sys\n"
        "port = os.environ.get('WATCHFLOOR_DEMO_PORT')\n"
        "if sys.argv[1] == 'prepare': assert port is None\n"
        "if sys.argv[1] == 'demo': open('port', 'w').write(port)\n"
        f"if sys.argv[1] == 'demo': sys.exit({EXIT_NO_USE})\n"
        "if sys.argv[1] != 'prepare': sys.stdin.read()\n"
    )
    code = (
        "import sys; from runtime.children import supervise; from settings import Settings\n"
        "sys.exit(supervise(Settings(demo=True, port=int(sys.argv[1])), program=[sys.executable, 'program.py']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(free_port())],
        cwd=tmp_path,
        env=environment(tmp_path, PYTHONPATH=str(ROOT)),
        timeout=60,
        check=False,
    )
    assert done.returncode == EXIT_NO_USE, "a generator that cannot begin ends all"
    assert int((tmp_path / "port").read_text()) > 0


def test_two_that_look_for_ports_at_once_find_others() -> None:
    look = [sys.executable, "-c", "from runtime.children import free_port; print(free_port())"]
    both = [subprocess.Popen(look, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (int(each.communicate(timeout=30)[0]) for each in both)
    assert first != second
