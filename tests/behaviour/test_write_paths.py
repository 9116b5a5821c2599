"""Every way of writing, counted: as many events as rows really changed, no more and no fewer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy

from support import orm_sqlalchemy
from support.fold_orders import call, execute, place, update
from support.fold_tables import Conn, event_count, event_types, gaps, order, rows, snapshot, value

Connect = Callable[..., Conn]

UPSERT = (
    "INSERT INTO oms.orders (symbol, side, quantity, client_order_id, limit_price)"
    " VALUES ('INFY', 'buy', %s, %s, %s)"
    " ON CONFLICT (client_order_id, account) WHERE client_order_id IS NOT NULL"
)


def test_on_conflict_do_nothing(trader: Conn) -> None:
    trader.execute(UPSERT.encode() + b" DO NOTHING", [10, "c1", None])
    before = snapshot(trader)
    trader.execute(UPSERT.encode() + b" DO NOTHING", [12, "c1", None])
    trader.execute(
        b"INSERT INTO oms.orders (order_id, symbol, side, quantity) VALUES (1, 'A', 'buy', 1) ON CONFLICT DO NOTHING"
    )
    assert snapshot(trader) == before
    assert event_count(trader) == 1


@pytest.mark.parametrize(
    ("quantity", "price", "logged"), [(10, None, 0), ("10.00", None, 0), (12, None, 1), (10, 5, 1)]
)
def test_on_conflict_do_update(trader: Conn, quantity: Any, price: Any, logged: int) -> None:
    upsert = UPSERT + " DO UPDATE SET quantity = excluded.quantity, limit_price = excluded.limit_price"
    trader.execute(upsert.encode(), [10, "c1", None])
    before = order(trader, 1)
    assert trader.execute(upsert.encode(), [Decimal(quantity), "c1", price]).rowcount == 1
    assert event_count(trader) == 1 + logged
    assert (order(trader, 1) == before) == (logged == 0)
    assert gaps(trader) == []


def test_an_upsert_of_many_counts_each_row_once(trader: Conn) -> None:
    for key in ("c1", "c2"):
        place(trader, client_order_id=key)
    trader.execute(
        "INSERT INTO oms.orders (symbol, side, quantity, client_order_id)"
        " VALUES ('INFY', 'buy', 10, 'c1'), ('INFY', 'buy', 11, 'c2'), ('INFY', 'buy', 12, 'c3')"
        " ON CONFLICT (client_order_id, account) WHERE client_order_id IS NOT NULL"
        " DO UPDATE SET quantity = excluded.quantity"
    )
    assert [event_types(trader, order_id) for order_id in (1, 2)] == [["placed"], ["placed", "quantity_adjusted"]]
    assert event_count(trader) == 4
    assert gaps(trader) == []


def test_merge(trader: Conn) -> None:
    """A broker's snapshot: one order cancelled, one with another quantity, one unchanged, one unknown."""
    for key in ("c1", "c2", "c3"):
        place(trader, client_order_id=key)
    merged = trader.execute(
        "MERGE INTO oms.orders o USING (VALUES"
        "   ('c1', 10, 'cancelled'), ('c2', 12, 'pending'), ('c3', 10, 'pending'), ('c4', 10, 'pending')"
        " ) AS s (client_order_id, quantity, status) ON o.client_order_id = s.client_order_id"
        " WHEN MATCHED AND s.status = 'cancelled' THEN UPDATE SET status = s.status"
        " WHEN MATCHED THEN UPDATE SET quantity = s.quantity"
        " WHEN NOT MATCHED THEN INSERT (symbol, side, quantity, client_order_id)"
        "   VALUES ('INFY', 'buy', s.quantity, s.client_order_id)"
    )
    assert merged.rowcount == 4
    logs = {
        key: event_types(trader, call(trader, "find_order", key)[0]["order_id"]) for key in ("c1", "c2", "c3", "c4")
    }
    assert logs == {
        "c1": ["placed", "cancelled"],
        "c2": ["placed", "quantity_adjusted"],
        "c3": ["placed"],
        "c4": ["placed"],
    }
    assert event_count(trader) == 6
    assert gaps(trader) == []


def test_copy_of_orders(owner: Conn) -> None:
    with (
        owner.cursor() as cur,
        cur.copy("COPY oms.orders (symbol, side, quantity, variety, version, closed_at) FROM STDIN") as copy,
    ):
        for number in range(5):
            copy.write_row(("INFY", "buy", 10 + number, "amo" if number else "regular", 9, "2001-01-01"))
    found = rows(owner, "SELECT * FROM oms.orders ORDER BY order_id")
    assert [row["quantity"] for row in found] == [10, 11, 12, 13, 14]
    assert {(row["version"], row["closed_at"], row["last_event"]) for row in found} == {(1, None, "placed")}
    assert found[0]["reason"] == "Order placed"
    assert found[1]["reason"] == "Order placed - waiting for market open"
    assert event_count(owner) == 5
    assert gaps(owner) == []


