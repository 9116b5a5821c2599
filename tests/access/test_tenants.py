"""Two accounts in one database: for desk a, account b does not exist."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from support.clock import Clock

from .conftest import BY_GROUP, Login, one, rows

Conn = Connection[Any]
Desks = tuple[Conn, Conn]
Ids = dict[str, list[int]]

# Every changing call that names an order, as desk a would write it.
CALLS = [
    "SELECT * FROM oms.get_order(%s{account})",
    "SELECT * FROM oms.timeline(%s{account})",
    "SELECT * FROM oms.order_as_of(%s, now(){account})",
    "SELECT * FROM oms.accept_order(%s, 'B1'{account})",
    "SELECT * FROM oms.record_status_check(%s{account})",
    "SELECT * FROM oms.record_status_checks(ARRAY[%s::bigint]{account})",
    "SELECT * FROM oms.mark_executed(%s, 100{account})",
    "SELECT * FROM oms.mark_executed(%s, 100, expected_version => 1{account})",
    "SELECT * FROM oms.mark_rejected(%s, 'no'{account})",
    "SELECT * FROM oms.mark_cancelled(%s{account})",
    "SELECT * FROM oms.mark_cancelled(%s, expected_version => 1{account})",
    "SELECT * FROM oms.mark_failed(%s, 'no'{account})",
    "SELECT * FROM oms.record_attempt(%s, 'timed out'{account})",
    "SELECT * FROM oms.record_attempt(%s, 'timed out', expected_version => 1{account})",
    "SELECT * FROM oms.claim_manual_order(%s, 'momentum', 'ours', actor => 'ana'{account})",
    "SELECT * FROM oms.dismiss_manual_order(%s, 'not ours', actor => 'ana'{account})",
    "SELECT * FROM oms.dismiss_manual_order(%s, 'not ours', actor => 'ana', expected_version => 1{account})",
    "SELECT * FROM oms.retry_order(%s{account})",
    "SELECT * FROM oms.expire_order(%s{account})",
    "SELECT * FROM oms.modify_order(%s, limit_price => 1{account})",
    "SELECT * FROM oms.adjust_quantity(%s, 5{account})",
    "SELECT * FROM oms.record_manual_order('B9', 'TCS', 'buy', 1, order_id => %s{account})",
    "SELECT * FROM oms.bust_fill(%s, 'fill-1'{account})",
    "SELECT * FROM oms.correct_fill(%s, 'fill-1', 5{account})",
    "SELECT * FROM oms.hold_order(%s, 'suspended'{account})",
    "SELECT * FROM oms.resume_order(%s{account})",
    "SELECT * FROM oms.restate_order(%s, 20{account})",
    "SELECT * FROM oms.restate_order(%s, split_ratio => 2{account})",
    "SELECT * FROM oms.fix_fields(%s{account})",
]
# Calls that name none.
FOREIGN = [
    "SELECT * FROM oms.place_order('TCS', 'buy', 1, account => 'b')",
    "SELECT * FROM oms.place_order('TCS', 'buy', 10, client_order_id => 'TCSbuy', account => 'b')",
    "SELECT * FROM oms.record_manual_order('B9', 'TCS', 'buy', 1, account => 'b')",
    "SELECT * FROM oms.request_cancel('WIPRObuy', 'R2', account => 'b')",
    "SELECT * FROM oms.request_cancel('NOTHING', 'R2', account => 'b')",
    "SELECT * FROM oms.request_replace('WIPRObuy', 'R2', 12, account => 'b')",
    "SELECT * FROM oms.acknowledge_request('R1', account => 'b')",
    "SELECT * FROM oms.accept_request('R1', account => 'b')",
    "SELECT * FROM oms.accept_request('NOTHING', account => 'b')",
    "SELECT * FROM oms.reject_request('R1', account => 'b')",
    'SELECT * FROM oms.apply_execution_report(\'{"ExecType": "0", "ClOrdID": "WIPRObuy"}\', account => \'b\')',
    'SELECT * FROM oms.apply_execution_report(\'{"ExecType": "0", "ClOrdID": "NOTHING"}\', account => \'b\')',
    "SELECT * FROM oms.close_position('INFY', 100, account => 'b')",
    "SELECT * FROM oms.close_position('NOTHING', account => 'b')",
    'SELECT * FROM oms.adjust_quantities(\'[{"client_order_id": "WIPRObuy", "quantity": 5}]\', account => \'b\')',
    "SELECT * FROM oms.adjust_quantities('[]', account => 'b')",
    "SELECT * FROM oms.cancel_pending_reentries('WIPRO', account => 'b')",
    "SELECT * FROM oms.cancel_pending_reentries('NOTHING', account => 'b')",
    "SELECT * FROM oms.claim_retries('w1', account => 'b')",
    "SELECT * FROM oms.claim_retries('', account => 'b')",
    "SELECT * FROM oms.expire_orders(account => 'b')",
    "SELECT * FROM oms.expire_orders(max_orders => 0, account => 'b')",
    "SELECT * FROM oms.adjust_position('INFY', 5, account => 'b')",
    "SELECT * FROM oms.adjust_position('INFY', 10, account => 'b')",
    "SELECT * FROM oms.adjust_position('NOTHING', 0, account => 'b')",
    "INSERT INTO oms.orders (symbol, side, quantity, account) VALUES ('TCS', 'buy', 1, 'b')",
    "INSERT INTO oms.fills (symbol, kind, side, quantity, account) VALUES ('TCS', 'adjust', 'buy', 1, 'b')",
]


def _error(conn: Conn, query: str, *params: Any) -> tuple[str | None, ...]:
    """All that an error tells: code, message, detail, hint."""
    with pytest.raises(psycopg.Error) as error:
        rows(conn, query, *params)
    diag = error.value.diag
    return error.value.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint


def _everything(conn: Conn) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table and view that the session may read."""
    names = rows(
        conn,
        """
        SELECT relname AS name FROM pg_class
         WHERE relnamespace = 'oms'::regnamespace AND relkind IN ('r', 'v') AND has_table_privilege(oid, 'SELECT')
        """,
    )
    return {row["name"]: rows(conn, f"SELECT * FROM oms.{row['name']}") for row in names}


