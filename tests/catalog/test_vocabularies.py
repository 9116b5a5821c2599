"""A vocabulary is the same wherever it is written, and nothing outside it gets in."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from support.sqltext import FUNCTIONS, MIGRATIONS, VIEWS

STATUSES = {"pending", "ongoing", "closed", "failed", "cancelled"}
ORDERS = {
    "side": {"buy", "sell"},
    "order_type": {"market", "limit", "stop", "stop_limit"},
    "time_in_force": {"day", "gtc", "gtd", "ioc", "fok", "opg"},
    "entry_type": {"initial", "reentry", "manual"},
    "trade_mode": {"paper", "broker"},
    "status": STATUSES,
    "end_reason": {"cancelled", "expired", "done_for_day", "rejected", "failed", "closed"},
    "hold": {"done_for_day", "suspended", "stopped", "calculated", "not_triggered"},
}
ANNOTATIONS = {
    *("attempted", "discrepancy", "dismissed", "duplicate_rejected"),
    *("request_received", "request_pending", "request_accepted", "request_rejected"),
}
EVENTS = {
    *("placed", "accepted", "executed", "rejected", "failed", "cancelled", "expired", "retried", "modified"),
    *("quantity_adjusted", "reduced", "closed", "reopened", "manual_detected", "busted", "corrected"),
    *("claimed", "replaced", "restated", "resumed", "triggered"),
    *("done_for_day", "suspended", "stopped", "calculated", "not_triggered"),
    *ANNOTATIONS,
}
FILLS = {"kind": {"trade", "cancel", "correct", "adjust"}, "side": {"buy", "sell"}}


def test_checks(owner: Connection[Any]) -> None:
    """Every CHECK that lists statuses lists some of the five; those of the legal moves list all."""
    rows = owner.execute(
        """
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'oms'::regnamespace AND contype = 'c' AND conrelid::regclass::text NOT LIKE 'oms.broker%'
           AND pg_get_constraintdef(oid) LIKE '%status%'
        """
    ).fetchall()
    listed = {name: set(re.findall(r"'(\w+)'::text", text)) for name, text in rows}
    assert all(words <= STATUSES for words in listed.values()), listed
    assert listed["status_transitions_from_ck"] == listed["status_transitions_to_ck"] == STATUSES


@pytest.mark.parametrize("column", ORDERS)
def test_the_guard_and_its_hints_say_the_same(column: str) -> None:
    text = FUNCTIONS["order_defect"].text
    accepted = re.search(rf"terms\.{column} (?:NOT )?IN \(([^)]*)\)", text)
    hint = re.search(rf"'{column} is one of: ([^']*)'", text)
    assert accepted
    assert hint
    assert set(re.findall(r"'(\w+)'", accepted[1])) == ORDERS[column]
    assert set(hint[1].split(", ")) == ORDERS[column]


@pytest.mark.parametrize("column", ORDERS)
@pytest.mark.parametrize("value", ["Buy", "sold", ""])
def test_a_word_outside_is_refused_on_every_way_in(trader: Connection[Any], column: str, value: str) -> None:
    """What a CHECK would refuse, the guard refuses: by INSERT where the column is the caller's, by UPDATE always."""
    columns = {"symbol": "TCS", "side": "buy", "quantity": "10"}
    insert = "INSERT INTO oms.orders ({}) VALUES ({}) RETURNING order_id"
    row = trader.execute(insert.format(", ".join(columns), "%s, %s, %s").encode(), [*columns.values()]).fetchone()
    assert row
    statements: list[tuple[str, list[Any]]] = [
        (f"UPDATE oms.orders SET {column} = %s WHERE order_id = %s", [value, row[0]])
    ]
    if column not in ("status", "end_reason"):
        wrong = columns | {column: value}
        statements.append((insert.format(", ".join(wrong), ", ".join(["%s"] * len(wrong))), [*wrong.values()]))
    for query, params in statements:
        with pytest.raises(psycopg.Error) as error:
            trader.execute(query.encode(), params)
        assert error.value.sqlstate == ("OM003" if column == "side" and query.startswith("UPDATE") else "OM007")


@pytest.mark.parametrize("kind", ["Trade", "bust", ""])
def test_a_fill_of_no_kind_is_refused(trader: Connection[Any], kind: str) -> None:
    trader.execute("INSERT INTO oms.orders (symbol, side, quantity) VALUES ('TCS', 'buy', 10)")
    query = "INSERT INTO oms.fills (order_id, quantity, kind) SELECT order_id, 1, %s FROM oms.orders"
    with pytest.raises(psycopg.Error) as error:
        trader.execute(query, [kind])
    assert error.value.sqlstate == "OM007"


def test_the_fill_guard_and_its_hints() -> None:
    text = FUNCTIONS["check_fill"].text
    for column in FILLS:
        accepted = re.search(rf"fill\.{column} (?:NOT )?IN \(([^)]*)\)", text)
        hint = re.search(rf"'{column} is one of: ([^']*)'", text)
        assert accepted
        assert hint
        assert set(re.findall(r"'(\w+)'", accepted[1])) == set(hint[1].split(", ")) == FILLS[column]


def test_every_list_of_all_statuses_is_complete() -> None:
    """A list that holds pending, ongoing and failed means all of them."""
    lists = 0
    for source in (*FUNCTIONS.values(), *VIEWS.values(), *MIGRATIONS):
        for found in re.findall(r"[(\[]((?:'\w+',\s*)+'\w+')[)\]]", source.text):
            words = set(re.findall(r"'(\w+)'", found))
            if words >= {"pending", "ongoing", "failed"}:
                lists += 1
                assert words == STATUSES, source
    assert lists >= 6


def test_the_legal_moves_use_the_vocabularies(owner: Connection[Any]) -> None:
    rows = owner.execute("SELECT from_status, to_status, event_type FROM oms.status_transitions").fetchall()
    assert {row[0] for row in rows} == {row[1] for row in rows} == STATUSES
    assert {row[2] for row in rows} < EVENTS


def test_the_statistics_show_all_statuses(owner: Connection[Any]) -> None:
    rows = owner.execute("SELECT status, orders FROM oms.order_statistics()").fetchall()
    assert [row[0] for row in rows] == ["pending", "ongoing", "closed", "failed", "cancelled"]
