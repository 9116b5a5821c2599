"""Times and dates that not every client can read never get in: Python's end in 9999, PostgreSQL's far beyond."""

from __future__ import annotations

from decimal import Decimal
from typing import LiteralString

import pytest

from support.fold_orders import place
from support.fold_tables import Conn, gaps, order, refused, value

WRITES: dict[str, LiteralString] = {
    "fill by call": "SELECT oms.mark_executed(1, 100, 1, occurred_at => {})",
    "fill, raw": "INSERT INTO oms.fills (order_id, quantity, price, occurred_at) VALUES (1, 1, 100, {})",
    "call": "SELECT oms.mark_cancelled(1, occurred_at => {})",
    "context": "SELECT set_config('oms.occurred_at', {}, true); UPDATE oms.orders SET status = 'cancelled'",
    "report": "SELECT oms.apply_execution_report(jsonb_build_object('ExecID', 'x', 'ExecType', '4', 'OrdStatus', '4',"
    " 'ClOrdID', 'c1', 'TransactTime', {}))",
}
DAYS: dict[str, LiteralString] = {
    "day of a fill by call": "SELECT oms.mark_executed(1, 100, 1, trade_date => {})",
    "day of a fill, raw": "INSERT INTO oms.fills (order_id, quantity, price, trade_date) VALUES (1, 1, 100, {})",
    "hold": "SELECT oms.hold_order(1, 'done_for_day', trade_date => {})",
    "order": "UPDATE oms.orders SET trade_date = {}",
    "day of a report": "SELECT oms.apply_execution_report(jsonb_build_object('ExecID', 'x', 'ExecType', 'F',"
    " 'OrdStatus', '1', 'ClOrdID', 'c1', 'LastQty', 1, 'LastPx', 100, 'TradeDate', {}))",
}


UNREADABLE: dict[LiteralString, dict[str, LiteralString]] = {
    "'infinity'": WRITES | DAYS,
    "'-infinity'": WRITES | DAYS,
    "'20000-01-01 00:00+00'": WRITES,
    "'0001-01-01 00:00+00 BC'": WRITES,
    "'20000-01-01'": DAYS,
    "'0001-01-01 BC'": DAYS,
}


@pytest.mark.parametrize(
    ("query", "moment"), [(query, moment) for moment, kinds in UNREADABLE.items() for query in kinds.values()]
)
def test_it_is_refused(trader: Conn, query: LiteralString, moment: LiteralString) -> None:
    place(trader, client_order_id="c1")
    with refused(trader, "OM007"):
        trader.execute(query.replace("{}", moment))


@pytest.mark.parametrize("time", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-15:00"])
def test_a_report_at_the_ends_of_the_calendar(trader: Conn, time: str) -> None:
    place(trader, client_order_id="c1")
    report = (
        "SELECT oms.apply_execution_report(jsonb_build_object('ExecID', 'x', 'ExecType', '4', 'OrdStatus', '4',"
        " 'ClOrdID', 'c1', 'TransactTime', %s::text))"
    )
    with refused(trader, "OM007"):
        trader.execute(report.encode(), [time])


@pytest.mark.parametrize("order_id", [0, -5, 9223372036854775807, 10**15])
def test_an_order_id_that_leaves_no_room_for_others(trader: Conn, order_id: int) -> None:
    """The largest of all accounts is where the numbers go on after a copy."""
    with refused(trader, "OM007", argument="order_id"):
        trader.execute(
            "INSERT INTO oms.orders (order_id, symbol, side, quantity) VALUES (%s, 'A', 'buy', 1)", [order_id]
        )


def test_the_first_and_last_that_can_be_read(trader: Conn) -> None:
    for day in ("0001-01-02", "9999-12-30"):
        order_id = place(trader)
        trader.execute("SELECT oms.mark_cancelled(%s, occurred_at => %s::timestamptz)", [order_id, f"{day} 12:00+00"])
        assert order(trader, order_id)["status"] == "cancelled"
        assert trader.execute("SELECT * FROM oms.timeline(%s)", [order_id]).fetchall()
    assert gaps(trader) == []


@pytest.fixture(params=["on", "off"])
def session(request: pytest.FixtureRequest, owner: Conn) -> Conn:
    """Patterns in the product's functions are read as the session reads strings."""
    owner.execute("SET escape_string_warning = off")
    owner.execute("SELECT set_config('standard_conforming_strings', %s, false)", [request.param])
    return owner


def test_how_a_session_reads_backslashes_changes_no_report(session: Conn) -> None:
    place(session, client_order_id="c1")
    session.execute(
        "SELECT oms.apply_execution_report(jsonb_build_object('ExecID', 'x', 'ExecType', 'F', 'OrdStatus', '1',"
        " 'ClOrdID', 'c1', 'LastQty', '1.5', 'LastPx', ' 100.25 ', 'TransactTime', '20260105-04:01:07.5'))"
    )
    found = session.execute("SELECT execution_qty, execution_price, extract(epoch FROM execution_time) FROM oms.orders")
    assert found.fetchone() == (Decimal("1.5"), Decimal("100.25"), Decimal("1767585667.5"))


@pytest.mark.parametrize(
    "written", ["2026-01-05 09:31:07", "2026/01/05 09:31:07", "05-Jan-2026 09:31:07", "09:31:07", "1767585667"]
)
def test_how_a_session_reads_backslashes_changes_no_brokers_time(session: Conn, written: str) -> None:
    query = "SELECT extract(epoch FROM oms.broker_time(%s, 'Asia/Kolkata', '2026-01-05'))"
    assert value(session, query, [written]) == 1767585667