def test_copy_of_fills(owner: Conn) -> None:
    entry, exit_ = place(owner), place(owner, side="sell", quantity=7)
    with owner.cursor() as cur, cur.copy("COPY oms.fills (order_id, exec_id, quantity, price) FROM STDIN") as copy:
        for fill in ((entry, "a", 4, 100), (entry, "b", 6, 101), (exit_, "a", 7, 105)):
            copy.write_row(fill)
    assert event_types(owner, entry) == ["placed", "executed", "executed"]
    assert event_types(owner, exit_) == ["placed", "executed"]
    assert [order(owner, order_id)["open_qty"] for order_id in (entry, exit_)] == [3, 0]
    assert order(owner, entry)["execution_price"] == Decimal("100.6")
    assert gaps(owner) == []


def test_a_trader_copies_through_a_table_of_its_own(trader: Conn) -> None:
    trader.execute("CREATE TEMP TABLE day (symbol text, side text, quantity numeric)")
    with trader.cursor() as cur, cur.copy("COPY day FROM STDIN") as copy:
        copy.write_row(("INFY", "buy", 10))
        copy.write_row(("TCS", "sell", 5))
    trader.execute("INSERT INTO oms.orders (symbol, side, quantity) SELECT * FROM day")
    assert event_count(trader) == 2
    assert gaps(trader) == []


def test_nested_functions_and_do_blocks(trader: Conn) -> None:
    order_id = place(trader)
    trader.execute(
        """
        CREATE FUNCTION pg_temp.inner_change(id bigint, price numeric) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE oms.orders SET limit_price = price WHERE order_id = id;
          UPDATE oms.orders SET limit_price = price WHERE order_id = id;
        END $$;
        CREATE FUNCTION pg_temp.outer_change(id bigint) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_temp.inner_change(id, 1);
          PERFORM pg_temp.inner_change(id, 2);
          PERFORM oms.adjust_quantity(id, 20);
        END $$;
        """
    )
    trader.execute("SELECT pg_temp.outer_change(%s)", [order_id])
    assert event_types(trader, order_id) == ["placed", "modified", "modified", "quantity_adjusted"]
    trader.execute(
        """
        DO $$
        DECLARE v_id bigint;
        BEGIN
          FOR v_id IN SELECT order_id FROM oms.orders LOOP
            PERFORM oms.mark_failed(v_id, 'no network');
            BEGIN
              UPDATE oms.orders SET status = 'pending' WHERE order_id = v_id;
              RAISE EXCEPTION 'undo';
            EXCEPTION WHEN raise_exception THEN NULL;
            END;
            UPDATE oms.orders SET status = 'cancelled' WHERE order_id = v_id;
          END LOOP;
        END $$
        """
    )
    assert event_types(trader, order_id)[4:] == ["failed", "cancelled"]
    assert gaps(trader) == []


def test_a_writing_cte_and_a_trigger_of_the_application(owner: Conn, trader: Conn) -> None:
    first, second = place(trader), place(trader)
    trader.execute(
        "WITH c AS (UPDATE oms.orders SET status = 'cancelled' WHERE order_id = %s RETURNING symbol)"
        " INSERT INTO oms.orders (symbol, side, quantity, parent_order_id) SELECT symbol, 'buy', 3, %s FROM c",
        [first, second],
    )
    assert [event_types(trader, order_id) for order_id in (first, second, 3)] == [
        ["placed", "cancelled"],
        ["placed"],
        ["placed"],
    ]
    # What another BEFORE trigger changes is logged as well, whatever it is called and whenever it fires.
    owner.execute(
        """
        CREATE FUNCTION public.tag() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.strategy_id := 'tagged'; RETURN NEW; END $$;
        CREATE TRIGGER t05_tag BEFORE UPDATE ON oms.orders FOR EACH ROW EXECUTE FUNCTION public.tag();
        """
    )
    update(trader, second, limit_price=5)
    assert order(trader, second)["strategy_id"] == "tagged"
    assert event_types(trader, second) == ["placed", "modified"]
    assert gaps(trader) == []


def test_savepoints(trader: Conn) -> None:
    order_id = place(trader)
    with trader.transaction():
        update(trader, order_id, limit_price=1)
        trader.execute("SAVEPOINT s")
        execute(trader, order_id, 4)
        update(trader, order_id, status="cancelled")
        trader.execute("ROLLBACK TO SAVEPOINT s")
        trader.execute("SAVEPOINT s")
        update(trader, order_id, quantity=12)
        trader.execute("RELEASE SAVEPOINT s")
    assert event_types(trader, order_id) == ["placed", "modified", "quantity_adjusted"]
    assert value(trader, "SELECT count(*) FROM oms.fills") == 0
    assert gaps(trader) == []


