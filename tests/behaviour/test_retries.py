"""Which failed orders are tried again, when, by whom, and until when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest

from support.clock import Clock
from support.fold_orders import call, execute, place
from support.fold_tables import Conn, event_types, gaps, order, refused, row, rows, snapshot, value

IST = "+05:30"
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
    """Monday, a quarter of an hour after the open."""
    return Clock(owner, f"2026-01-05 09:30{IST}")


def _rejected(conn: Conn, text: str = "Computer says no", **terms: Any) -> int:
    order_id = place(conn, **terms)
    call(conn, "mark_rejected", order_id, text)
    return order_id


def _failed(conn: Conn, text: str = "connection refused", **terms: Any) -> int:
    order_id = place(conn, **terms)
    call(conn, "mark_failed", order_id, text)
    return order_id


def _queue(conn: Conn, order_id: int) -> dict[str, Any]:
    return row(conn, "SELECT * FROM oms.retry_queue WHERE order_id = %s", [order_id])


def _state(conn: Conn, order_id: int) -> str:
    state: str = _queue(conn, order_id)["state"]
    return state


def _claim(conn: Conn, worker: str = "w1", *arguments: Any, **named: Any) -> list[int]:
    return [claimed["order_id"] for claimed in call(conn, "claim_retries", worker, *arguments, **named)]


def _again(conn: Conn, order_id: int, text: str, name: str = "mark_rejected") -> None:
    """Retried, and refused again."""
    call(conn, "retry_order", order_id)
    call(conn, name, order_id, text)


# -- what a text means -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "expected", "at_open"), TEXTS, ids=[text[0][:40] for text in TEXTS])
def test_texts_are_classified(trader: Conn, clock: Clock, text: str, expected: str, at_open: bool | None) -> None:
    order_id = _rejected(trader, text)
    found = _queue(trader, order_id)
    assert (found["class"], found["refusal"]) == (expected, text)
    assert (found["note"] is None) == (expected == "unknown")
    assert (found["state"] == "permanent") == (expected == "permanent")
    if expected == "transient":
        opens = clock.now.replace(day=6, hour=3, minute=45)
        assert (found["due_at"] == opens) == at_open
    clock.forward(hours=24)
    assert _claim(trader) == ([] if expected == "permanent" else [order_id])
    assert gaps(trader) == []


def test_a_failure_before_the_broker_is_transient_unless_a_rule_says_other(trader: Conn) -> None:
    for text, expected in (("boom", "transient"), ("connection refused", "transient"), ("unknown symbol", "permanent")):
        assert _queue(trader, _failed(trader, text))["class"] == expected
    assert _queue(trader, _rejected(trader, "boom"))["class"] == "unknown"


def test_a_rejection_stands_until_the_order_is_retried(trader: Conn) -> None:
    order_id = _rejected(trader, "Unknown symbol")
    call(trader, "mark_failed", order_id, "connection refused")
    assert _queue(trader, order_id)["class"] == "permanent"
    call(trader, "retry_order", order_id)
    call(trader, "mark_failed", order_id, "connection refused")
    assert (_queue(trader, order_id)["class"], _queue(trader, order_id)["refusal"]) == (
        "transient",
        "connection refused",
    )


def test_orders_that_are_placed_failed_are_in_the_queue(trader: Conn) -> None:
    columns = "INSERT INTO oms.orders (symbol, side, quantity, status, {}) VALUES ('TCS', 'buy', 1, 'failed', %s)"
    for number, (column, expected) in enumerate((("reason", "transient"), ("rejection_reason", "unknown")), 1):
        trader.execute(columns.format(column).encode(), ["no luck"])
        found = _queue(trader, number)
        assert (found["class"], found["refusal"], found["failures"]) == (expected, "no luck", 1)


@pytest.mark.parametrize("name", ["mark_failed", "mark_rejected"])
def test_the_text_is_the_orders_not_the_transactions(trader: Conn, name: str) -> None:
    """set_context() says why a transaction is made; what the broker said is told by the order."""
    order_id = place(trader)
    with trader.transaction():
        trader.execute("SELECT oms.set_context(reason => 'unknown symbol')")
        call(trader, name, order_id, "too many requests")
    assert (_queue(trader, order_id)["refusal"], _queue(trader, order_id)["class"]) == (
        "too many requests",
        "transient",
    )


def _rule(owner: Conn, **columns: Any) -> None:
    names = ", ".join(columns)
    query = f"INSERT INTO oms.reject_rules ({names}) VALUES ({', '.join(['%s'] * len(columns))})"
    owner.execute(query.encode(), [*columns.values()])


def test_a_rule_counts_for_what_has_failed_already(owner: Conn, trader: Conn) -> None:
    order_id = _rejected(trader, "E-77: computer says no")
    assert _state(trader, order_id) == "waiting"
    _rule(owner, priority=5, code="E-77", **{"class": "permanent"}, note="it means it")
    assert (_state(trader, order_id), _queue(trader, order_id)["note"]) == ("permanent", "it means it")


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


# -- when --------------------------------------------------------------------------------------------------------------


def test_back_off_is_exact(trader: Conn, clock: Clock) -> None:
    order_id = _failed(trader)
    for number, seconds in enumerate((30, 60, 120, 240, 480), 1):
        found = _queue(trader, order_id)
        failed_at = order(trader, order_id)["updated_at"]
        assert (found["failed_at"], found["failures"]) == (failed_at, number)
        assert found["due_at"] == failed_at + timedelta(seconds=seconds)
        clock.set(found["due_at"] - timedelta(microseconds=1))
        assert (_state(trader, order_id), _claim(trader)) == ("waiting", [])
        clock.set(found["due_at"])
        assert (_state(trader, order_id), _claim(trader)) == ("due", [order_id])
        _again(trader, order_id, "connection refused", "mark_failed")
    # Six attempts, five of them retries: no more.
    assert _queue(trader, order_id)["failures"] == 6
    clock.forward(hours=2)
    assert (_state(trader, order_id), _claim(trader)) == ("exhausted", [])
    assert _queue(trader, order_id)["due_at"] is None


def test_back_off_follows_its_policy(owner: Conn, trader: Conn, clock: Clock) -> None:
    owner.execute(
        "UPDATE oms.retry_policies SET max_retries = 100, first_delay = '10 s', factor = 3, max_delay = '1 min',"
        " circuit = 1000 WHERE class = 'transient'"
    )
    order_id = _failed(trader)
    for seconds in (10, 30, 60, 60):
        found = _queue(trader, order_id)
        assert found["due_at"] - found["failed_at"] == timedelta(seconds=seconds)
        clock.forward(minutes=5)
        _again(trader, order_id, "connection refused", "mark_failed")
    # Failing without end overflows nothing.
    owner.execute("UPDATE oms.retry_policies SET factor = 10, max_delay = '1 year' WHERE class = 'transient'")
    for number in range(90):
        call(trader, "mark_failed", order_id, f"attempt {number}")
    found = _queue(trader, order_id)
    assert (found["failures"], found["due_at"] - found["failed_at"]) == (95, timedelta(days=365.25))


def test_money_takes_longer(trader: Conn, clock: Clock) -> None:
    order_id = _rejected(trader, "RMS:Margin Exceeds,Required:95417.84")
    assert _queue(trader, order_id)["due_at"] == order(trader, order_id)["updated_at"] + timedelta(minutes=15)
    clock.forward(hours=1)
    _again(trader, order_id, "RMS:Margin Exceeds,Required:95417.85")
    assert _queue(trader, order_id)["due_at"] == order(trader, order_id)["updated_at"] + timedelta(minutes=30)


def test_a_closed_market_is_tried_at_its_next_open(trader: Conn, clock: Clock) -> None:
    clock.set(f"2026-01-09 16:00{IST}")
    order_id = _rejected(trader, "Exchange closed")
    assert _queue(trader, order_id)["due_at"] == clock.set(f"2026-01-12 09:15{IST}")
    assert _claim(trader) == [order_id]


def test_the_unknown_gets_one_more_chance(trader: Conn, clock: Clock) -> None:
    order_id = _rejected(trader)
    clock.forward(minutes=5, seconds=-1)
    assert _claim(trader) == []
    clock.forward(seconds=2)
    assert _claim(trader) == [order_id]
    _again(trader, order_id, "Computer says never")
    clock.forward(hours=1)
    assert (_state(trader, order_id), _claim(trader)) == ("exhausted", [])


def test_a_permanent_rejection_is_never_handed_out(owner: Conn, trader: Conn, clock: Clock) -> None:
    order_id = _rejected(trader, "Unknown symbol")
    for _ in range(30):
        clock.forward(minutes=11)
        assert _claim(trader) == []
    assert _state(trader, order_id) == "permanent"
    # Not even by another policy.
    with pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE oms.retry_policies SET max_retries = 1 WHERE class = 'permanent'")


def test_identical_rejections_open_the_circuit(trader: Conn, clock: Clock) -> None:
    order_id = _rejected(trader, "RMS:Margin Exceeds,Required:95417.84, Available:0.00")
    for amount in ("1,95,417.10", "2.5"):
        clock.forward(hours=1)
        assert _claim(trader) == [order_id]
        _again(trader, order_id, f"rms:margin exceeds,required:{amount}, Available:0.00")
    found = _queue(trader, order_id)
    assert (found["state"], found["identical_rejections"], found["failures"]) == ("circuit_open", 3, 3)
    clock.forward(hours=2)
    assert _claim(trader) == []
    # A human may: the circuit stays open until something else is said.
    _again(trader, order_id, "RMS:Margin Exceeds,Required:1.00, Available:0.00")
    assert _state(trader, order_id) == "circuit_open"
    _again(trader, order_id, "too many requests")
    assert (_state(trader, order_id), _queue(trader, order_id)["identical_rejections"]) == ("waiting", 1)


def test_other_rejections_in_between_close_it(trader: Conn, clock: Clock) -> None:
    texts = ("Too many requests", "Server busy", "Too many requests", "Too many requests 2")
    order_id = _rejected(trader, "Too many requests")
    counted = []
    for text in texts:
        clock.forward(minutes=10)
        _again(trader, order_id, text)
        counted.append(_queue(trader, order_id)["identical_rejections"])
    assert counted == [2, 1, 1, 1]


def test_failing_to_reach_the_broker_is_no_refusal(trader: Conn, clock: Clock) -> None:
    """An outage of ten minutes is not the broker's word; neither does it take that back."""
    order_id = _failed(trader)
    for _ in range(3):
        clock.forward(minutes=10)
        assert _claim(trader) == [order_id]
        _again(trader, order_id, "connection refused", "mark_failed")
    assert (_state(trader, order_id), _queue(trader, order_id)["identical_rejections"]) == ("waiting", 0)
    other = _rejected(trader, "busy")
    _again(trader, other, "busy")
    _again(trader, other, "connection refused", "mark_failed")
    assert (_state(trader, other), _queue(trader, other)["identical_rejections"]) == ("waiting", 2)
    _again(trader, other, "busy")
    assert _state(trader, other) == "circuit_open"
    _again(trader, other, "connection refused", "mark_failed")
    assert _state(trader, other) == "circuit_open"