def test_every_table_and_view_shows_ones_own_account_only(desks: Desks) -> None:
    for conn, account in zip(desks, ("a", "b"), strict=True):
        seen = {name: found for name, found in _everything(conn).items() if found and "account" in found[0]}
        assert seen.keys() >= {"orders", "fills", "positions", "position_lots", "order_events", "accounts"}
        assert seen.keys() >= {
            "order_requests",
            "execution_reports",
            "discrepancies",
            "reconciliations",
            "reconciliation_decisions",
        }
        assert seen.keys() >= {"net_fills", "open_orders", "order_history", "unconfirmed_orders"}
        assert seen.keys() >= {"open_exposure", "manual_orders", "retry_claims", "retry_queue"}
        for name, found in seen.items():
            assert {row["account"] for row in found} == {account}, name


def test_what_shows_no_account_shows_none_of_b(desks: Desks) -> None:
    shown = {name for name, found in _everything(desks[0]).items() if not found or "account" not in found[0]}
    assert {name for name in shown if not name.startswith("audit_")} == {
        *("broker_profiles", "broker_statuses", "status_transitions", "error_codes"),
        *("markets", "trading_sessions", "reject_rules", "retry_policies"),
    }


@pytest.mark.usefixtures("desks")
@pytest.mark.parametrize("setting", [None, "b"])
def test_the_setting_is_only_a_default(login: Login, ids: Ids, setting: str | None) -> None:
    """Desk a that says it works for account b, or for none, still sees account a and nothing else."""
    conn = login("desk_a", setting)
    assert {row["account"] for row in rows(conn, "SELECT account FROM oms.orders")} == {"a"}
    assert rows(conn, "SELECT * FROM oms.list_orders()") == []
    assert _error(conn, "SELECT * FROM oms.get_order(%s)", ids["b"][0])[0] == "OM009"
    assert {row["orders"] for row in rows(conn, "SELECT orders FROM oms.order_statistics()")} == {0}


