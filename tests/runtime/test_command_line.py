"""What the command line says when something is wrong: one sentence, never a traceback."""

from __future__ import annotations

import fcntl
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.supervisor import EXIT_NO_USE
from tests.runtime.product import ROOT, environment, free_port


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
    assert "not a database" in failed(run(tmp_path, "migrate"))


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
