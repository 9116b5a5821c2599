"""Plans made while the tables were empty must do when they are not: a pooled session keeps them for days."""

from __future__ import annotations

import json
from typing import Any

from psycopg import Connection

from support.fold_tables import rows, value

Conn = Connection[Any]
MANY = 1_500


def _report(conn: Conn, **fields: Any) -> None:
    conn.execute("SELECT oms.apply_execution_report(%s)", [json.dumps(fields)])


def _life(conn: Conn, number: int) -> None:
    """One order through every call that looks requests, reports or fills up."""
    first, second, third = (f"{name}{number}" for name in ("a", "b", "c"))
    place = "SELECT order_id FROM oms.place_order(%s, 'buy', 10, client_order_id => %s, time_in_force => 'gtc')"
    order_id = value(conn, place, [f"S{number}", first])
    _report(conn, ClOrdID=first, OrderID=f"B{number}", ExecType="New", ExecID="1", TransactTime="20260105-09:00:00")
    conn.execute("SELECT oms.request_replace(%s, %s, 20)", [first, second])
    _report(conn, ClOrdID=second, OrigClOrdID=first, ExecType="E", ExecID="2", TransactTime="20260105-09:01:00")
    _report(conn, ClOrdID=second, OrigClOrdID=first, ExecType="5", ExecID="3", OrderQty=20)
    _report(conn, ClOrdID=first, ExecType="F", ExecID="4", LastQty=4, LastPx=5, TransactTime="20260105-09:02:00")
    _report(conn, ClOrdID=second, ExecType="G", ExecID="5", ExecRefID="4", LastQty=3, LastPx=5)
    conn.execute("SELECT oms.mark_executed(%s, 5, 2, 'E7')", [order_id])
    conn.execute("SELECT oms.correct_fill(%s, 'E7', 1)", [order_id])
    conn.execute("SELECT oms.mark_executed(%s, 5, 1, 'E8')", [order_id])
    conn.execute("SELECT oms.bust_fill(%s, 'E8')", [order_id])
    conn.execute("SELECT oms.hold_order(%s, 'suspended')", [order_id])
    conn.execute("SELECT oms.resume_order(%s)", [order_id])
    conn.execute("SELECT oms.accept_order(%s)", [order_id])
    seen = value(conn, "SELECT version FROM oms.get_order(%s)", [order_id])
    conn.execute("SELECT oms.modify_order(%s, limit_price => 6, expected_version => %s)", [order_id, seen])
    conn.execute("SELECT oms.record_status_check(%s)", [order_id])
    conn.execute("SELECT oms.restate_order(%s, 30)", [order_id])
    conn.execute("SELECT oms.fix_fields(%s)", [order_id])
    conn.execute("SELECT oms.request_cancel(%s, %s)", [second, third])
    conn.execute("SELECT oms.find_order(%s)", [first])
    _report(conn, OrderID=f"B{number}", ExecType="I", CumQty=99)
    _report(conn, ClOrdID=third, OrigClOrdID=second, ExecType="4", ExecID="8", TransactTime="20260105-09:03:00")
    other = value(conn, place, [f"S{number}", f"d{number}"])
    conn.execute("SELECT oms.record_attempt(%s, 'timed out', expected_version => 1)", [other])
    manual = value(conn, "SELECT order_id FROM oms.record_manual_order(%s, 'M', 'buy', 1)", [f"hand{number}"])
    conn.execute("SELECT oms.dismiss_manual_order(%s, 'not ours', actor => 'ana')", [manual])
    conn.execute("SELECT oms.claim_manual_order(%s, 's', 'ours', actor => 'ana')", [manual])
    before_open = "SELECT order_id FROM oms.place_order('AMO', 'buy', 5, variety => 'amo', client_order_id => %s)"
    amo = value(conn, before_open, [f"amo{number}"])
    conn.execute(
        "SELECT oms.adjust_quantities(%s)",
        [json.dumps([{"client_order_id": f"amo{number}", "quantity": 6}])],
    )
    conn.execute("SELECT oms.adjust_quantities(%s)", [json.dumps([{"order_id": amo, "quantity": 7}])])
    conn.execute("SELECT oms.place_order('AGAIN', 'buy', 1, entry_type => 'reentry')")
    conn.execute("SELECT oms.cancel_pending_reentries('AGAIN')")
    for call in ("mark_failed(%s, 'no')", "retry_order(%s)", "mark_rejected(%s, 'no')", "retry_order(%s)"):
        conn.execute(f"SELECT oms.{call}".encode(), [other])
    for call in ("adjust_quantity(%s, 11)", "mark_cancelled(%s)", "expire_order(%s)"):
        conn.execute(f"SELECT oms.{call}".encode(), [other])
    failed = value(conn, place, [f"S{number}", f"f{number}"])
    conn.execute("SELECT oms.mark_rejected(%s, 'Exchange closed')", [failed])
    conn.execute("SELECT oms.claim_retries('w')")
    conn.execute("SELECT oms.expire_orders()")
    conn.execute("SELECT oms.match_reject_rule('no', 'kite')")


def test_no_call_reads_a_whole_table(owner: Conn, trader: Conn) -> None:
    owner.execute("VACUUM ANALYZE")
    # More than five, so that generic plans are made and kept.
    for number in range(8):
        _life(trader, number)
    owner.execute(
        "INSERT INTO oms.orders (symbol, side, quantity, client_order_id, broker_order_id)"
        " SELECT 'M' || i, 'buy', 10, 'm' || i, 'mb' || i FROM generate_series(1, %s) AS i",
        [MANY],
    )
    owner.execute(
        "SELECT count(oms.request_replace(client_order_id, 'r' || client_order_id, 5)) FROM oms.orders"
        " WHERE client_order_id IS NOT NULL"
    )
    owner.execute("INSERT INTO oms.fills (order_id, quantity, price) SELECT order_id, 1, 5 FROM oms.orders")
    with trader.transaction():
        _life(trader, 9)
        read = rows(
            trader,
            "SELECT relname, seq_scan, seq_tup_read FROM pg_stat_xact_user_tables"
            " WHERE schemaname = 'oms' AND seq_tup_read >= 500 * seq_scan AND seq_scan > 0 ORDER BY relname",
        )
    assert read == []


def test_a_claim_reads_what_failed_and_not_the_account(owner: Conn, trader: Conn) -> None:
    """Among 100,000 orders; also with the statistics of a day when there were few."""
    owner.execute(
        "INSERT INTO oms.orders (symbol, side, quantity, status) SELECT 'M', 'buy', 10,"
        " CASE WHEN i % 5000 = 0 THEN 'failed' ELSE 'pending' END FROM generate_series(1, 100000) AS i"
    )
    owner.execute("UPDATE oms.retry_policies SET first_delay = '0'")
    for analysed in (False, True):
        if analysed:
            owner.execute("ANALYZE")
        for call in ("claim_retries('w')", "expire_orders()"):
            with trader.transaction():
                trader.execute(f"SELECT oms.{call}".encode())
                read = rows(
                    trader,
                    "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables"
                    " WHERE relid = 'oms.orders'::regclass",
                )
            assert read[0]["seq_tup_read"] == 0
            assert 20 <= read[0]["idx_tup_fetch"] < 200, call
