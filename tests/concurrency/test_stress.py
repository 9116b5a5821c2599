"""Many sessions, few symbols, two accounts, one statement per transaction: nobody is refused for the others' sake."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from .conftest import gaps, one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

SESSIONS = 12
STATEMENTS = 200
SYMBOLS = ("TCS", "INFY")
ACCOUNTS = ("default", "second")

# Statements with parameters o(rder), c(ount), s(ymbol), a(ccount); calls name the account, whatever the session's is.
CALLS = (
    "SELECT order_id FROM oms.mark_executed(%(o)s, 100 + %(c)s, account => %(a)s)",
    "SELECT order_id FROM oms.mark_executed(%(o)s, 100, 1, account => %(a)s)",
    "SELECT order_id FROM oms.mark_cancelled(%(o)s, account => %(a)s)",
    "SELECT order_id FROM oms.mark_rejected(%(o)s, 'no margin', account => %(a)s)",
    "SELECT order_id FROM oms.mark_failed(%(o)s, 'timeout', account => %(a)s)",
    "SELECT order_id FROM oms.retry_order(%(o)s, account => %(a)s)",
    "SELECT order_id FROM oms.modify_order(%(o)s, limit_price => %(c)s, account => %(a)s)",
    "SELECT order_id FROM oms.record_status_check(%(o)s, account => %(a)s)",
    "SELECT oms.record_status_checks(ARRAY[%(o)s]::bigint[], account => %(a)s)",
    "SELECT order_id FROM oms.close_position(%(s)s, 100, account => %(a)s)",
    "SELECT symbol FROM oms.adjust_position(%(s)s, %(c)s, 100, account => %(a)s)",
)
# Raw SQL may name the account where the statement inserts; an update finds the orders of the session's account.
RAW = (
    "INSERT INTO oms.fills (order_id, account, quantity, price) VALUES (%(o)s, %(a)s, 1, 100)",
    "INSERT INTO oms.fills (symbol, account, kind, side, quantity) VALUES (%(s)s, %(a)s, 'adjust', 'buy', %(c)s)",
)
RAW_OWN = (
    "UPDATE oms.orders SET execution_qty = execution_qty + 1, execution_price = 100 WHERE order_id = %(o)s",
    "UPDATE oms.orders SET execution_qty = quantity, execution_price = 101 WHERE order_id = %(o)s",
    "UPDATE oms.orders SET status = 'cancelled' WHERE order_id = %(o)s",
    "UPDATE oms.orders SET status = 'failed', reason = 'timeout' WHERE order_id = %(o)s",
    "UPDATE oms.orders SET hold = 'suspended', last_status_check = now() WHERE order_id = %(o)s",
    "UPDATE oms.orders SET quantity = quantity + 1 WHERE order_id = %(o)s",
)


class _Caller:
    """One session, and what became of its statements."""

    def __init__(self, conn: Conn, account: str, ids: dict[str, list[int]], seed: int) -> None:
        self.conn, self.account, self.ids = conn, account, ids
        self.random = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        rows(conn, f"SET oms.account = '{account}'")

    def run(self) -> Counter[str]:
        for _ in range(STATEMENTS):
            query, params = self._choose()
            try:
                self.conn.execute(query.encode(), params)
            except psycopg.Error as error:
                self.outcomes[error.sqlstate or "?"] += 1
            else:
                self.outcomes["done"] += 1
        return self.outcomes

    def _choose(self) -> tuple[str, dict[str, Any]]:
        own = self.random.random() < 0.4
        query = self.random.choice(RAW_OWN if own else CALLS * 2 + RAW)
        account = self.account if own else self.random.choice(ACCOUNTS)
        return query, {
            "o": self.random.choice(self.ids[account]),
            "c": self.random.randint(1, 9),
            "s": self.random.choice(SYMBOLS),
            "a": account,
        }


@pytest.mark.parametrize("seed", [1, 2])
def test_no_statement_meets_a_deadlock(connect: Connect, owner: Conn, trader: Conn, seed: int) -> None:
    rows(owner, "INSERT INTO oms.account_members VALUES ('oms_trader', 'second')")
    place = "SELECT order_id FROM oms.place_order(%s, %s, 20, account => %s)"
    ids = {
        account: [
            int(one(trader, place, SYMBOLS[number % 2], "buy" if number % 3 else "sell", account)["order_id"])
            for number in range(30)
        ]
        for account in ACCOUNTS
    }
    callers = [_Caller(connect(), ACCOUNTS[number % 2], ids, seed * 1000 + number) for number in range(SESSIONS)]
    with ThreadPoolExecutor(max_workers=SESSIONS) as pool:
        outcomes = sum(pool.map(_Caller.run, callers), Counter[str]())
    assert outcomes["40P01"] == 0, outcomes
    # What is refused is refused for the order's own sake: no such move, an overfill, nothing held.
    assert set(outcomes) <= {"done", "OM002", "OM006", "OM007", "OM010", "OM011"}, outcomes
    assert outcomes["done"] > SESSIONS * STATEMENTS / 4, outcomes
    assert gaps(owner) == []
