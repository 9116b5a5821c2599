"""oms_operator: humans who repair. Every change names its actor, every correction its reason as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection, sql

from .conftest import one, rows

Conn = Connection[Any]
Connect = Callable[..., Conn]

# What only a human decides, written so that nothing says who or why.
CORRECTIONS = {
    "bust_fill": "SELECT * FROM oms.bust_fill({executed}, 'E1'{said})",
    "correct_fill": "SELECT * FROM oms.correct_fill({executed}, 'E1', 5{said})",
    "adjust_position": "SELECT * FROM oms.adjust_position('TCS', 7{said})",
    "close_position": "SELECT * FROM oms.close_position('TCS'{said})",
    "expire_order": "SELECT * FROM oms.expire_order({live}{said})",
    "restate_order": "SELECT * FROM oms.restate_order({live}, 20{said})",
    "a split": "SELECT * FROM oms.restate_order({executed}, split_ratio => 2{said})",
    "dismiss_manual_order": "SELECT * FROM oms.dismiss_manual_order({manual}, {why}{who})",
    "claim_manual_order": "SELECT * FROM oms.claim_manual_order({manual}, 'momentum', {why}{who})",
}
RAW = {
    "a bust": "INSERT INTO oms.fills (order_id, kind, exec_ref_id) VALUES ({executed}, 'cancel', 'E1')",
    "a correction": """
        INSERT INTO oms.fills (order_id, kind, exec_ref_id, quantity, price)
        VALUES ({executed}, 'correct', 'E1', 5, 100)""",
    "a release": "INSERT INTO oms.fills (order_id, kind, quantity) VALUES ({executed}, 'adjust', 5)",
    "a closing": "UPDATE oms.orders SET status = 'closed' WHERE order_id = {executed}",
    "an expiry": "UPDATE oms.orders SET end_reason = 'expired' WHERE order_id = {live}",
    "an adjustment": "INSERT INTO oms.fills (symbol, kind, side, quantity) VALUES ('TCS', 'adjust', 'buy', 1)",
}
# The rest of what a trader may do; the database holds an operator to an actor there, too.
CHANGES = {
    "an order": "INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'buy', 1)",
    "a quantity": "UPDATE oms.orders SET quantity = 30 WHERE order_id = {live}",
    "a status": "UPDATE oms.orders SET status = 'cancelled', reason = 'mistake' WHERE order_id = {live}",
    "an execution": "UPDATE oms.orders SET execution_qty = 10, execution_price = 100 WHERE order_id = {live}",
    "a fill": "INSERT INTO oms.fills (order_id, quantity, price) VALUES ({live}, 4, 100)",
    "place_order": "SELECT * FROM oms.place_order('TCS', 'buy', 1)",
    "mark_cancelled": "SELECT * FROM oms.mark_cancelled({live})",
    "record_attempt": "SELECT * FROM oms.record_attempt({live}, 'timed out')",
    "request_cancel": "SELECT * FROM oms.request_cancel('live', 'C1')",
    "a report": 'SELECT * FROM oms.apply_execution_report(\'{{"ExecType": "0", "ClOrdID": "live", "OrderID": "B7"}}\')',
    "a book": "SELECT * FROM oms.reconcile('[]', now(), 'kite')",
}


@pytest.fixture
def ids(trader: Conn) -> dict[str, int]:
    """An executed order, a live one and one placed by hand; a trader made them, without saying who."""
    executed = one(trader, "SELECT * FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'executed')")["order_id"]
    rows(trader, "SELECT * FROM oms.mark_executed(%s, 100, exec_id => 'E1')", executed)
    live = one(trader, "SELECT * FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'live')")["order_id"]
    manual = one(trader, "SELECT * FROM oms.record_manual_order('M1', 'INFY', 'buy', 1)")["order_id"]
    return {"executed": executed, "live": live, "manual": manual}


def _books(owner: Conn) -> list[Any]:
    tables = ("orders", "fills", "positions", "position_lots", "order_events", "order_requests")
    return [rows(owner, f"SELECT * FROM oms.{name} ORDER BY 1, 2, 3") for name in tables]


def _refused(conn: Conn, query: str) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as error:
        rows(conn, query)
    assert error.value.diag.message_hint
    return error.value


def _said(ids: dict[str, int], query: str, actor: str | None, reason: str | None) -> str:
    why = f", reason => '{reason}'" if reason is not None else ""
    who = f", actor => '{actor}'" if actor is not None else ""
    return query.format(**ids, said=why + who, who=who, why=f"'{reason}'" if reason is not None else "NULL")


@pytest.mark.parametrize("name", CORRECTIONS)
def test_a_correction_says_who_and_why(owner: Conn, connect: Connect, ids: dict[str, int], name: str) -> None:
    conn, before = connect("operator"), _books(owner)
    for actor, reason in ((None, None), ("asha", None), (None, "typo"), ("asha", " "), (" ", "typo")):
        error = _refused(conn, _said(ids, CORRECTIONS[name], actor, reason))
        assert error.sqlstate == "OM007"
        missing = "reason" if not (reason or "").strip() else "actor"
        assert json.loads(error.diag.message_detail or "")["argument"] == missing
    assert _books(owner) == before
    rows(conn, _said(ids, CORRECTIONS[name], "asha", "typo"))
    assert rows(owner, "SELECT * FROM oms.order_events WHERE actor = 'asha' AND db_user = 'operator'")
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


@pytest.mark.parametrize("name", sorted(CORRECTIONS.keys() - {"dismiss_manual_order", "claim_manual_order"}))
def test_the_context_says_it_as_well(owner: Conn, connect: Connect, ids: dict[str, int], name: str) -> None:
    conn = connect("operator")
    with conn.transaction():
        rows(conn, "SELECT oms.set_context(actor => 'asha', reason => 'typo')")
        rows(conn, _said(ids, CORRECTIONS[name], None, None))
    events = rows(owner, "SELECT actor, reason FROM oms.order_events WHERE db_user = 'operator'")
    assert events
    assert {event["actor"] for event in events} == {"asha"}
    assert "typo" in {event["reason"] for event in events}


@pytest.mark.parametrize("name", RAW)
def test_so_does_a_raw_one(owner: Conn, connect: Connect, ids: dict[str, int], name: str) -> None:
    conn, before = connect("operator"), _books(owner)
    query = RAW[name].format(**ids)
    assert _refused(conn, query).sqlstate in ("OM007", "OM012")
    rows(conn, "SET oms.actor = 'asha'")
    assert _refused(conn, query).sqlstate == "OM007"
    assert _books(owner) == before
    rows(conn, "SET oms.reason = 'typo'")
    rows(conn, query)
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


def test_the_reason_of_a_raw_correction_stays(owner: Conn, connect: Connect, ids: dict[str, int]) -> None:
    conn = connect("operator")
    rows(conn, "SET oms.actor = 'asha'")
    for kind, ref, quantity in (("adjust", "NULL", "2"), ("cancel", "'E1'", "NULL")):
        query = f"""
            INSERT INTO oms.fills (order_id, kind, exec_ref_id, quantity, reason)
            VALUES (%s, '{kind}', {ref}, {quantity}, 'the broker called')"""
        rows(conn, query, ids["executed"])
        event = one(
            owner, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq DESC LIMIT 1", ids["executed"]
        )
        assert (event["actor"], event["reason"]) == ("asha", "the broker called")
    assert {row["reason"] for row in rows(owner, "SELECT reason FROM oms.fills WHERE kind <> 'trade'")} == {
        "the broker called"
    }
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


@pytest.mark.parametrize("blank", ["", " ", "\t", "\n \r\n"])
def test_white_space_is_nobody(connect: Connect, ids: dict[str, int], blank: str) -> None:
    conn = connect("operator")
    rows(conn, "SELECT set_config('oms.actor', %s, false)", blank)
    assert _refused(conn, CHANGES["a quantity"].format(**ids)).sqlstate == "OM012"
    assert _refused(conn, CHANGES["an order"]).sqlstate == "OM012"
    rows(conn, "SELECT set_config('oms.actor', 'asha', false)")
    query = "SELECT oms.bust_fill(%s, 'E1', reason => %s)"
    with pytest.raises(psycopg.Error) as error:
        rows(conn, query, ids["executed"], blank)
    assert error.value.sqlstate == "OM007"


def test_a_request_about_nothing_known_names_its_actor_too(owner: Conn, connect: Connect) -> None:
    conn = connect("operator")
    assert _refused(conn, "SELECT oms.request_cancel('unheard of', 'C1')").sqlstate == "OM012"
    rows(conn, "SELECT oms.request_cancel('unheard of', 'C1', actor => 'asha')")
    assert _refused(conn, "SELECT oms.reject_request('C1', 'who?')").sqlstate == "OM012"
    rows(conn, "SELECT oms.reject_request('C1', 'who?', actor => 'asha')")
    assert [row["state"] for row in rows(owner, "SELECT * FROM oms.order_requests")] == ["rejected"]


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_names_its_actor(owner: Conn, connect: Connect, ids: dict[str, int], name: str) -> None:
    conn, before = connect("operator"), _books(owner)
    query = CHANGES[name].format(**ids)
    error = _refused(conn, query)
    assert (error.sqlstate, json.loads(error.diag.message_detail or "")) == ("OM012", {"account": "default"})
    assert _books(owner) == before
    rows(conn, "SET oms.actor = 'asha'")
    rows(conn, query)
    events = rows(owner, "SELECT actor FROM oms.order_events WHERE db_user = 'operator'")
    assert {event["actor"] for event in events} <= {"asha"}
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []


def test_a_heartbeat_changes_nothing_and_names_nobody(connect: Connect, ids: dict[str, int]) -> None:
    order = one(connect("operator"), "SELECT * FROM oms.record_status_check(%s)", ids["live"])
    assert (order["version"], order["last_status_check"] is not None) == (1, True)


@pytest.mark.parametrize("name", [*CORRECTIONS, *RAW])
def test_a_trader_books_what_the_stream_says(trader: Conn, ids: dict[str, int], name: str) -> None:
    """It brings its reasons with it; only the two decisions ask everybody."""
    query = (CORRECTIONS | RAW)[name]
    if "{why}" in query:
        assert _refused(trader, _said(ids, query, None, None)).sqlstate == "OM007"
    else:
        rows(trader, _said(ids, query, None, None))


@pytest.mark.parametrize("statement", ["SET ROLE oms_trader", "SET oms.actor = ''", "SET search_path = pg_temp, oms"])
def test_no_setting_makes_an_operator_somebody_else(
    admin: Conn, connect: Connect, ids: dict[str, int], statement: str
) -> None:
    rows(admin, "GRANT oms_trader TO operator")
    try:
        conn = connect("operator")
        rows(conn, statement)
        assert _refused(conn, CHANGES["mark_cancelled"].format(**ids)).sqlstate == "OM012"
        assert _refused(conn, _said(ids, CORRECTIONS["bust_fill"], None, None)).sqlstate == "OM007"
    finally:
        rows(admin, "REVOKE oms_trader FROM operator")


def test_membership_through_another_role_counts(admin: Conn, connect: Connect, ids: dict[str, int]) -> None:
    rows(admin, "CREATE ROLE repairs NOLOGIN IN ROLE oms_operator")
    rows(admin, "GRANT repairs TO trader")
    try:
        assert _refused(connect("trader"), CHANGES["mark_cancelled"].format(**ids)).sqlstate == "OM012"
    finally:
        rows(admin, "REVOKE repairs FROM trader")
        rows(admin, "DROP ROLE repairs")


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_owners_and_superusers_are_no_operators(connect: Connect, ids: dict[str, int], role: str) -> None:
    """A superuser is a member of everything, and an owner may be of the roles it made."""
    rows(connect(role), CHANGES["mark_cancelled"].format(**ids))


def test_without_the_role_nobody_is_one(admin: Conn, trader: Conn, ids: dict[str, int]) -> None:
    """An upgrade by an installer that may not create roles: traders go on as before."""
    rows(admin, "ALTER ROLE oms_operator RENAME TO oms_nobody")
    try:
        rows(trader, CHANGES["mark_cancelled"].format(**ids))
        rows(trader, _said(ids, CORRECTIONS["bust_fill"], None, None))
    finally:
        rows(admin, "ALTER ROLE oms_nobody RENAME TO oms_operator")


def test_an_operator_works_for_its_accounts_only(owner: Conn, connect: Connect) -> None:
    rows(owner, "DELETE FROM oms.account_members WHERE role = 'oms_operator'")
    conn = connect("operator")
    rows(conn, "SET oms.actor = 'asha'")
    for query in (
        "SELECT * FROM oms.place_order('TCS', 'buy', 1)",
        "SELECT * FROM oms.adjust_position('TCS', 1, reason => 'x')",
    ):
        assert _refused(conn, query).sqlstate == "OM009"
    assert rows(conn, "SELECT * FROM oms.orders") == []
    rows(owner, sql.SQL("INSERT INTO oms.account_members VALUES ({}, 'fund')").format("operator").as_string(owner))
    assert one(conn, "SELECT * FROM oms.place_order('TCS', 'buy', 1, account => 'fund')")["account"] == "fund"
