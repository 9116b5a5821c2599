"""The embedded server: starts, is found again, outlives the process, is removed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orderstamp import embedded
from orderstamp.database import find_database


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is no checkout, short enough for a socket; whatever runs in it is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="om-", dir="/tmp"))
    monkeypatch.chdir(folder)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("ORDERSTAMP_HOME", raising=False)
    yield folder
    embedded.stop(folder / ".orderstamp", remove=True)
    shutil.rmtree(folder, ignore_errors=True)


def _command(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "orderstamp.cli", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _postmaster(folder: Path) -> int:
    return int((folder / "pg18" / "postmaster.pid").read_text().splitlines()[0])


def test_it_lives_in_the_current_folder_and_is_used_again(project: Path) -> None:
    assert "the embedded PostgreSQL" in _command("migrate")
    pid = _postmaster(project / ".orderstamp")
    os.kill(pid, 0)  # raises unless it outlives the process that started it
    _command("migrate")
    assert _postmaster(project / ".orderstamp") == pid
    (project / "below").mkdir()
    os.chdir(project / "below")
    assert embedded.home() == project / ".orderstamp", "found from a folder below, too"
    assert find_database().is_embedded
    assert _postmaster(project / ".orderstamp") == pid


def test_it_is_postgresql_18(project: Path) -> None:
    with psycopg.connect(embedded.ensure_database(embedded.start())) as conn:
        row = conn.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone()
    assert row == (18,)
    assert embedded.home() == project / ".orderstamp"


def test_stop_keeps_the_data_and_remove_does_not(project: Path) -> None:
    _command("migrate")
    assert _command("stop") == "the embedded server stopped\n"
    assert embedded.running() is None
    assert _command("stop") == "the embedded server was not running\n"
    assert "0 migrations applied" in _command("migrate")
    _command("stop", "--remove")
    assert not (project / ".orderstamp").exists()


def test_psql_opens_the_same_database(project: Path) -> None:
    _command("migrate")
    query = "SELECT version, current_database() FROM oms.installation"
    assert _command("psql", "--", "-XAtc", query).strip().endswith("|orderstamp")
    assert embedded.home() == project / ".orderstamp"


def test_psql_takes_database_url(project: Path) -> None:
    server = embedded.start()
    url = f"postgresql://postgres@/template1?host={server.socket_dir}"
    assert _command("psql", "--", "-XAtc", "SELECT current_database()", DATABASE_URL=url) == "template1\n"
    assert project.exists()


def test_a_path_too_long_for_a_socket_works(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = project / ("long" * 20) / ("name" * 20)
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    try:
        server = embedded.start()
        assert server.socket_dir != server.data
        with psycopg.connect(server.conninfo("postgres")) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
    finally:
        embedded.stop(remove=True)
    assert not server.socket_dir.exists()


def test_two_that_start_it_at_once_share_one(project: Path) -> None:
    script = "from orderstamp import embedded as e; print(e.ensure_database(e.start()))"
    starters = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    results = [(*process.communicate(timeout=120), process.returncode) for process in starters]
    assert [code for *_, code in results] == [0] * 4, results
    assert len({stdout for stdout, *_ in results}) == 1
    assert project.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
def test_root_s_folders_are_not_opened_to_everybody(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    private = project / "private"
    deep = private / ("long" * 20) / ("name" * 20)
    deep.mkdir(parents=True)
    private.chmod(0o700)
    monkeypatch.chdir(deep)
    try:
        server = embedded.start()
        assert private.stat().st_mode & 0o777 == 0o711, "passed through, but not listed"
        assert server.socket_dir != server.data
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
        embedded.stop()
        server = embedded.start()
        assert private.stat().st_mode & 0o777 == 0o711
        assert server.socket_dir.stat().st_mode & 0o777 == 0o700
    finally:
        embedded.stop(remove=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_a_plain_user_can_start_one_beside_root_s(project: Path) -> None:
    embedded.start()
    nobody = pwd.getpwnam("nobody")
    theirs = Path(tempfile.mkdtemp(prefix="om-", dir="/tmp"))
    os.chown(theirs, nobody.pw_uid, nobody.pw_gid)
    script = (
        "import os, sys, psycopg, psycopg.conninfo, tempfile; from orderstamp import embedded as e\n"
        # Becomes the other user only now: the interpreter itself may lie where that user can't read.
        "os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[1]))\n"
        "try:\n    print(psycopg.connect(e.start().conninfo('postgres')).execute('SELECT 1').fetchone())\n"
        "finally:\n    print(e.stop(remove=True))\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", script, str(nobody.pw_uid), str(nobody.pw_gid)],
            cwd=theirs,
            env={**os.environ, "HOME": str(theirs), "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.stdout == "(1,)\nTrue\n", done.stderr
    finally:
        shutil.rmtree(theirs, ignore_errors=True)
    assert project.exists()