# -- who ---------------------------------------------------------------------------------------------------------------


def test_a_claim_changes_nothing_of_the_order(trader: Conn, clock: Clock) -> None:
    order_id = _failed(trader)
    clock.forward(minutes=1)
    before = snapshot(trader)
    (claimed,) = call(trader, "claim_retries", "host-1:4711", 5, "90 s")
    assert claimed == order(trader, order_id)
    assert snapshot(trader) == before
    assert row(trader, "SELECT * FROM oms.retry_claims") == {
        "order_id": order_id,
        "version": 2,
        "account": "default",
        "worker": "host-1:4711",
        "db_user": "trader",
        "claimed_at": clock.now,
        "leased_until": clock.now + timedelta(seconds=90),
    }
    found = _queue(trader, order_id)
    assert (found["state"], found["worker"], found["leased_until"]) == (
        *("leased", "host-1:4711", clock.now + timedelta(seconds=90)),
    )
    assert gaps(trader) == []


def test_what_is_in_hand_is_handed_to_nobody_until_its_lease_is_over(trader: Conn, clock: Clock) -> None:
    order_id = _failed(trader)
    clock.forward(minutes=1)
    assert _claim(trader, "w1") == [order_id]
    assert (_claim(trader, "w2"), _claim(trader, "w1")) == ([], [])
    clock.forward(minutes=1, microseconds=-1)
    assert _claim(trader, "w2") == []
    clock.forward(microseconds=1)
    assert _claim(trader, "w2") == [order_id]
    assert row(trader, "SELECT worker, leased_until FROM oms.retry_claims") == {
        "worker": "w2",
        "leased_until": clock.now + timedelta(minutes=1),
    }


