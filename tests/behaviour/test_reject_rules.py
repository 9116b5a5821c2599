"""What a text of a broker means: which class a failure is of, and which rule said so."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from support.clock import Clock
from support.fold_orders import call, place
from support.fold_tables import Conn, gaps, rows, value
from support.retry_calls import claim, failed, monday, queue, rejected, state

# What a broker says, the class it is of, and whether it waits for the open.
TEXTS = [
    # FIX OrdRejReason by name, as apply_execution_report() writes it.
    ("Broker option", "unknown", None),
    ("Unknown symbol", "permanent", None),
    ("Exchange closed", "transient", True),
    ("Order exceeds limit", "permanent", None),
    ("Too late to enter", "transient", True),
    ("Unknown order", "permanent", None),
    ("Duplicate order", "permanent", None),
    ("Duplicate of a verbally communicated order", "permanent", None),
    ("Stale order", "transient", False),
    ("Trade along required", "permanent", None),
    ("Invalid investor ID", "permanent", None),
    ("Unsupported order characteristic", "permanent", None),
    ("Incorrect quantity", "permanent", None),
    ("Incorrect allocated quantity", "permanent", None),
    ("Unknown account", "permanent", None),
    ("Other", "unknown", None),
    ("Other: insufficient funds", "transient", False),
    # Brokers and exchanges of the default market.
    (
        "RMS:Margin Exceeds,Required:95417.84, Available:74251.80 for entity account-A1 across exchange",
        "transient",
        False,
    ),
    ("Insufficient funds. Required margin is 95417.84 but available margin is 74251.80.", "transient", False),
    ("RMS: Auto Square Off Block", "transient", True),
    ("16556 : Quantity less than the minimum lot size", "permanent", None),
    ("17070 : out", "permanent", None),
    ("17070 : The Price is out of the current execution range", "permanent", None),
    ("16387 : Security is not allowed to trade in this market", "permanent", None),
    ("RMS:Rule: Check circuit limit including square off order exceeds : Circuit breach", "permanent", None),
    ("RMS:Blocked for nse_cm SOMETHING block type: ALL", "permanent", None),
    ("Insufficient stock holding in DP, check holdings", "permanent", None),
    ("The instrument you are placing an order for has either expired or does not exist.", "permanent", None),
    ("Tick size for this script is 0.05. Kindly enter price in the multiple of tick size", "permanent", None),
    ("Quantity should be multiple of lot size 75", "permanent", None),
    ("Markets are closed right now. Use AMO to place an order.", "transient", True),
    ("Too many requests", "transient", False),
    ("Incorrect `api_key` or `access_token`.", "transient", False),
    ("OMS is currently unavailable, try again later", "transient", False),
    # Others.
    ("insufficient buying power", "transient", False),
    ("ccxt.RateLimitExceeded", "transient", False),
    ("binance Account has insufficient balance for requested action", "transient", False),
    ("Price not within the daily price range", "permanent", None),
    ("asset ABC is not tradable", "permanent", None),
    ("potential duplicate client order id", "permanent", None),
    # Nobody knows what became of these, so nothing is sent again.
    ("HTTPSConnectionPool: Read timed out.", "permanent", None),
    ("504 Gateway Time-out", "permanent", None),
    ("Computer says no", "unknown", None),
    ("42900 of 17", "unknown", None),
]


@pytest.fixture
def clock(owner: Conn) -> Clock:
    """The market is open."""
    return monday(owner)


@pytest.mark.parametrize(("text", "expected", "at_open"), TEXTS, ids=[text[0][:40] for text in TEXTS])
def test_texts_are_classified(trader: Conn, clock: Clock, text: str, expected: str, at_open: bool | None) -> None:
    order_id = rejected(trader, text)
    found = queue(trader, order_id)
    assert (found["class"], found["refusal"]) == (expected, text)
    assert (found["note"] is None) == (expected == "unknown")
    assert (found["state"] == "permanent") == (expected == "permanent")
    if expected == "transient":
        opens = clock.now.replace(day=6, hour=3, minute=45)
        assert (found["due_at"] == opens) == at_open
    clock.forward(hours=24)
    assert claim(trader) == ([] if expected == "permanent" else [order_id])
    assert gaps(trader) == []


def test_a_failure_before_the_broker_is_transient_unless_a_rule_says_other(trader: Conn) -> None:
    for text, expected in (("boom", "transient"), ("connection refused", "transient"), ("unknown symbol", "permanent")):
        assert queue(trader, failed(trader, text))["class"] == expected
    assert queue(trader, rejected(trader, "boom"))["class"] == "unknown"


def test_a_rejection_stands_until_the_order_is_retried(trader: Conn) -> None:
    order_id = rejected(trader, "Unknown symbol")
    call(trader, "mark_failed", order_id, "connection refused")
    assert queue(trader, order_id)["class"] == "permanent"
    call(trader, "retry_order", order_id)
    call(trader, "mark_failed", order_id, "connection refused")
    assert (queue(trader, order_id)["class"], queue(trader, order_id)["refusal"]) == (
        "transient",
        "connection refused",
    )


def test_orders_that_are_placed_failed_are_in_the_queue(trader: Conn) -> None:
    columns = "INSERT INTO oms.orders (symbol, side, quantity, status, {}) VALUES ('TCS', 'buy', 1, 'failed', %s)"
    for number, (column, expected) in enumerate((("reason", "transient"), ("rejection_reason", "unknown")), 1):
        trader.execute(columns.format(column).encode(), ["no luck"])
        found = queue(trader, number)
        assert (found["class"], found["refusal"], found["failures"]) == (expected, "no luck", 1)


@pytest.mark.parametrize("name", ["mark_failed", "mark_rejected"])
def test_the_text_is_the_orders_not_the_transactions(trader: Conn, name: str) -> None:
    """set_context() says why a transaction is made; what the broker said is told by the order."""
    order_id = place(trader)
    with trader.transaction():
        trader.execute("SELECT oms.set_context(reason => 'unknown symbol')")
        call(trader, name, order_id, "too many requests")
    assert (queue(trader, order_id)["refusal"], queue(trader, order_id)["class"]) == (
        "too many requests",
        "transient",
    )


def _rule(owner: Conn, **columns: Any) -> None:
    names = ", ".join(columns)
    query = f"INSERT INTO oms.reject_rules ({names}) VALUES ({', '.join(['%s'] * len(columns))})"
    owner.execute(query.encode(), [*columns.values()])


def test_a_rule_counts_for_what_has_failed_already(owner: Conn, trader: Conn) -> None:
    order_id = rejected(trader, "E-77: computer says no")
    assert state(trader, order_id) == "waiting"
    _rule(owner, priority=5, code="E-77", **{"class": "permanent"}, note="it means it")
    assert (state(trader, order_id), queue(trader, order_id)["note"]) == ("permanent", "it means it")


def test_the_first_rule_counts_and_the_brokers_own_come_first(owner: Conn, trader: Conn) -> None:
    def found(text: str, broker: str = "") -> str | None:
        note: str | None = value(trader, "SELECT note FROM oms.match_reject_rule(%s, %s)", [text, broker])
        return note

    transient = {"class": "transient"}
    _rule(owner, priority=1, code="9", note="code", **transient)
    _rule(owner, priority=2, pattern="^NO (way|go)$", note="pattern", **transient)
    _rule(owner, priority=3, code="8", pattern="later", note="both", **transient)
    _rule(owner, priority=999, broker="kite", pattern="no way", note="kite's", **transient)
    assert [found(text) for text in ("9", "code 9: x", "(9)", "no way", "8 later", "8: LATER on")] == [
        *("code", "code", "code", "pattern", "both", "both")
    ]
    assert [found(text) for text in ("99", "x9", "9_", "no way!", "8", "later", "18 later", "")] == [None] * 8
    assert [found("no way", broker) for broker in ("kite", "other")] == ["kite's", "pattern"]
    assert found("9", "kite") == "code"


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"code": "a|b"}, "reject_rules_code_ck"),
        ({"code": " a"}, "reject_rules_code_ck"),
        ({"code": ""}, "reject_rules_code_ck"),
        ({"pattern": ""}, "reject_rules_pattern_ck"),
        ({}, "reject_rules_matches_ck"),
        ({"code": "a", "first_delay": "-1 s"}, "reject_rules_first_delay_ck"),
        ({"code": "a", "class": "perhaps"}, "reject_rules_class_fk"),
        ({"pattern": "a("}, None),
        ({"pattern": "[[:nonsense:]]"}, None),
        ({"pattern": "*"}, None),
    ],
    ids=str,
)
def test_a_bad_rule_is_refused_when_it_is_written(owner: Conn, columns: dict[str, Any], constraint: str | None) -> None:
    with pytest.raises(psycopg.Error) as error:
        _rule(owner, **{"priority": 1, "class": "transient", "note": "x", **columns})
    assert error.value.diag.constraint_name == constraint
    assert error.value.sqlstate == {None: "2201B", "reject_rules_class_fk": "23503"}.get(constraint, "23514")


def test_every_rule_that_comes_with_it_is_reached(owner: Conn) -> None:
    """No seed is shadowed by those before it, and they fit into the cache of compiled expressions."""
    reached = {value(owner, "SELECT priority FROM oms.match_reject_rule(%s)", [text]) for text, _, _ in TEXTS} - {None}
    more = (
        "trading halted in this security",
        "SHORT SELL",
        "would trigger immediately",
        "16556",
        "16387: x",
        "invalid variety",
    )
    reached |= {value(owner, "SELECT priority FROM oms.match_reject_rule(%s)", [text]) for text in more}
    seeds = rows(owner, "SELECT priority FROM oms.reject_rules")
    assert reached == {seed["priority"] for seed in seeds}
    assert len(seeds) <= 30
