"""A prepared statement run with as little client as possible, so that the server is what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from time import perf_counter

from psycopg.pq import ExecStatus

from .sampling import Block
from .server import Conn

_GOOD = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)
_numbers = count(1)


class Prepared:
    """`Prepared(conn, "SELECT …$1…")(b"1")` executes it; anything but success, and no row or not one row, raises."""

    def __init__(self, conn: Conn, statement: str) -> None:
        self._pgconn = conn.pgconn
        self._name = f"bench_{next(_numbers)}".encode()
        result = self._pgconn.prepare(self._name, statement.encode())
        if result.status not in _GOOD:
            raise RuntimeError(result.error_message.decode())

    def __call__(self, *params: bytes) -> None:
        result = self._pgconn.exec_prepared(self._name, params)
        if result.status not in _GOOD:
            raise RuntimeError(result.error_message.decode())
        if (result.ntuples or result.command_tuples) != 1:
            raise RuntimeError(f"{self._name!r} touched no row")


def each(change: Callable[[bytes], object], ids: Iterator[int], times: int) -> Block:
    """A block that makes one change after the other, each of the next order, each in its own transaction."""

    def block() -> float:
        chosen = [str(next(ids)).encode() for _ in range(times)]
        start = perf_counter()
        for order_id in chosen:
            change(order_id)
        return (perf_counter() - start) * 1e6 / times

    return block