def test_queries_of_a_foreign_account_find_nothing(desks: Desks, ids: Ids) -> None:
    conn, _ = desks
    assert rows(conn, "SELECT * FROM oms.list_orders(account => 'b')") == []
    assert rows(conn, "SELECT * FROM oms.find_order('TCSbuy', account => 'b')") == []
    assert {row["orders"] for row in rows(conn, "SELECT * FROM oms.order_statistics('b')")} == {0}
    assert one(conn, "SELECT * FROM oms.order_at_version(%s, 1, 'b')", ids["b"][0])["symbol"] is None
    assert len(rows(conn, "SELECT * FROM oms.list_orders()")) == 5


@pytest.mark.parametrize("call", CALLS)
def test_an_order_of_b_is_an_order_that_does_not_exist(desks: Desks, ids: Ids, owner: Conn, call: str) -> None:
    before = rows(owner, "SELECT * FROM oms.orders ORDER BY order_id")
    conn, _ = desks
    query = call.format(account="")
    foreign, missing = ids["b"][0], 10**12
    code, message, detail, hint = _error(conn, query, foreign)
    assert code == "OM001"
    told = (code, message, (detail or "").replace(str(foreign), "?"), hint)
    code, message, detail, hint = _error(conn, query, missing)
    assert told == (code, message, (detail or "").replace(str(missing), "?"), hint)
    assert rows(owner, "SELECT * FROM oms.orders ORDER BY order_id") == before


@pytest.mark.parametrize("call", CALLS)
def test_naming_a_foreign_account_is_refused_whether_the_order_exists_or_not(desks: Desks, ids: Ids, call: str) -> None:
    conn, _ = desks
    query = call.format(account=", account => 'b'")
    errors = {_error(conn, query, order_id) for order_id in (ids["b"][0], ids["b"][3], ids["a"][0], 10**12)}
    ((code, _, detail, _),) = errors
    assert code == "OM009"
    assert json.loads(detail or "") == {"account": "b", "login_role": "desk_a"}
    assert _error(conn, call.format(account=", account => 'nobody'"), 1)[0] == "OM009"


@pytest.mark.parametrize("statement", FOREIGN)
def test_nothing_is_written_for_a_foreign_account(desks: Desks, owner: Conn, statement: str) -> None:
    before = rows(owner, "SELECT count(*) AS n FROM oms.order_events"), rows(owner, "SELECT * FROM oms.fills")
    conn, _ = desks
    code, _, detail, _ = _error(conn, statement)
    assert (code, json.loads(detail or "")) == ("OM009", {"account": "b", "login_role": "desk_a"})
    assert before == (rows(owner, "SELECT count(*) AS n FROM oms.order_events"), rows(owner, "SELECT * FROM oms.fills"))


def test_what_failed_in_b_is_handed_out_and_ended_in_b_only(desks: Desks, owner: Conn) -> None:
    conn, other = desks
    rows(owner, "DELETE FROM oms.retry_claims")
    for mine, account in zip(desks, ("a", "b"), strict=True):
        assert {row["account"] for row in rows(mine, "SELECT * FROM oms.claim_retries('w2')")} == {account}
        assert rows(mine, "SELECT account, worker FROM oms.retry_claims") == [{"account": account, "worker": "w2"}]
    Clock(owner, datetime.now(UTC) + timedelta(days=9))
    assert {row["account"] for row in rows(conn, "SELECT * FROM oms.expire_orders()")} == {"a"}
    assert one(other, "SELECT state FROM oms.retry_queue") == {"state": "expired"}


def test_a_stranger_does_not_wait_for_the_bookings_of_b(desks: Desks) -> None:
    """The account is checked before its booking lock is taken."""
    conn, other = desks
    rows(conn, "SET lock_timeout = 1")
    with other.transaction():
        rows(other, "SELECT oms.lock_bookings('b')")
        for call in ("mark_executed(1, 100, account => 'b')", "close_position('INFY', account => 'b')"):
            assert _error(conn, f"SELECT * FROM oms.{call}")[0] == "OM009"