def test_a_late_worker_does_not_send_twice(trader: Conn, clock: Clock) -> None:
    """w1 was slow, w2 has the order now: only one of them makes it pending."""
    _failed(trader)
    clock.forward(minutes=1)
    (first,) = call(trader, "claim_retries", "w1")
    clock.forward(minutes=1)
    (second,) = call(trader, "claim_retries", "w2")
    assert (first["order_id"], first["version"]) == (second["order_id"], second["version"])
    call(trader, "retry_order", second["order_id"], expected_version=second["version"])
    with refused(trader, "OM008", order_id=first["order_id"]):
        call(trader, "retry_order", first["order_id"], expected_version=first["version"])
    assert event_types(trader, first["order_id"]) == ["placed", "failed", "retried"]


def test_a_retry_spends_the_claim(trader: Conn, clock: Clock) -> None:
    """Failing again, within the lease, the order waits for its back-off and then belongs to anybody."""
    order_id = _failed(trader)
    clock.forward(minutes=1)
    assert _claim(trader, "w1", lease="1 day") == [order_id]
    call(trader, "retry_order", order_id)
    assert rows(trader, "SELECT * FROM oms.retry_queue") == []
    call(trader, "mark_failed", order_id, "connection refused")
    found = _queue(trader, order_id)
    assert (found["state"], found["worker"], found["leased_until"]) == ("waiting", None, None)
    clock.forward(minutes=2)
    assert _claim(trader, "w2") == [order_id]


