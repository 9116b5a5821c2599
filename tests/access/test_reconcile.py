"""A desk reconciles its own account: the other one's orders, runs and very existence stay out of it."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from support.reconcile_books import said

from .conftest import Row, one, rows

Conn = Connection[Any]
Desks = tuple[Conn, Conn]

RECONCILE = "SELECT * FROM oms.reconcile(%s, oms.clock(), 'kite')"
TABLES = ("orders", "fills", "order_events", "positions", "execution_reports", "reconciliations",
          "reconciliation_decisions")  # fmt: skip


def _all(conn: Conn) -> dict[str, list[Row]]:
    return {table: rows(conn, f"SELECT * FROM oms.{table} ORDER BY 1, 2, 3") for table in TABLES}


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("book", [[], [said(filled=4)], {"message": "no session"}])
def test_another_account_is_refused(desks: Desks, book: Any, dry_run: bool) -> None:
    """Before anything of the book is told, and like an account that doesn't exist."""
    desk_a, desk_b = desks
    before = _all(desk_b)
    details = []
    for account in ("b", "nobody's"):
        query = f"SELECT oms.reconcile(%s, now(), 'kite', account => %s, dry_run => {dry_run})"
        with pytest.raises(psycopg.Error) as error:
            rows(desk_a, query, json.dumps(book), account)
        assert error.value.sqlstate == "OM009"
        details.append((error.value.diag.message_detail or "").replace(account, "?"))
    assert details[0] == details[1]
    assert _all(desk_b) == before


def test_the_same_ids_in_two_accounts_are_two_orders(desks: Desks) -> None:
    desk_a, desk_b = desks
    query = "SELECT order_id FROM oms.place_order('SBIN', 'buy', 10, broker => 'kite', broker_order_id => 'B1')"
    order_b = one(desk_b, query)["order_id"]
    before = _all(desk_b)
    book = json.dumps([said(filled=4, tradingsymbol="SBIN")])
    made = rows(desk_a, RECONCILE, book)
    mine = [row for row in made if row["broker_order_id"] == "B1"]
    assert [row["decision"] for row in mine] == ["manual", "executed"]
    assert {row["account"] for row in made} == {"a"}
    assert order_b not in {row["order_id"] for row in made}
    assert _all(desk_b) == before, "neither executed, nor missing"
    (done,) = [row for row in rows(desk_b, RECONCILE, book) if row["broker_order_id"] == "B1"]
    assert (done["decision"], done["order_id"]) == ("executed", order_b)


def test_runs_of_another_account_are_not_there(desks: Desks) -> None:
    """Nor does a book that the other one gave before go unkept here."""
    desk_a, desk_b = desks
    book = json.dumps([said("B7")])
    for conn in (desk_b, desk_a):
        rows(conn, RECONCILE, book)
    for conn, account in ((desk_a, "a"), (desk_b, "b")):
        for table in ("reconciliations", "reconciliation_decisions"):
            assert {row["account"] for row in rows(conn, f"SELECT account FROM oms.{table}")} == {account}
        kept = one(conn, "SELECT snapshot FROM oms.reconciliations ORDER BY reconciliation_id DESC LIMIT 1")
        assert kept["snapshot"] == json.loads(book)
