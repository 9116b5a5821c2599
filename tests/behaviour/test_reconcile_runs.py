"""Runs as a whole: what is refused, what a rehearsal leaves, what is kept of a run, who may run, and manual orders."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from support.fold_orders import held, place
from support.fold_tables import Conn, events, gaps, order, refused, rows, value
from support.reconcile_books import accepted, both, part_filled, said, sent, traded
from support.reconcile_calls import digest, everything, names, now, reconcile, rehearsed, repeated

NOW = "now"

NO_BOOKS: list[Any] = [
    None, "no session", 5, True, {}, {"status": "error", "message": "Incorrect `api_key`", "data": None},
    {"stat": "Not_Ok", "stCode": 5203, "errMsg": "No Data"}, {"data": "none"}, {"orders": None}, {"message": [1]},
]  # fmt: skip


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("book", NO_BOOKS)
def test_what_is_no_book_is_refused(trader: Conn, book: Any, dry_run: bool) -> None:
    """Above all an error message: every order would be missing."""
    accepted(trader)
    before = everything(trader)
    with refused(trader, "OM007", argument="snapshot") as refusal:
        reconcile(trader, json.dumps(book), NOW, dry_run=dry_run)
    assert "[] if the broker says there are none" in refusal.hint
    assert everything(trader) == before


def test_a_null_book_is_refused(trader: Conn) -> None:
    with refused(trader, "OM007", argument="snapshot"):
        trader.execute("SELECT oms.reconcile(NULL, now(), 'kite')")


@pytest.mark.parametrize("at", ["NULL", "'infinity'", "'-infinity'", "now() + interval '2 minutes'"])
def test_a_time_that_has_not_come_is_refused(trader: Conn, at: str) -> None:
    accepted(trader)
    before = everything(trader)
    with refused(trader, "OM007", argument="observed_at"):
        trader.execute(f"SELECT oms.reconcile('[]', {at}, 'kite')".encode())
    assert everything(trader) == before


def test_an_unknown_profile_is_refused_with_those_there_are(trader: Conn) -> None:
    with refused(trader, "OM007", argument="profile", value="zerodha") as refusal:
        reconcile(trader, [], NOW, "zerodha")
    assert refusal.hint.startswith("profiles: alpaca, ccxt, kite, kotak_neo;")
    with refused(trader, "OM007", argument="profile", value="none"):
        reconcile(trader, [], NOW, profile="none")


@pytest.mark.parametrize("broker", ["", " "])
def test_a_book_is_somebodys(trader: Conn, broker: str) -> None:
    with refused(trader, "OM007", argument="broker"):
        reconcile(trader, [], NOW, broker, profile="kite")


def test_manual_orders_need_a_book(trader: Conn) -> None:
    with refused(trader, "OM007", argument="book"):
        trader.execute("SELECT oms.reconcile('[]', now(), 'kite', book => NULL)")


def test_a_broker_reads_by_the_profile_it_names(trader: Conn) -> None:
    """Two accounts at brokers of one form: the orders carry the broker's name, the form only translates."""
    (made,) = rehearsed(trader, [said()], now(trader), "zerodha", profile="kite")
    assert order(trader, made["order_id"])["broker"] == "zerodha"
    assert rows(trader, "SELECT DISTINCT broker, profile FROM oms.reconciliations") == [
        {"broker": "zerodha", "profile": "kite"}
    ]


# -- rehearsals ------------------------------------------------------------------------------------------------------

DAY = both(
    [said(filled=4), said("B2", "CANCELLED"), said("B3"), said("B4", "COMPLETE", 10), said("B5", "ODD"), {"x": 1}],
    [traded("T1", 4), traded("U1", 1, order_id="B9")],
)


def _written(conn: Conn) -> list[dict[str, Any]]:
    """What PostgreSQL counted of each table, and where its sequences stand."""
    conn.execute("SELECT pg_stat_force_next_flush()")
    query = """
        SELECT relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS written FROM pg_stat_user_tables
         WHERE schemaname = 'oms'
        UNION ALL
        SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = 'oms'
         ORDER BY 1"""
    return rows(conn, query)


def test_a_dry_run_writes_nothing_at_all(trader: Conn, owner: Conn) -> None:
    accepted(trader)
    sent(trader, client_order_id="c2", broker_order_id="B2")
    before, counts = everything(trader), _written(owner)
    with trader.transaction():
        plan = reconcile(trader, DAY, now(trader), dry_run=True)
        assert value(trader, "SELECT pg_current_xact_id_if_assigned() IS NULL"), "not even a transaction id"
        locks = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'"
        assert value(trader, locks) == 0
    assert {"executed", "cancelled", "manual", "discrepancy"} <= set(names(plan))
    assert everything(trader) == before
    assert _written(owner) == counts
    # Also where nothing may be written.
    trader.execute("SET default_transaction_read_only = on")
    assert names(reconcile(trader, DAY, now(trader), dry_run=True)) == names(plan)