def test_an_annotation_leaves_the_claim_alone(trader: Conn, clock: Clock) -> None:
    order_id = _failed(trader, client_order_id="x")
    clock.forward(minutes=1)
    (claimed,) = call(trader, "claim_retries", "w1")
    call(trader, "apply_execution_report", '{"ExecType": "I", "ClOrdID": "x", "CumQty": "3"}')
    assert event_types(trader, order_id)[-1] == "discrepancy"
    assert (_state(trader, order_id), _claim(trader, "w2")) == ("leased", [])
    call(trader, "retry_order", order_id, expected_version=claimed["version"])
    assert order(trader, order_id)["status"] == "pending"


def test_the_oldest_come_first_and_no_more_than_asked_for(trader: Conn, clock: Clock) -> None:
    ids = []
    for _ in range(5):
        ids.append(_failed(trader))
        clock.forward(seconds=1)
    call(trader, "mark_failed", ids[0], "refused again")
    clock.forward(minutes=5)
    assert _claim(trader, "w1", 2) == ids[1:3]
    assert _claim(trader, "w2", 2) == ids[3:]
    assert _claim(trader, "w3", 2) == ids[:1]
    assert _claim(trader, "w4", 2) == []


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"worker": None}, "worker"),
        ({"worker": " "}, "worker"),
        ({"max_orders": 0}, "max_orders"),
        ({"max_orders": -1}, "max_orders"),
        ({"max_orders": 10001}, "max_orders"),
        ({"max_orders": None}, "max_orders"),
        ({"lease": "0"}, "lease"),
        ({"lease": "-1 minute"}, "lease"),
        ({"lease": "367 days"}, "lease"),
        ({"lease": None}, "lease"),
    ],
    ids=str,
)
def test_bad_arguments_claim_nothing(trader: Conn, clock: Clock, arguments: dict[str, Any], argument: str) -> None:
    _failed(trader)
    clock.forward(minutes=1)
    with refused(trader, "OM007", argument=argument):
        call(trader, "claim_retries", **{"worker": "w1", **arguments})
    assert rows(trader, "SELECT * FROM oms.retry_claims") == []


def test_orders_that_live_or_may_live_are_nobodys_to_retry(trader: Conn, clock: Clock) -> None:
    place(trader)
    execute(trader, place(trader), 4)
    call(trader, "mark_cancelled", place(trader))
    call(trader, "record_attempt", place(trader), "read timed out")
    part_filled = place(trader)
    execute(trader, part_filled, 4)
    call(trader, "mark_rejected", part_filled, "Too many requests")
    assert rows(trader, "SELECT * FROM oms.retry_queue") == []
    # Sent while it was failed, and nobody knows what became of it.
    order_id = _failed(trader)
    call(trader, "record_attempt", order_id, "read timed out")
    clock.forward(hours=1)
    assert (_state(trader, order_id), _claim(trader)) == ("unconfirmed", [])
    call(trader, "mark_failed", order_id, "connection refused")
    clock.forward(hours=1)
    assert (_state(trader, order_id), _claim(trader)) == ("unconfirmed", []), "that says nothing of the one before"
    call(trader, "mark_rejected", order_id, "Too many requests")
    clock.forward(hours=1)
    assert (_state(trader, order_id), _claim(trader)) == ("due", [order_id])


