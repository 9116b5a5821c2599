"""What is refused, by call and by raw SQL: with its code, a hint, a JSON detail, and nothing written."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from support.fold_orders import place, reach
from support.fold_tables import Conn, gaps, refused, snapshot

NUMBERS = ("0", "-1", "'NaN'", "'Infinity'", "'-Infinity'")

# Every call that changes one order, with what else it needs.
CALLS = {
    "record_status_check": "",
    "mark_executed": ", 100, 1",
    "mark_rejected": ", 'no margin'",
    "mark_cancelled": "",
    "mark_failed": ", 'no network'",
    "retry_order": "",
    "expire_order": "",
    "accept_order": ", 'B-1'",
    "modify_order": ", 5",
    "adjust_quantity": ", 5",
}


@pytest.fixture
def ids(trader: Conn) -> dict[str, int]:
    """One order in each state that the refusals below need."""
    states = {
        "pending": "pending",
        "working": "working, part filled",
        "held": "filled, held",
        "closed": "closed by its exit",
        "failed": "failed",
        "cancelled": "cancelled",
    }
    found = {name: reach(trader, state, name.upper()) for name, state in states.items()}
    found["limit"] = place(
        trader, "LIMIT", order_type="limit", limit_price=100, client_order_id="c1", broker_order_id="b1"
    )
    trader.execute("SELECT oms.mark_executed(%s, 100, 4, 'e1')", [found["limit"]])
    return found


def refuses(conn: Conn, sqlstate: str, query: str, **detail: Any) -> None:
    """This statement is refused so."""
    try:
        with refused(conn, sqlstate, **detail):
            conn.execute(query.encode())
    except AssertionError as error:
        error.add_note(query)
        raise


def test_unknown_orders(trader: Conn) -> None:
    for name, rest in CALLS.items():
        refuses(trader, "OM001", f"SELECT oms.{name}(999{rest})", order_id=999, account="default")
    refuses(trader, "OM001", "SELECT oms.record_manual_order('b9', 'A', 'buy', 1, order_id => 999)", order_id=999)
    refuses(trader, "OM001", "SELECT oms.record_status_checks(ARRAY[998, 999])", order_ids=[998, 999])
    refuses(trader, "OM001", "SELECT oms.get_order(999)", order_id=999)
    refuses(trader, "OM001", "SELECT * FROM oms.timeline(999)", order_id=999)
    refuses(trader, "OM001", "SELECT oms.order_as_of(999, now())", order_id=999)
    refuses(trader, "OM001", "INSERT INTO oms.fills (order_id, quantity, price) VALUES (999, 1, 1)", order_id=999)


def test_wrong_account(owner: Conn, trader: Conn) -> None:
    theirs = place(owner, account="theirs")
    for name, rest in CALLS.items():
        refuses(trader, "OM009", f"SELECT oms.{name}({theirs}{rest}, account => 'theirs')", account="theirs")
        refuses(trader, "OM001", f"SELECT oms.{name}({theirs}{rest})", order_id=theirs, account="default")
    for query in (
        "SELECT oms.place_order('A', 'buy', 1, account => 'theirs')",
        "SELECT oms.record_manual_order('b', 'A', 'buy', 1, account => 'theirs')",
        f"SELECT oms.record_status_checks(ARRAY[{theirs}], 'theirs')",
        "SELECT oms.adjust_position('A', 1, account => 'theirs')",
        f"SELECT oms.get_order({theirs}, 'theirs')",
        "INSERT INTO oms.orders (account, symbol, side, quantity) VALUES ('theirs', 'A', 'buy', 1)",
        "INSERT INTO oms.fills (account, symbol, side, kind, quantity) VALUES ('theirs', 'A', 'buy', 'adjust', 1)",
        f"INSERT INTO oms.fills (account, order_id, quantity, price) VALUES ('theirs', {theirs}, 1, 1)",
        "SELECT * FROM oms.close_position('INFY', account => 'theirs')",
    ):
        refuses(trader, "OM009", query, account="theirs")
    before = snapshot(owner)
    assert trader.execute("UPDATE oms.orders SET status = 'cancelled' WHERE account = 'theirs'").rowcount == 0
    with trader.transaction():
        trader.execute("SET LOCAL oms.account = 'theirs'")
        refuses(trader, "OM009", "INSERT INTO oms.orders (symbol, side, quantity) VALUES ('A', 'buy', 1)")
        refuses(trader, "OM009", "SELECT oms.place_order('A', 'buy', 1)", account="theirs")
    assert snapshot(owner) == before


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers(trader: Conn, ids: dict[str, int], number: str) -> None:
    pending, working = ids["pending"], ids["working"]
    for argument, query in (
        ("quantity", f"SELECT oms.place_order('A', 'buy', {number})"),
        ("cash_quantity", f"SELECT oms.place_order('A', 'buy', NULL, cash_quantity => {number})"),
        ("limit_price", f"SELECT oms.place_order('A', 'buy', 1, 'limit', {number})"),
        ("stop_price", f"SELECT oms.place_order('A', 'buy', 1, 'stop', stop_price => {number})"),
        ("quantity", f"SELECT oms.adjust_quantity({pending}, {number})"),
        ("quantity", f"SELECT oms.modify_order({pending}, quantity => {number})"),
        ("limit_price", f"SELECT oms.modify_order({pending}, limit_price => {number})"),
        ("stop_price", f"SELECT oms.modify_order({pending}, stop_price => {number})"),
        ("quantity", f"SELECT oms.mark_executed({pending}, 100, {number})"),
        ("price", f"SELECT oms.mark_executed({pending}, {number}, 1)"),
        ("quantity", f"SELECT oms.record_manual_order('m', 'A', 'buy', {number})"),
        ("limit_price", f"SELECT oms.record_manual_order('m', 'A', 'buy', 1, {number})"),
        ("price", f"SELECT oms.adjust_position('A', 5, {number})"),
        ("price", f"SELECT * FROM oms.close_position('HELD', {number})"),
        ("quantity", f"INSERT INTO oms.orders (symbol, side, quantity) VALUES ('A', 'buy', {number})"),
        ("quantity", f"UPDATE oms.orders SET quantity = {number} WHERE order_id = {pending}"),
        ("limit_price", f"UPDATE oms.orders SET limit_price = {number} WHERE order_id = {pending}"),
        ("quantity", f"INSERT INTO oms.fills (order_id, quantity, price) VALUES ({pending}, {number}, 1)"),
        ("price", f"INSERT INTO oms.fills (order_id, quantity, price) VALUES ({pending}, 1, {number})"),
        (
            "quantity",
            f"INSERT INTO oms.fills (symbol, side, kind, quantity) VALUES ('A', 'buy', 'adjust', {number})",
        ),
        (
            "quantity",
            "INSERT INTO oms.fills (order_id, kind, exec_ref_id, quantity, price)"
            f" VALUES ({ids['limit']}, 'correct', 'e1', {number}, 1)",
        ),
    ):
        refuses(trader, "OM007", query, argument=argument)
    if number not in ("0", "-1"):
        refuses(trader, "OM007", f"SELECT oms.adjust_position('A', {number})", argument="quantity")
        refuses(trader, "OM007", f"SELECT oms.mark_executed({pending}, 1, 1, fees => {number})", argument="fees")
    if number in ("'NaN'", "'Infinity'"):
        refuses(
            trader,
            "OM007",
            f"UPDATE oms.orders SET execution_qty = {number}, execution_price = 1 WHERE order_id = {working}",
            argument="execution_qty",
        )
    else:
        refuses(trader, "OM010", f"UPDATE oms.orders SET execution_qty = {number} WHERE order_id = {working}")


def test_terms(trader: Conn, ids: dict[str, int]) -> None:
    for argument, value in (
        ("side", "'hold'"),
        ("side", "'BUY'"),
        ("side", "NULL"),
        ("symbol", "''"),
        ("symbol", "'  '"),
        ("symbol", "NULL"),
        ("order_type", "'iceberg'"),
        ("order_type", "'limit'"),
        ("order_type", "'stop'"),
        ("time_in_force", "'forever'"),
        ("variety", "' '"),
        ("entry_type", "'other'"),
        ("trade_mode", "'live'"),
        ("client_order_id", "' '"),
        ("broker_order_id", "''"),
        ("quantity", "NULL"),
    ):
        terms = {"symbol": "'A'", "side": "'buy'", "quantity": "1", argument: value}
        named = ", ".join(f"{name} => {text}" for name, text in terms.items())
        needs = {"'limit'": "limit_price", "'stop'": "stop_price"}.get(value, argument)
        refuses(trader, "OM007", f"SELECT oms.place_order({named})", argument=needs)
        raw = f"INSERT INTO oms.orders ({', '.join(terms)}) VALUES ({', '.join(terms.values())})"
        refuses(trader, "OM007", raw, argument=needs)
        if argument not in ("symbol", "side"):
            query = f"UPDATE oms.orders SET {argument} = {value} WHERE order_id = {ids['pending']}"
            refuses(trader, "OM007", query, argument=needs)
    for argument, value in (("status", "'done'"), ("hold", "'lunch'"), ("end_reason", "'sold'")):
        refuses(
            trader,
            "OM007",
            f"UPDATE oms.orders SET {argument} = {value} WHERE order_id = {ids['pending']}",
            argument=argument,
            value=value.strip("'"),
        )
        raw = f"INSERT INTO oms.orders (symbol, side, quantity, {argument}) VALUES ('A', 'buy', 1, {value})"
        refuses(trader, "OM007", raw, argument=argument)
    for metadata in ("'true'", "'5'", "'[1]'", "'null'", "NULL"):
        raw = f"INSERT INTO oms.orders (symbol, side, quantity, order_metadata) VALUES ('A', 'buy', 1, {metadata})"
        refuses(trader, "OM007", raw, argument="order_metadata")
    for query, argument in (
        (f"SELECT oms.mark_executed({ids['pending']}, 1, 1, occurred_at => 'infinity')", "occurred_at"),
        (f"SELECT oms.mark_cancelled({ids['pending']}, occurred_at => '-infinity')", "occurred_at"),
        (f"SELECT oms.mark_rejected({ids['pending']}, ' ')", "rejection_reason"),
        ("SELECT oms.record_manual_order(' ', 'A', 'buy', 1)", "broker_order_id"),
        ("SELECT * FROM oms.find_order()", "client_order_id"),
        ("SELECT * FROM oms.list_orders('done')", "status"),
        ("SELECT * FROM oms.list_orders(max_rows => 0)", "max_rows"),
        (f"UPDATE oms.orders SET execution_price = 5 WHERE order_id = {ids['pending']}", "execution_price"),
        (f"INSERT INTO oms.fills (order_id, kind, quantity) VALUES ({ids['pending']}, 'gift', 1)", "kind"),
        (f"INSERT INTO oms.fills (order_id, exec_id, quantity) VALUES ({ids['pending']}, ' ', 1)", "exec_id"),
        ("INSERT INTO oms.fills (symbol, side, quantity) VALUES ('A', 'buy', 1)", "order_id"),
        ("INSERT INTO oms.fills (symbol, side, kind, quantity) VALUES ('A', 'hold', 'adjust', 1)", "side"),
        ("INSERT INTO oms.fills (symbol, side, kind, quantity) VALUES (' ', 'buy', 'adjust', 1)", "symbol"),
        (f"INSERT INTO oms.fills (order_id, kind, exec_ref_id) VALUES ({ids['limit']}, 'cancel', 'e9')", "exec_ref_id"),
        (f"INSERT INTO oms.fills (order_id, kind) VALUES ({ids['limit']}, 'cancel')", "exec_ref_id"),
    ):
        refuses(trader, "OM007", query, argument=argument)
    refuses(
        trader,
        "OM007",
        "INSERT INTO oms.orders (symbol, side, quantity, execution_qty) VALUES ('A', 'buy', 1, 1)",
        argument="execution_qty",
    )


def test_overfills(trader: Conn, ids: dict[str, int]) -> None:
    pending, working, held = ids["pending"], ids["working"], ids["held"]
    for query, would_be in (
        (f"SELECT oms.mark_executed({pending}, 100, 10.5)", 10.5),
        (f"SELECT oms.mark_executed({working}, 100, 7)", 11),
        (f"SELECT oms.mark_executed({held}, 100)", 20),
        (f"SELECT oms.mark_executed({ids['cancelled']}, 100, 11)", 11),
        (f"UPDATE oms.orders SET execution_qty = 11, execution_price = 1 WHERE order_id = {working}", 11),
        (f"INSERT INTO oms.fills (order_id, quantity, price) VALUES ({working}, 7, 1)", 11),
        (f"INSERT INTO oms.fills (order_id, quantity, price) VALUES ({pending}, 6, 1), ({pending}, 6, 1)", 12),
        (
            "INSERT INTO oms.fills (order_id, kind, exec_ref_id, quantity, price)"
            f" VALUES ({ids['limit']}, 'correct', 'e1', 11, 1)",
            11,
        ),
    ):
        refuses(trader, "OM006", query, quantity=10, would_be=would_be)


def test_illegal_calls(trader: Conn, ids: dict[str, int]) -> None:
    for name, state, rest in (
        ("mark_cancelled", "held", ""),
        ("expire_order", "held", ""),
        ("mark_failed", "held", ", 'x'"),
        ("mark_rejected", "held", ", 'x'"),
        ("mark_rejected", "cancelled", ", 'x'"),
        ("mark_failed", "cancelled", ", 'x'"),
        ("retry_order", "working", ""),
        ("retry_order", "cancelled", ""),
        ("retry_order", "closed", ""),
        ("mark_rejected", "closed", ", 'x'"),
        ("adjust_quantity", "closed", ", 20"),
        ("adjust_quantity", "cancelled", ", 20"),
        ("modify_order", "cancelled", ", limit_price => 20"),
    ):
        refuses(trader, "OM002", f"SELECT oms.{name}({ids[state]}{rest})", order_id=ids[state])
    refuses(trader, "OM007", f"SELECT oms.adjust_quantity({ids['working']}, 3)", argument="quantity", executed=4)
    refuses(trader, "OM007", f"UPDATE oms.orders SET quantity = 3 WHERE order_id = {ids['working']}", executed=4)
    refuses(trader, "OM011", "SELECT * FROM oms.close_position('NOTHING')", symbol="NOTHING", book="")
    refuses(trader, "OM011", "SELECT * FROM oms.close_position('HELD', book => 'paper')", symbol="HELD", book="paper")


def test_immutable_columns(trader: Conn, ids: dict[str, int]) -> None:
    for column, text in (
        ("order_id", "order_id + 1000"),
        ("account", "'other'"),
        ("symbol", "'OTHER'"),
        ("side", "'sell'"),
        ("book", "'paper'"),
        ("placed_at", "placed_at - interval '1 day'"),
    ):
        for state in ("pending", "working", "cancelled"):
            query = f"UPDATE oms.orders SET {column} = {text}, reason = 'x' WHERE order_id = {ids[state]}"
            refuses(trader, "OM003", query, order_id=ids[state], column=column)


def test_executions_are_not_lowered(trader: Conn, ids: dict[str, int]) -> None:
    for assignments in (
        "execution_qty = 3",
        "execution_qty = 0",
        "execution_price = 99",
        "execution_qty = 3.9, execution_price = 101",
        "execution_qty = 0, status = 'pending'",
    ):
        query = f"UPDATE oms.orders SET {assignments} WHERE order_id = {ids['working']}"
        refuses(trader, "OM010", query, order_id=ids["working"], execution_qty=4)
    assert gaps(trader) == []


@pytest.mark.parametrize("table", ["orders", "fills", "order_events"])
def test_history_is_kept_even_from_its_owner(owner: Conn, trader: Conn, ids: dict[str, int], table: str) -> None:
    assert ids
    statements = [f"DELETE FROM oms.{table}", f"DELETE FROM oms.{table} WHERE false", f"TRUNCATE oms.{table} CASCADE"]
    if table != "orders":
        statements += [f"UPDATE oms.{table} SET account = account", f"UPDATE oms.{table} SET order_id = 1 WHERE false"]
    if table == "order_events":
        statements.append(
            "MERGE INTO oms.order_events e USING (VALUES (1)) v (n) ON e.seq = v.n WHEN MATCHED THEN DELETE"
        )
        statements.append("TRUNCATE oms.order_events")
    for statement in statements:
        refuses(owner, "OM004", statement)
        before = snapshot(owner)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            trader.execute(statement.encode())
        assert snapshot(owner) == before


def test_what_only_the_database_writes(trader: Conn, ids: dict[str, int]) -> None:
    assert ids
    before = snapshot(trader)
    for statement in (
        "INSERT INTO oms.order_events SELECT * FROM oms.order_events",
        "INSERT INTO oms.positions (symbol, quantity, cost, updated_at) VALUES ('A', 1, 1, now())",
        "UPDATE oms.positions SET quantity = 0",
        "DELETE FROM oms.position_lots",
        "UPDATE oms.status_transitions SET to_status = 'closed'",
        "INSERT INTO oms.account_members VALUES ('trader', 'theirs')",
        "INSERT INTO oms.accounts (account, allow_nonpositive_prices) VALUES ('default', true)",
        "ALTER TABLE oms.orders DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION oms.clock() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            trader.execute(statement.encode())
    assert snapshot(trader) == before


def test_ids_and_names_without_end(trader: Conn) -> None:
    """Longer than an index entry can be, and then the order could never execute."""
    order_id = place(trader, client_order_id="c1")
    long = "x" * 256
    for query, argument in (
        (f"SELECT oms.place_order('{long}', 'buy', 1)", "symbol"),
        (f"SELECT oms.place_order('A', 'buy', 1, book => '{long}')", "book"),
        (f"SELECT oms.place_order('A', 'buy', 1, client_order_id => '{long}')", "client_order_id"),
        (f"SELECT oms.accept_order({order_id}, '{long}')", "broker_order_id"),
        (f"SELECT oms.mark_executed({order_id}, 100, 1, exec_id => '{long}')", "exec_id"),
        (f"SELECT oms.request_cancel('c1', '{long}')", "client_order_id"),
    ):
        refuses(trader, "OM007", query, argument=argument)
    place(trader, "x" * 255, client_order_id="y" * 255)


def test_an_unknown_parent(trader: Conn) -> None:
    refuses(trader, "OM001", "SELECT oms.place_order('A', 'buy', 1, parent_order_id => 77)", order_id=77)


def test_reserved_ids_of_executions(trader: Conn) -> None:
    place(trader, client_order_id="c1")
    report = (
        '{"ExecID": "synthetic-77", "ExecType": "F", "OrdStatus": "1", "ClOrdID": "c1", "LastQty": 3, "LastPx": 10}'
    )
    refuses(trader, "OM007", f"SELECT oms.apply_execution_report('{report}')", field="ExecID")