def test_a_dry_run_plans_what_the_run_does(trader: Conn) -> None:
    accepted(trader)
    cancelled_id = sent(trader, client_order_id="c2", broker_order_id="B2")
    done = rehearsed(trader, DAY, now(trader))
    assert [(row["decision"], row["broker_order_id"]) for row in done if row["order_id"] in (1, cancelled_id)] == [
        ("executed", "B1"), ("cancelled", "B2"),
    ]  # fmt: skip


# -- what is kept ----------------------------------------------------------------------------------------------------


def test_runs_and_decisions_are_kept(trader: Conn) -> None:
    order_id = accepted(trader)
    books: list[Any] = [[said(filled=4)], [said(filled=4)], [said(filled=5)], [said(filled=4)]]
    for number, book in enumerate(books):
        with trader.transaction():
            trader.execute("SELECT oms.set_context(correlation_id => %s)", [f"job-{number}"])
            reconcile(trader, book, now(trader), actor="sync")
    runs = rows(trader, "SELECT * FROM oms.reconciliations ORDER BY reconciliation_id")
    assert [run["snapshot"] is not None for run in runs] == [True, False, True, False]
    assert [run["digest"] for run in runs] == [digest(trader, book) for book in books]
    assert [run["correlation_id"] for run in runs] == [f"job-{number}" for number in range(4)]
    assert {(run["actor"], run["db_user"], run["broker"], run["profile"], run["complete"]) for run in runs} == {
        ("sync", "trader", "kite", "kite", True)
    }
    kept = rows(trader, "SELECT * FROM oms.reconciliation_decisions ORDER BY reconciliation_id")
    assert names(kept) == ["executed", "executed", "discrepancy"]
    assert [run["matched"] for run in runs] == [[], [order_id], [], []]
    assert {decision["order_id"] for decision in kept} == {order_id}
    assert {event["actor"] for event in events(trader, order_id)[2:]} == {"sync"}


def test_context_of_the_caller_is_as_it_was(trader: Conn) -> None:
    accepted(trader)
    settings = "SELECT current_setting('oms.actor', true), current_setting('oms.correlation_id', true)"
    with trader.transaction():
        trader.execute("SELECT oms.set_context(actor => 'asha', correlation_id => 'mine')")
        reconcile(trader, [said(filled=4)], now(trader), actor="sync")
        assert trader.execute(settings).fetchone() == ("asha", "mine")