def test_raw_writes_do_not_reach_b(desks: Desks, owner: Conn, ids: Ids) -> None:
    conn, _ = desks
    before = rows(owner, "SELECT * FROM oms.orders WHERE account = 'b' ORDER BY order_id")
    changed = conn.execute("UPDATE oms.orders SET status = 'cancelled' WHERE order_id = ANY (%s)", [ids["b"]])
    assert changed.rowcount == 0
    rows(conn, "UPDATE oms.orders SET hold = 'suspended'")
    missing = _error(conn, "INSERT INTO oms.fills (order_id, quantity) VALUES (%s, 1)", 10**12)
    foreign = _error(conn, "INSERT INTO oms.fills (order_id, quantity) VALUES (%s, 1)", ids["b"][3])
    assert foreign[:2] == missing[:2] == ("OM001", "order not found")
    assert _error(conn, "UPDATE oms.orders SET account = 'b'")[0] == "OM003"
    parent = "SELECT * FROM oms.place_order('TCS', 'buy', 1, parent_order_id => %s)"
    assert _error(conn, parent, ids["b"][0])[:2] == _error(conn, parent, 10**12)[:2]
    assert rows(owner, "SELECT * FROM oms.orders WHERE account = 'b' ORDER BY order_id") == before


def test_keys_of_b_are_free_for_a(desks: Desks, ids: Ids) -> None:
    """Neither a client id, nor a broker's id, nor even an order id of b is taken, as far as a can tell."""
    conn, other = desks
    rows(other, "SELECT * FROM oms.place_order('TCS', 'buy', 1, client_order_id => 'x', broker_order_id => 'X')")
    query = "SELECT * FROM oms.place_order('TCS', 'sell', 2, client_order_id => 'x', broker_order_id => 'X')"
    assert one(conn, query)["account"] == "a"
    rows(conn, "INSERT INTO oms.orders (order_id, symbol, side, quantity) VALUES (%s, 'TCS', 'buy', 1)", ids["b"][0])
    assert one(conn, "SELECT * FROM oms.mark_cancelled(%s)", ids["b"][0])["status"] == "cancelled"
    assert one(other, "SELECT * FROM oms.get_order(%s)", ids["b"][0])["status"] == "closed"


def test_positions_do_not_net_across_accounts(desks: Desks) -> None:
    conn, other = desks
    order_id = one(conn, "SELECT * FROM oms.place_order('INFY', 'sell', 10)")["order_id"]
    rows(conn, "SELECT * FROM oms.mark_executed(%s, 100)", order_id)
    query = "SELECT quantity FROM oms.positions WHERE symbol = 'INFY'"
    assert one(conn, query) == {"quantity": 0}
    assert one(other, query) == {"quantity": 10}