def test_an_order_placed_by_hand_is_not_ours_to_retry(trader: Conn, clock: Clock) -> None:
    (manual,) = call(trader, "record_manual_order", "WEB-1", "TCS", "buy", 5)
    call(trader, "mark_rejected", manual["order_id"], "Too many requests")
    clock.forward(hours=1)
    assert (_state(trader, manual["order_id"]), _claim(trader)) == ("manual", [])
    call(trader, "claim_manual_order", manual["order_id"], "momentum", "ours", actor="ana")
    assert _claim(trader) == [manual["order_id"]]


@pytest.mark.parametrize("role", ["reader", "auditor"])
def test_readers_see_the_queue_and_claim_nothing(connect: Any, trader: Conn, clock: Clock, role: str) -> None:
    order_id = _rejected(trader, "Exchange closed")
    call(trader, "claim_retries", "w1")
    clock.forward(days=1)
    conn = connect(role)
    assert (_state(conn, order_id), rows(conn, "SELECT * FROM oms.retry_claims")) == ("due", [])
    for name, arguments in (("claim_retries", ("w",)), ("expire_orders", ())):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            call(conn, name, *arguments)


def test_nobody_writes_claims_by_hand(trader: Conn) -> None:
    for statement in (
        "INSERT INTO oms.retry_claims SELECT 1, 1, 'default', 'w', 'w', now(), now() + interval '1 s'",
        "UPDATE oms.retry_claims SET worker = 'w'",
        "DELETE FROM oms.retry_claims",
        "UPDATE oms.reject_rules SET class = 'transient'",
        "UPDATE oms.retry_policies SET max_retries = 9",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            trader.execute(statement.encode())


# -- until when --------------------------------------------------------------------------------------------------------


def _expired(conn: Conn, *arguments: Any, **named: Any) -> list[int]:
    return [ended["order_id"] for ended in call(conn, "expire_orders", *arguments, **named)]


@pytest.mark.parametrize(
    ("failed", "expires"),
    [
        ("2026-01-06 08:00+05:30", "2026-01-06 15:30+05:30"),
        ("2026-01-06 09:14:59+05:30", "2026-01-06 15:30+05:30"),
        ("2026-01-06 09:15+05:30", "2026-01-07 15:30+05:30"),
        ("2026-01-06 12:00+05:30", "2026-01-07 15:30+05:30"),
        ("2026-01-06 15:30+05:30", "2026-01-07 15:30+05:30"),
        ("2026-01-07 20:00+05:30", "2026-01-09 15:30+05:30"),
        ("2026-01-09 12:00+05:30", "2026-01-12 15:30+05:30"),
        ("2026-01-10 12:00+05:30", "2026-01-12 15:30+05:30"),
        ("2026-01-16 12:00+05:30", "2026-01-19 15:30+05:30"),
    ],
)
def test_a_failed_order_lives_to_the_close_of_the_next_session(
    owner: Conn, trader: Conn, clock: Clock, failed: str, expires: str
) -> None:
    """Thursday the 8th is a holiday; the calendar ends on the 14th."""
    days = "{2026-01-05,2026-01-06,2026-01-07,2026-01-09,2026-01-12,2026-01-13,2026-01-14}"
    owner.execute(
        "SELECT oms.load_sessions('XNSE', '2026-01-05', '2026-01-14', array_agg(day ORDER BY day),"
        " array_agg((day + time '09:15') AT TIME ZONE 'Asia/Kolkata' ORDER BY day),"
        " array_agg((day + time '15:30') AT TIME ZONE 'Asia/Kolkata' ORDER BY day)) FROM unnest(%s::date[]) AS d (day)",
        [days],
    )
    placed = clock.set(failed) - timedelta(seconds=1)
    clock.set(placed)
    order_id = place(trader)
    clock.set(failed)
    call(trader, "mark_failed", order_id, "connection refused")
    over = clock.set(expires)
    assert _queue(trader, order_id)["expires_at"] == over
    clock.forward(microseconds=-1)
    assert _expired(trader) == []
    clock.set(over)
    assert (_state(trader, order_id), _claim(trader)) == ("expired", [])
    assert _expired(trader) == [order_id]


def test_expired_orders_are_cancelled_once(trader: Conn, clock: Clock) -> None:
    ids = [_failed(trader, "connection refused"), _rejected(trader, "Unknown symbol"), _rejected(trader)]
    live = place(trader)
    unconfirmed = place(trader)
    call(trader, "record_attempt", unconfirmed, "read timed out")
    sent = _failed(trader)
    call(trader, "record_attempt", sent, "read timed out")
    clock.forward(days=2)
    fresh = _failed(trader)
    untouched = {order_id: order(trader, order_id) for order_id in (live, unconfirmed, sent, fresh)}
    ended = call(trader, "expire_orders", actor="bot:close", occurred_at=f"2026-01-06 15:30{IST}")
    assert [(o["order_id"], o["status"], o["end_reason"], o["reason"]) for o in ended] == [
        (order_id, "cancelled", "expired", "Order expired") for order_id in ids
    ]
    for found in ended:
        assert found == order(trader, found["order_id"])
        assert found["closed_at"] == found["updated_at"] == clock.now
        assert (found["leaves_qty"], found["cancelled_qty"]) == (0, 10)
    event = row(trader, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq DESC LIMIT 1", [ids[0]])
    assert (event["event_type"], event["actor"], event["from_status"]) == ("expired", "bot:close", "failed")
    before = snapshot(trader)
    assert _expired(trader) == []
    assert snapshot(trader) == before
    assert {order_id: order(trader, order_id) for order_id in untouched} == untouched
    assert gaps(trader) == []


def test_it_is_what_expire_order_does(trader: Conn, clock: Clock) -> None:
    batch, single = _failed(trader), _failed(trader)
    clock.forward(days=2)
    call(trader, "expire_order", single, "too late")
    call(trader, "expire_orders", "too late")
    one, other = (
        {
            k: v
            for k, v in order(trader, i).items()
            if k not in ("order_id", "first_failed_at", "last_retry_attempt", "placed_at")
        }
        for i in (batch, single)
    )
    assert one == other
    logged = ("event_type", "from_status", "to_status", "reason", "changes")
    one, other = (
        {
            k: row(trader, "SELECT * FROM oms.order_events WHERE order_id = %s ORDER BY seq DESC LIMIT 1", [i])[k]
            for k in logged
        }
        for i in (batch, single)
    )
    assert one == other


def test_so_many_at_once(trader: Conn, clock: Clock) -> None:
    ids = [_failed(trader) for _ in range(5)]
    clock.forward(days=2)
    assert _expired(trader, max_orders=2) == ids[:2]
    assert _expired(trader, max_orders=2) == ids[2:4]
    assert _expired(trader, max_orders=2) == ids[4:]
    for wrong in (0, None, 10001):
        with refused(trader, "OM007", argument="max_orders"):
            _expired(trader, max_orders=wrong)


def test_a_retry_does_not_prolong_the_window(trader: Conn, clock: Clock) -> None:
    order_id = _failed(trader)
    window = _queue(trader, order_id)["expires_at"]
    clock.set(f"2026-01-06 15:00{IST}")
    _again(trader, order_id, "connection refused", "mark_failed")
    assert _queue(trader, order_id)["expires_at"] == window


def test_the_account_says_how_long(owner: Conn, trader: Conn, clock: Clock) -> None:
    order_id = _failed(trader)
    owner.execute(
        "INSERT INTO oms.markets (market, time_zone, opens_at, closes_at)"
        " VALUES ('XNYS', 'America/New_York', '09:30', '16:00')"
    )
    owner.execute("INSERT INTO oms.accounts (account, retry_sessions) VALUES ('default', 3)")
    assert _queue(trader, order_id)["expires_at"] == clock.set(f"2026-01-08 15:30{IST}")
    owner.execute("UPDATE oms.accounts SET market = 'XNYS'")
    assert _queue(trader, order_id)["expires_at"] == clock.set("2026-01-07 16:00-05:00")
    owner.execute("UPDATE oms.accounts SET retry_sessions = 0")
    clock.forward(days=400)
    assert (_queue(trader, order_id)["expires_at"], _expired(trader)) == (None, [])
    assert _claim(trader) == [order_id]
    for wrong, error in (("market = 'NOWHERE'", "ForeignKeyViolation"), ("retry_sessions = -1", "CheckViolation")):
        with pytest.raises(getattr(psycopg.errors, error)):
            owner.execute(f"UPDATE oms.accounts SET {wrong}".encode())


def test_a_lease_does_not_outlive_the_window(trader: Conn, clock: Clock) -> None:
    _failed(trader)
    clock.set(f"2026-01-06 15:29:50{IST}")
    (claimed,) = call(trader, "claim_retries", "w1")
    clock.forward(seconds=10)
    assert _expired(trader) == [claimed["order_id"]]
    with refused(trader, "OM008", order_id=claimed["order_id"]):
        call(trader, "retry_order", claimed["order_id"], expected_version=claimed["version"])
