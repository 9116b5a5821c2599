"""Two statements in two sessions: the second is seen waiting for the first, then the first commits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import psycopg
from psycopg import Connection

from support.waiting import until

Conn = Connection[Any]
Result = list[dict[str, Any]] | str


class Meeting:
    """Opens two sessions for each pair of statements; `run` starts one in a thread, `watcher` sees it wait."""

    def __init__(
        self, connect: Callable[..., Conn], run: Callable[..., Future[list[dict[str, Any]]]], watcher: Conn
    ) -> None:
        self.connect = connect
        self.run = run
        self.watcher = watcher

    def __call__(self, first: str, second: str, *params: Any, commit: bool = True, waits: bool = True) -> Result:
        """The rows of the second, or the code of its refusal."""
        ahead, behind = self.connect(autocommit=False), self.connect()
        ahead.execute(first.encode(), params[:1] or None)
        future = self.run(behind, second, *params[1:])
        until(lambda: future.done() or self._is_blocked(behind.info.backend_pid), "a wait, or the end")
        assert not (waits and future.done()), "it waits"
        ahead.commit() if commit else ahead.rollback()
        try:
            return future.result(10)
        except psycopg.Error as error:
            return str(error.sqlstate)

    def _is_blocked(self, pid: int) -> bool:
        found = self.watcher.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid]).fetchone()
        return bool(found and found[0])