def test_switching_row_security_off_shows_an_error_and_no_row(desks: Desks) -> None:
    conn, _ = desks
    rows(conn, "SET row_security = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(conn, "SELECT * FROM oms.orders")
    assert _error(conn, FOREIGN[0])[0] in ("42501", "OM009")
    assert _error(conn, FOREIGN[-1])[0] in ("42501", "OM009")


def test_a_condition_of_ones_own_is_not_asked_about_rows_of_b(desks: Desks) -> None:
    """A function that tells what it is given, used as a condition: policies come before it, in views too."""
    conn, _ = desks
    rows(
        conn,
        "CREATE FUNCTION pg_temp.tell(account text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 "
        "AS $$ BEGIN RAISE NOTICE '%', account; RETURN true; END $$",
    )
    told: list[str | None] = []
    conn.add_notice_handler(lambda diag: told.append(diag.message_primary))
    for name in (
        "orders",
        "fills",
        "order_events",
        "positions",
        "position_lots",
        "order_requests",
        "execution_reports",
        "discrepancies",
        "reconciliations",
        "reconciliation_decisions",
        "order_history",
        "net_fills",
        "open_orders",
        "open_exposure",
        "manual_orders",
        "retry_claims",
        "retry_queue",
        "unconfirmed_orders",
    ):
        rows(conn, f"SELECT FROM oms.{name} WHERE pg_temp.tell(account)")
    assert set(told) == {"a"}


@pytest.mark.usefixtures("desks")
def test_membership_by_a_group_role(login: Login, ids: Ids) -> None:
    conn = login(BY_GROUP, "b")
    assert one(conn, "SELECT oms.my_accounts() AS mine") == {"mine": ["b"]}
    assert {row["order_id"] for row in rows(conn, "SELECT * FROM oms.list_orders()")} == set(ids["b"])
    assert one(conn, "SELECT * FROM oms.mark_cancelled(%s)", ids["b"][3])["status"] == "cancelled"
    event = one(conn, "SELECT db_user FROM oms.order_events WHERE order_id = %s AND seq = 2", ids["b"][3])
    assert event == {"db_user": BY_GROUP}
    assert _error(conn, "SELECT * FROM oms.get_order(%s, 'a')", ids["a"][0])[0] == "OM009"


@pytest.mark.usefixtures("desks")
@pytest.mark.parametrize("group", ["division", "house"])
def test_membership_by_a_group_of_a_group(login: Login, owner: Conn, ids: Ids, group: str) -> None:
    """However far away, and by however many ways."""
    rows(owner, "INSERT INTO oms.account_members VALUES (%s, 'a')", group)
    conn = login(BY_GROUP, "a")
    assert set(one(conn, "SELECT oms.my_accounts() AS mine")["mine"]) == {"a", "b"}
    assert {row["order_id"] for row in rows(conn, "SELECT * FROM oms.orders")} == {*ids["a"], *ids["b"]}
    assert one(conn, "SELECT * FROM oms.mark_cancelled(%s)", ids["a"][3])["status"] == "cancelled"


@pytest.mark.usefixtures("desks")
def test_membership_by_very_many_ways(admin: Conn) -> None:
    """A ladder with two roles to each rung has two to the thirtieth ways up: each role is followed once."""
    rungs = [("colleague_b", "colleague_b"), *((f"left_{n}", f"right_{n}") for n in range(30))]
    roles = [role for rung in rungs[1:] for role in rung]
    with admin.transaction(force_rollback=True):
        rows(admin, "; ".join(f"CREATE ROLE {role}" for role in roles))
        for lower, upper in pairwise(rungs):
            rows(admin, f"GRANT {', '.join(upper)} TO {', '.join(dict.fromkeys(lower))}")
        rows(admin, "INSERT INTO oms.account_members VALUES ('right_29', 'a')")
        rows(admin, "SET LOCAL session_authorization = colleague_b")
        rows(admin, "SET LOCAL statement_timeout = '5s'")
        assert set(one(admin, "SELECT oms.my_accounts() AS mine")["mine"]) == {"a", "b"}


def test_membership_counts_from_the_next_statement(desks: Desks, owner: Conn, ids: Ids) -> None:
    conn, _ = desks
    rows(owner, "INSERT INTO oms.account_members VALUES ('desk_a', 'b')")
    assert len(rows(conn, "SELECT * FROM oms.orders")) == 10
    assert one(conn, "SELECT * FROM oms.mark_cancelled(%s, account => 'b')", ids["b"][3])["account"] == "b"
    rows(owner, "DELETE FROM oms.account_members WHERE role = 'desk_a'")
    assert rows(conn, "SELECT * FROM oms.orders") == []
    assert one(conn, "SELECT oms.my_accounts() AS mine") == {"mine": []}


def test_another_role_taken_on_changes_nothing(desks: Desks, owner: Conn) -> None:
    """What counts is who logged in, so that a function of the product that runs as its owner can't be used either."""
    rows(owner, "INSERT INTO oms.account_members VALUES ('oms_trader', 'b')")
    conn, _ = desks
    assert set(one(conn, "SELECT oms.my_accounts() AS mine")["mine"]) == {"a", "b"}
    rows(owner, "DELETE FROM oms.account_members WHERE role = 'oms_trader'")
    rows(conn, "SET ROLE oms_trader")
    assert one(conn, "SELECT oms.my_accounts() AS mine") == {"mine": ["a"]}


def test_the_owner_sees_and_writes_everything(owner: Conn, ids: Ids) -> None:
    assert len(rows(owner, "SELECT * FROM oms.orders")) == 10
    assert one(owner, "SELECT * FROM oms.mark_cancelled(%s, account => 'b')", ids["b"][3])["status"] == "cancelled"
    assert rows(owner, "SELECT * FROM oms.audit_gaps") == []
