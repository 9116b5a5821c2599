"""A vocabulary is the same wherever it is written: in CHECKs, in functions, in their hints."""

from __future__ import annotations

import re
from typing import Any

import pytest
from psycopg import Connection

from support.sqltext import FUNCTIONS, MIGRATIONS, VIEWS

STATUSES = {"pending", "ongoing", "closed", "failed", "cancelled"}
CHECKED = {
    "orders_status_ck": STATUSES,
    "status_transitions_from_ck": STATUSES,
    "status_transitions_to_ck": STATUSES,
    "orders_side_ck": {"buy", "sell"},
    "fills_side_ck": {"buy", "sell"},
    "orders_order_type_ck": {"market", "limit", "stop", "stop_limit"},
    "orders_time_in_force_ck": {"day", "gtc", "gtd", "ioc", "fok", "opg"},
    "orders_entry_type_ck": {"initial", "reentry", "manual"},
    "orders_trade_mode_ck": {"paper", "broker"},
    "orders_end_reason_ck": {"cancelled", "expired", "rejected", "failed", "closed"},
    "orders_hold_ck": {"done_for_day", "suspended", "stopped", "calculated", "not_triggered"},
    "fills_kind_ck": {"trade", "cancel", "correct", "adjust"},
    "order_events_type_ck": {
        *("placed", "accepted", "executed", "rejected", "failed", "cancelled", "expired", "retried", "modified"),
        *("quantity_adjusted", "reduced", "closed", "reopened", "manual_detected", "busted", "corrected"),
        "discrepancy",
    },
}


@pytest.mark.parametrize("name", CHECKED)
def test_checks(owner: Connection[Any], name: str) -> None:
    row = owner.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND connamespace = 'oms'::regnamespace",
        [name],
    ).fetchone()
    assert row
    assert set(re.findall(r"'(\w+)'::text", row[0])) == CHECKED[name]


@pytest.mark.parametrize(
    "column", ["side", "order_type", "time_in_force", "entry_type", "trade_mode", "status", "end_reason", "hold"]
)
def test_the_guard_and_its_hints_say_what_the_checks_say(column: str) -> None:
    text = FUNCTIONS["order_defect"].text
    accepted = re.search(rf"terms\.{column} (?:NOT )?IN \(([^)]*)\)", text)
    hint = re.search(rf"'{column} is one of: ([^']*)'", text)
    assert accepted
    assert hint
    assert set(re.findall(r"'(\w+)'", accepted[1])) == CHECKED[f"orders_{column}_ck"]
    assert set(hint[1].split(", ")) == CHECKED[f"orders_{column}_ck"]


def test_the_fill_guard_and_its_hints() -> None:
    text = FUNCTIONS["check_fill"].text
    for column in ("kind", "side"):
        accepted = re.search(rf"fill\.{column} (?:NOT )?IN \(([^)]*)\)", text)
        hint = re.search(rf"'{column} is one of: ([^']*)'", text)
        assert accepted
        assert hint
        assert set(re.findall(r"'(\w+)'", accepted[1])) == set(hint[1].split(", ")) == CHECKED[f"fills_{column}_ck"]


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
    assert {row[2] for row in rows} < CHECKED["order_events_type_ck"]


def test_the_statistics_show_all_statuses(owner: Connection[Any]) -> None:
    rows = owner.execute("SELECT status, orders FROM oms.order_statistics()").fetchall()
    assert [row[0] for row in rows] == ["pending", "ongoing", "closed", "failed", "cancelled"]