def test_a_rolled_back_transaction_leaves_nothing(connect: Connect, trader: Conn) -> None:
    order_id = place(trader)
    before = snapshot(trader)
    other = connect("trader", autocommit=False)
    execute(other, order_id, 4)
    place(other)
    other.rollback()
    assert snapshot(trader) == before
    assert gaps(trader) == []


def test_cursor_loops(connect: Connect, trader: Conn) -> None:
    for _ in range(6):
        place(trader)
    conn = connect("trader", autocommit=False)
    conn.execute("DECLARE c CURSOR FOR SELECT order_id FROM oms.orders ORDER BY order_id FOR UPDATE")
    for number in range(6):
        conn.execute("FETCH c")
        conn.execute("UPDATE oms.orders SET limit_price = %s WHERE CURRENT OF c", [7 if number % 2 else None])
    conn.commit()
    assert event_count(trader) == 6 + 3
    assert gaps(trader) == []


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
def test_a_long_open_transaction_alongside(connect: Connect, trader: Conn, level: str) -> None:
    order_id = place(trader)
    old = connect("trader", autocommit=False)
    old.execute(f"SET TRANSACTION ISOLATION LEVEL {level}".encode())
    assert event_count(old) == 1
    place(old, "OLD")
    for price in range(1, 6):
        update(trader, order_id, limit_price=price)
    execute(trader, order_id)
    assert event_types(trader, order_id) == ["placed", *["modified"] * 5, "executed"]
    update(old, order_id + 1, limit_price=9)
    old.commit()
    assert event_types(trader, order_id + 1) == ["placed", "modified"]
    assert gaps(trader) == []


def test_overlapping_transactions_in_inverted_order(connect: Connect, trader: Conn) -> None:
    """The later transaction writes first: numbers and times still rise, and each event names its transaction."""
    order_id = place(trader)
    first, second = connect("trader", autocommit=False), connect("trader", autocommit=False)
    first.execute("SELECT pg_current_xact_id()")
    second.execute("SELECT pg_current_xact_id()")
    update(second, order_id, limit_price=1)
    second.commit()
    update(first, order_id, limit_price=2)
    first.commit()
    log = rows(trader, "SELECT seq, recorded_at, txid::text::bigint AS txid FROM oms.order_events ORDER BY seq")
    assert [event["seq"] for event in log] == [1, 2, 3]
    assert log[0]["recorded_at"] < log[1]["recorded_at"] < log[2]["recorded_at"]
    assert log[1]["txid"] > log[2]["txid"] > log[0]["txid"]
    since = [row["since_previous"] for row in call(trader, "timeline", order_id)]
    assert since[0] is None
    assert all(interval.total_seconds() > 0 for interval in since[1:])


def test_one_transaction_one_txid(trader: Conn) -> None:
    with trader.transaction():
        place(trader)
        place(trader)
        trader.execute("UPDATE oms.orders SET limit_price = 3")
    assert value(trader, "SELECT count(DISTINCT txid) FROM oms.order_events") == 1
    assert event_count(trader) == 4


def test_a_mapped_object_equals_its_row_after_a_flush(trader: Conn, trader_dsn: str) -> None:
    """What the database set is in the object without a refresh, where the mapping says that it sets it."""
    with orm_sqlalchemy.session_for(trader_dsn) as session:
        placed = orm_sqlalchemy.Order(symbol="INFY", side="buy", quantity=Decimal(10))
        session.add(placed)
        session.commit()
        assert orm_sqlalchemy.as_row(placed) == order(trader, placed.order_id)
        placed.status = "failed"
        placed.reason = "no network"
        session.commit()
        assert orm_sqlalchemy.as_row(placed) == order(trader, placed.order_id)
        assert placed.retry_count == 1
        session.execute(
            sqlalchemy.update(orm_sqlalchemy.Order)
            .where(orm_sqlalchemy.Order.order_id == placed.order_id)
            .values(status="pending")
            .returning(orm_sqlalchemy.Order),
            execution_options={"populate_existing": True},
        ).all()
        session.commit()
        assert orm_sqlalchemy.as_row(placed) == order(trader, placed.order_id)


def test_events_are_as_many_as_real_changes(trader: Conn) -> None:
    """A whole table written over and over: only rows that differ are counted."""
    for number in range(10):
        place(trader, limit_price=number + 1, order_type="limit")
    assert trader.execute("UPDATE oms.orders SET limit_price = 5").rowcount == 10
    assert event_count(trader) == 10 + 9
    assert trader.execute("UPDATE oms.orders SET limit_price = 5, symbol = symbol, status = status").rowcount == 10
    assert trader.execute("UPDATE oms.orders SET last_status_check = now()").rowcount == 10
    assert trader.execute("UPDATE oms.orders SET updated_at = now(), version = 3, leaves_qty = 0").rowcount == 10
    assert event_count(trader) == 10 + 9
    assert gaps(trader) == []