@pytest.mark.parametrize("table", ["oms.reconciliations", "oms.reconciliation_decisions"])
@pytest.mark.parametrize("how", ["UPDATE {} SET broker_order_id = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_what_is_kept_stays(trader: Conn, owner: Conn, table: str, how: str) -> None:
    accepted(trader)
    reconcile(trader, [said(filled=4)], now(trader))
    write = how.format(table).replace("broker_order_id", "account")
    for conn in (trader, owner):
        with pytest.raises(psycopg.Error) as error, conn.transaction():
            conn.execute(write.encode())
        assert error.value.sqlstate == ("42501" if conn is trader else "OM004")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        trader.execute(f"INSERT INTO {table} (account) VALUES ('default')".encode())


def test_readers_may_read_and_not_run(connect: Any, trader: Conn) -> None:
    reconcile(trader, [said()], now(trader))
    reader = connect("reader")
    assert len(rows(reader, "SELECT * FROM oms.reconciliation_decisions")) == 1
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reconcile(reader, [said()], now(trader))


# -- manual orders ---------------------------------------------------------------------------------------------------


def test_a_foreign_order_is_a_row_of_its_own(trader: Conn) -> None:
    """Nobody's until somebody says so, in a book of its own: our position is what it was."""
    own = part_filled(trader)
    before = order(trader, own)
    sell = said("M1", "COMPLETE", 10, transaction_type="SELL", tag="by hand", average_price=101)
    done = rehearsed(trader, [said(filled=4), sell], now(trader))
    assert names(done) == ["matched", "manual", "executed"]
    manual = order(trader, done[1]["order_id"])
    assert (manual["entry_type"], manual["strategy_id"], manual["book"]) == ("manual", None, "manual")
    assert (manual["status"], manual["execution_qty"], manual["broker_order_id"]) == ("ongoing", 10, "M1")
    assert manual["manual_detected_at"] is not None
    assert manual["client_order_id"] is None, "a tag is no id of ours"
    assert [event["event_type"] for event in events(trader, manual["order_id"])] == ["manual_detected", "executed"]
    assert {**order(trader, own), "last_status_check": None} == {**before, "last_status_check": None}
    assert [held(trader), held(trader, book="manual")] == [4, -10]

    claim = "SELECT (oms.claim_manual_order(%s, 'momentum', 'a hedge', actor => 'asha')).strategy_id"
    assert value(trader, claim, [manual["order_id"]]) == "momentum"
    (handled,) = rows(trader, "SELECT handling, strategy_id, decided_by, decision FROM oms.manual_orders")
    assert handled == {
        "handling": "claimed", "strategy_id": "momentum", "decided_by": "asha", "decision": "a hedge"
    }  # fmt: skip
    assert names(rehearsed(trader, [said(filled=4), sell], now(trader))) == ["matched", "matched"]
    assert order(trader, manual["order_id"])["strategy_id"] == "momentum"


def test_manual_orders_go_into_the_book_that_is_named(trader: Conn) -> None:
    (made,) = reconcile(trader, [said()], now(trader), book="desk")
    assert order(trader, made["order_id"])["book"] == "desk"


def test_a_manual_order_follows_the_broker(trader: Conn) -> None:
    (made,) = rehearsed(trader, [said()], now(trader))
    for book, decisions in (([said(price=99)], ["modified"]), ([said("B1", "CANCELLED", price=99)], ["cancelled"])):
        assert names(rehearsed(trader, book, now(trader))) == decisions
    assert order(trader, made["order_id"])["status"] == "cancelled"


# -- a broker of one's own -------------------------------------------------------------------------------------------

PROFILE = {
    "broker_order_id": "ref", "client_order_id": "my.ref", "symbol": "what.name", "side": "dir", "quantity": "size",
    "status": "state", "filled_quantity": "done", "average_price": "px", "limit_price": ["limit"],
    "occurred_at": ["changed", "made"],
}  # fmt: skip


def test_a_broker_is_rows_in_two_tables(trader: Conn, owner: Conn) -> None:
    owner.execute(
        """INSERT INTO oms.broker_profiles (broker, time_zone, missing, order_fields, trade_fields, words)
           VALUES ('mine', 'America/New_York', '{"","n/a"}', %s,
             '{"exec_id": "no", "broker_order_id": "ref", "quantity": "size", "price": "px"}',
             '{"side": {"long": "buy"}}')""",
        [json.dumps(PROFILE)],
    )
    owner.execute("INSERT INTO oms.broker_statuses VALUES ('mine', 'working', 'New'), ('mine', 'done', 'Closed')")
    order_id = place(trader, client_order_id="c1", broker="mine", broker_order_id="7")
    entry = {"ref": 7, "my": {"ref": "c1"}, "what": {"name": "INFY"}, "dir": "Long", "size": "10", "limit": "n/a",
             "state": " Working ", "done": "4", "px": "100", "changed": "n/a", "made": "2026-07-01 09:30"}  # fmt: skip
    (done,) = rehearsed(
        trader, {"orders": [entry], "trades": [{"no": "T1", "ref": 7, "size": 4, "px": 100}]}, NOW, "mine"
    )
    assert (done["decision"], done["order_id"]) == ("executed", order_id)
    at = "SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM oms.fills"
    assert value(trader, at) == "2026-07-01 13:30"
    (ended,) = rehearsed(trader, [entry | {"state": "done"}], now(trader), "mine")
    assert (ended["decision"], order(trader, order_id)["cancelled_qty"]) == ("cancelled", 6)
    odd = rehearsed(trader, [entry | {"ref": 8, "state": "parked"}], now(trader), "mine")
    assert names(odd) == ["manual", "executed", "discrepancy"]
    assert gaps(trader) == []


# -- ids that start anew ---------------------------------------------------------------------------------------------


def _neo(day: str, status: str = "open", **fields: Any) -> dict[str, Any]:
    return {
        "nOrdNo": "250000000000001", "trdSym": "INFY-EQ", "trnsTp": "B", "prcTp": "MKT", "qty": 10, "fldQty": 0,
        "avgPrc": "0.00", "ordSt": status, "ordDtTm": f"{day} 09:30:00", **fields,
    }  # fmt: skip


def test_a_number_that_starts_anew_every_day(trader: Conn) -> None:
    """The same number on another day is another order."""
    at = now(trader) - timedelta(days=300)
    first, second = ((at + timedelta(days=d)).strftime("%d-%b-%Y") for d in (0, 1))
    (made, _) = rehearsed(trader, [_neo(first, "complete", fldQty=10, avgPrc="100.00")], NOW, "kotak_neo")
    other = rehearsed(trader, [_neo(second, "rejected")], NOW, "kotak_neo", complete=False)
    assert other
    both_days = [_neo(first, "complete", fldQty=10, avgPrc="100.00"), _neo(second, "rejected")]
    repeated(trader, both_days, NOW, "kotak_neo", complete=False)
    assert order(trader, made["order_id"])["execution_qty"] == 10


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_a_run_undone_and_one_whose_answer_got_lost_book_once(trader: Conn, level: str) -> None:
    """A savepoint takes a run back whole; repeating one that was committed books nothing."""
    order_id = accepted(trader)
    book = [said(filled=4)]
    at = now(trader)
    trader.execute(f"BEGIN ISOLATION LEVEL {level}".encode())
    trader.execute("SAVEPOINT before")
    first = names(reconcile(trader, book, at))
    trader.execute("ROLLBACK TO before")
    assert value(trader, "SELECT count(*) FROM oms.reconciliations") == 0
    assert names(reconcile(trader, book, at)) == first == ["executed"]
    trader.execute("COMMIT")
    before = events(trader, order_id)
    assert "executed" not in names(reconcile(trader, book, at))
    assert events(trader, order_id) == before
    assert order(trader, order_id)["execution_qty"] == 4
    assert gaps(trader) == []
