"""Random callers of every kind. What they ask for may be refused; what is done must keep every invariant."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

import psycopg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from psycopg.types.json import Jsonb

from support.fifo_matching import net_fills
from support.fold_invariants import Snapshot, check_state, check_step
from support.fold_tables import Conn, gaps, rows, snapshot
from support.server import OWNER

ACCOUNTS = ("default", "second")
BOOKS = ("", "paper")
SYMBOLS = ("INFY", "TCS")
STATUSES = ("pending", "ongoing", "closed", "failed", "cancelled")

accounts = st.sampled_from(ACCOUNTS)
books = st.sampled_from(BOOKS)
symbols = st.sampled_from(SYMBOLS)
sides = st.sampled_from(("buy", "sell"))
statuses = st.sampled_from(STATUSES)
quantities = st.sampled_from([Decimal(text) for text in ("1", "2", "3", "5", "10", "0.5", "7.25")])
sizes = st.sampled_from([Decimal(text) for text in ("10", "20", "7.5", "100")])
prices = st.sampled_from([Decimal(text) for text in ("100", "101.5", "99.99", "3", "0.01", "1000000")])
perhaps_prices = st.one_of(st.none(), prices)
picks = st.integers(0, 11)
many = st.lists(picks, min_size=1, max_size=4)
keys = st.one_of(st.none(), st.sampled_from(("k1", "k2", "k3", "k4")))
exec_ids = st.one_of(st.none(), st.none(), st.sampled_from(("e1", "e2", "e3", "e4")))
parts = st.sampled_from([Decimal(text) for text in ("1", "2", "0.5", "3")])
kinds = st.sampled_from(("trade", "trade", "trade", "trade", "cancel", "correct", "adjust"))
fill_rows = st.lists(st.tuples(picks, kinds, exec_ids, picks, parts, perhaps_prices), min_size=1, max_size=4)

# What a refusal may look like besides ours: a key that exists (in raw SQL; a call says it in our words), a privilege
# that the role doesn't have.
RAW_REFUSALS = ("23505", "42501")

Order = tuple[str, int]
FillRow = tuple[int, str, str | None, int, Decimal, Decimal | None]
FILL_COLUMNS = "account, order_id, kind, exec_id, exec_ref_id, quantity, price"
OWNED = (
    "version = version + 7", "leaves_qty = 77", "cancelled_qty = 3", "closed_at = '2001-01-01'", "updated_at = now()",
    "accepted_at = '2001-01-01'", "first_failed_at = NULL", "first_failed_at = '2001-01-01'", "last_fill_id = 1",
    "filled_at = now()", "execution_time = now()", "quantity_adjusted_at = now()", "last_event = 'placed'",
    "placed_at = NULL", "last_retry_attempt = NULL", "open_qty = 5", "open_qty = NULL", "version = NULL",
    "manual_detected_at = now()", "last_status_check = now()", "order_metadata = order_metadata || '{\"n\": 1}'",
    "strategy_id = 'other'", "hold = 'suspended'", "hold = NULL", "reason = 'said so'", "entry_type = 'manual'",
    "end_reason = 'expired'", "end_reason = NULL", "rejection_reason = 'no margin'", "retry_count = retry_count + 1",
    "broker_order_id = 'b' || order_id", "order_type = 'limit', limit_price = 5", "time_in_force = 'gtc'",
    "status = status", "symbol = 'OTHER'", "side = 'buy'", "book = 'paper'", "execution_qty = execution_qty",
    "cash_quantity = 1000", "quantity = NULL", "quantity = quantity * 2", "reason = NULL", "rejection_reason = NULL",
)  # fmt: skip


class Callers(RuleBasedStateMachine):
    """Drives one database, empty at the start of each run; `conn` acts as a member of oms_trader."""

    conn: ClassVar[Conn]
    empty: ClassVar[Callable[[], None]]
    done: ClassVar[dict[str, int]]

    def __init__(self) -> None:
        super().__init__()
        type(self).empty()
        self.before: Snapshot = snapshot(self.conn)
        self.orders: list[Order] = []
        self.savepoints: list[tuple[str, Snapshot]] = []

    # -- carrying out ------------------------------------------------------------------------------------------

    def write(self, name: str, step: Callable[[], object], *, raw: bool = True) -> None:
        """Carry out one caller's statements as a unit; refused, it must have left no trace."""
        outcome, said = "done", ""
        try:
            with self.conn.transaction():
                step()
        except psycopg.Error as error:
            outcome, said = error.sqlstate or "", str(error)
        assert outcome == "done" or outcome.startswith("OM") or (raw and outcome in RAW_REFUSALS), f"{outcome} {said}"
        after = snapshot(self.conn)
        if outcome == "done":
            check_step(self.before, after)
        else:
            assert after == self.before, f"{outcome} wrote something"
        self.done[f"{name} {outcome}"] = self.done.get(f"{name} {outcome}", 0) + 1
        self.before = after
        self.orders = [(order["account"], order["order_id"]) for order in after["orders"]]

    def do(self, name: str, query: str, params: Any = None) -> None:
        self.write(name, lambda: self.conn.execute(query.encode(), params), raw=not query.startswith("SELECT"))

    def copy(self, columns: str, values: list[tuple[Any, ...]]) -> None:
        """COPY, which PostgreSQL allows only to whom row-level security doesn't bind."""
        self.conn.execute(f"SET SESSION AUTHORIZATION {OWNER}".encode())
        with self.conn.cursor() as cur, cur.copy(f"COPY {columns} FROM STDIN".encode()) as copy:
            for fields in values:
                copy.write_row(fields)
        self.conn.execute(b"SET SESSION AUTHORIZATION trader")

    def pick(self, number: int) -> Order:
        return self.orders[number % len(self.orders)] if self.orders else ("default", 999)

    def pick_working(self, number: int) -> Order:
        """Mostly an order that something can still execute of."""
        working = [(o["account"], o["order_id"]) for o in self.before["orders"] if o["leaves_qty"]]
        return working[number % len(working)] if working and number % 4 else self.pick(number)

    def pick_manual(self, number: int) -> Order:
        """Mostly an order that was placed by hand."""
        manual = [(o["account"], o["order_id"]) for o in self.before["orders"] if o["manual_detected_at"]]
        return manual[number % len(manual)] if manual and number % 4 else self.pick(number)

    def picked(self, numbers: list[int]) -> dict[str, Any]:
        chosen = [self.pick(number) for number in numbers]
        return {"accounts": [account for account, _ in chosen], "ids": [order_id for _, order_id in chosen]}

    def call(self, name: str, number: int, arguments: str = "", **params: Any) -> None:
        pick = self.pick_manual if name.endswith("manual_order") else self.pick
        account, order_id = (self.pick_working if name == "mark_executed" else pick)(number)
        query = f"SELECT * FROM oms.{name}(%(order_id)s{arguments}, account => %(account)s)"
        self.do(name, query, {**params, "order_id": order_id, "account": account})

    def update(self, name: str, numbers: list[int], assignments: str, **params: Any) -> None:
        """Raw SQL on one order, or on several in one statement."""
        where = "(account, order_id) IN (SELECT * FROM unnest(%(accounts)s::text[], %(ids)s::bigint[]))"
        query = f"UPDATE oms.orders SET {assignments} WHERE {where}"
        self.do(f"{name} of {'many' if len(set(numbers)) > 1 else 'one'}", query, {**params, **self.picked(numbers)})

    def execution(self, chosen: int) -> tuple[str, int, str]:
        """An execution that counts, by account, order and exec_id; made up where there is none."""
        found = [fill for _, fill in net_fills(self.before["fills"]) if fill["kind"] != "adjust"]
        if not found:
            return (*self.pick(chosen), "none")
        fill = found[chosen % len(found)]
        return fill["account"], fill["order_id"], fill["exec_id"]

    # -- placing -----------------------------------------------------------------------------------------------

    @initialize(account=accounts, book=books, symbol=symbols)
    def two_orders(self, account: str, book: str, symbol: str) -> None:
        for side in ("buy", "sell"):
            self.do(
                "place_order",
                "SELECT oms.place_order(%s, %s, 10, book => %s, account => %s)",
                [symbol, side, book, account],
            )

    @rule(
        account=accounts,
        book=books,
        symbol=symbols,
        side=sides,
        quantity=sizes,
        key=keys,
        price=perhaps_prices,
        entry=st.sampled_from(("initial", "reentry")),
        variety=st.sampled_from(("regular", "amo")),
    )
    def place(
        self,
        account: str,
        book: str,
        symbol: str,
        side: str,
        quantity: Decimal,
        key: str | None,
        price: Decimal | None,
        entry: str,
        variety: str,
    ) -> None:
        self.do(
            "place_order",
            "SELECT oms.place_order(%s, %s, %s, %s, %s, client_order_id => %s, book => %s, account => %s,"
            " entry_type => %s, variety => %s)",
            [symbol, side, quantity, "market" if price is None else "limit", price, key, book, account, entry, variety],
        )

    @rule(
        account=accounts,
        book=books,
        side=sides,
        quantity=sizes,
        status=st.sampled_from(("pending", "pending", "failed", "ongoing", "cancelled")),
        conflict=st.sampled_from(("", "ON CONFLICT DO NOTHING", "DO UPDATE")),
        key=keys,
        cash=st.booleans(),
    )
    def insert(
        self,
        account: str,
        book: str,
        side: str,
        quantity: Decimal,
        status: str,
        conflict: str,
        key: str | None,
        cash: bool,
    ) -> None:
        if conflict == "DO UPDATE":
            conflict = (
                "ON CONFLICT (client_order_id, account) WHERE client_order_id IS NOT NULL"
                " DO UPDATE SET quantity = excluded.quantity, reason = 'placed again'"
            )
        self.do(
            "insert",
            "INSERT INTO oms.orders (account, book, symbol, side, quantity, cash_quantity, status, client_order_id,"
            " version, closed_at, leaves_qty, open_qty, placed_at)"
            f" VALUES (%s, %s, 'INFY', %s, %s, %s, %s, %s, 9, now(), 3, NULL, '2001-01-01'), (%s, %s, 'TCS', %s, 4,"
            f" NULL, 'pending', NULL, NULL, NULL, NULL, 3, NULL) {conflict}",
            [account, book, side, None if cash else quantity, 500 if cash else None, status, key, account, book, side],
        )

    @rule(account=accounts, sides=st.lists(sides, min_size=1, max_size=3), quantity=sizes)
    def copy_orders(self, account: str, sides: list[str], quantity: Decimal) -> None:
        columns = "oms.orders (account, symbol, side, quantity)"
        self.write("copy orders", lambda: self.copy(columns, [(account, "INFY", side, quantity) for side in sides]))

    @rule(
        account=accounts,
        broker_id=st.sampled_from(("m1", "m2")),
        side=sides,
        quantity=quantities,
        price=perhaps_prices,
        link=st.one_of(st.none(), picks),
    )
    def manual_order(
        self, account: str, broker_id: str, side: str, quantity: Decimal, price: Decimal | None, link: int | None
    ) -> None:
        order_id = None
        symbol = "INFY"
        if link is not None and self.orders:
            account, order_id = self.pick(link)
            linked = next(o for o in self.before["orders"] if (o["account"], o["order_id"]) == (account, order_id))
            symbol, side = linked["symbol"], linked["side"]
        self.do(
            "record_manual_order",
            "SELECT oms.record_manual_order(%s, %s, %s, %s, %s, order_id => %s, account => %s)",
            [broker_id, symbol, side, quantity, price, order_id, account],
        )

    @rule(pick=picks, strategy=st.sampled_from(("momentum", "value")))
    def claim_manual_order(self, pick: int, strategy: str) -> None:
        self.call("claim_manual_order", pick, ", %(strategy)s, 'said so', actor => 'ana'", strategy=strategy)

    @rule(pick=picks, actor=st.sampled_from(("ana", "ana", None)))
    def dismiss_manual_order(self, pick: int, actor: str | None) -> None:
        self.call("dismiss_manual_order", pick, ", 'none of ours', actor => %(actor)s", actor=actor)

    # -- executions --------------------------------------------------------------------------------------------

    @rule(
        pick=picks,
        price=perhaps_prices,
        quantity=st.one_of(st.none(), quantities),
        exec_id=exec_ids,
        past=st.booleans(),
    )
    def mark_executed(
        self, pick: int, price: Decimal | None, quantity: Decimal | None, exec_id: str | None, past: bool
    ) -> None:
        self.call(
            "mark_executed",
            pick,
            ", %(price)s, %(quantity)s, %(exec_id)s, occurred_at => %(occurred_at)s",
            price=price,
            quantity=quantity,
            exec_id=exec_id,
            occurred_at="2020-01-02 10:00+05:30" if past else None,
        )

    @rule(picks=many, price=prices, part=st.sampled_from(("quantity", "quantity / 2", "execution_qty + 1", "1", "0")))
    def written_totals(self, picks: list[int], price: Decimal, part: str) -> None:
        self.update("totals", picks, f"execution_qty = {part}, execution_price = %(price)s", price=price)

    @rule(picks=many, status=st.sampled_from(("ongoing", "closed")), price=prices)
    def written_price_and_status(self, picks: list[int], status: str, price: Decimal) -> None:
        self.update(
            "price, status", picks, "status = %(status)s, execution_price = %(price)s", status=status, price=price
        )

    @rule(fills=fill_rows)
    def copied_fills(self, fills: list[FillRow]) -> None:
        written = self.written_fills(fills)
        self.write("fills by copy", lambda: self.copy(f"oms.fills ({FILL_COLUMNS})", written))

    @rule(fills=fill_rows, conflict=st.sampled_from(("", "ON CONFLICT DO NOTHING")))
    def raw_fills(self, fills: list[FillRow], conflict: str) -> None:
        written = self.written_fills(fills)
        values = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(written))
        query = f"INSERT INTO oms.fills ({FILL_COLUMNS}) VALUES {values} {conflict}"
        self.do("fills by insert", query, [field for fill in written for field in fill])

    def written_fills(self, fills: list[FillRow]) -> list[tuple[Any, ...]]:
        written = []
        for number, kind, exec_id, chosen, quantity, price in fills:
            (account, order_id), ref = self.pick_working(number), None
            if kind in ("cancel", "correct"):
                account, order_id, ref = self.execution(chosen)
            written.append((account, order_id, kind, exec_id, ref, quantity, price))
        return written

    @rule(chosen=picks, quantity=st.one_of(st.none(), parts), price=perhaps_prices)
    def bust_or_correct(self, chosen: int, quantity: Decimal | None, price: Decimal | None) -> None:
        account, order_id, ref = self.execution(chosen)
        kind = "cancel" if quantity is None else "correct"
        self.do(
            kind,
            "INSERT INTO oms.fills (account, order_id, kind, exec_ref_id, quantity, price)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [account, order_id, kind, ref, quantity, price],
        )

    @rule(account=accounts, book=books, symbol=symbols, side=sides, quantity=quantities, price=perhaps_prices)
    def raw_adjust(
        self, account: str, book: str, symbol: str, side: str, quantity: Decimal, price: Decimal | None
    ) -> None:
        self.do(
            "adjust fill",
            "INSERT INTO oms.fills (account, book, symbol, side, kind, quantity, price)"
            " VALUES (%s, %s, %s, %s, 'adjust', %s, %s)",
            [account, book, symbol, side, quantity, price],
        )

    @rule(account=accounts, book=books, symbol=symbols, price=perhaps_prices)
    def close_position(self, account: str, book: str, symbol: str, price: Decimal | None) -> None:
        self.do(
            "close_position",
            "SELECT * FROM oms.close_position(%s, %s, book => %s, account => %s)",
            [symbol, price, book, account],
        )

    @rule(account=accounts, symbol=symbols, quantity=st.sampled_from([Decimal(n) for n in (-7, -1, 0, 2, 10)]))
    def adjust_position(self, account: str, symbol: str, quantity: Decimal) -> None:
        self.do("adjust_position", "SELECT oms.adjust_position(%s, %s, 50, account => %s)", [symbol, quantity, account])

    # -- everything else ---------------------------------------------------------------------------------------

    @rule(
        pick=picks,
        name=st.sampled_from(
            (
                *("mark_rejected", "mark_failed", "mark_cancelled", "expire_order", "retry_order", "accept_order"),
                "record_attempt",
            )
        ),
        text=st.sampled_from(("no margin", "market shut")),
    )
    def plain_call(self, pick: int, name: str, text: str) -> None:
        self.call(name, pick, ", %(text)s", text=text)

    @rule(pick=picks, name=st.sampled_from(("adjust_quantity", "modify_order")), quantity=quantities)
    def terms(self, pick: int, name: str, quantity: Decimal) -> None:
        self.call(name, pick, ", %(quantity)s", quantity=quantity)

    @rule(entries=st.lists(st.tuples(picks, quantities), max_size=3), quiet=st.booleans())
    def adjust_quantities(self, entries: list[tuple[int, Decimal]], quiet: bool) -> None:
        amo = [o for o in self.before["orders"] if o["variety"] == "amo" and o["status"] == "pending"]
        mine = [o["order_id"] for o in amo if o["account"] == amo[0]["account"]]
        chosen = {mine[pick % len(mine)] if mine and quiet else self.pick(pick)[1]: q for pick, q in entries}
        self.do(
            "adjust_quantities",
            "SELECT * FROM oms.adjust_quantities(%s, account => %s)",
            [
                Jsonb([{"order_id": order_id, "quantity": float(quantity)} for order_id, quantity in chosen.items()]),
                amo[0]["account"] if amo else "default",
            ],
        )

    @rule(account=accounts, book=books, symbol=symbols)
    def cancel_pending_reentries(self, account: str, book: str, symbol: str) -> None:
        self.do(
            "cancel_pending_reentries",
            "SELECT * FROM oms.cancel_pending_reentries(%s, book => %s, account => %s)",
            [symbol, book, account],
        )

    @rule(picks=many)
    def status_check(self, picks: list[int]) -> None:
        self.call("record_status_check", picks[0])
        account, _ = self.pick(picks[0])
        mine = [order_id for acc, order_id in map(self.pick, picks) if acc == account]
        self.do("record_status_checks", "SELECT oms.record_status_checks(%s, %s)", [mine, account])

    @rule(picks=many, status=statuses)
    def written_status(self, picks: list[int], status: str) -> None:
        self.update(f"status {status}", picks, "status = %(status)s", status=status)

    @rule(picks=many, assignments=st.lists(st.sampled_from(OWNED), min_size=1, max_size=3))
    def written_anything(self, picks: list[int], assignments: list[str]) -> None:
        by_column = {column: a for a in assignments for column in [a.split(" =")[0]]}
        self.update("anything", picks, ", ".join(by_column.values()))

    @rule(
        query=st.sampled_from(
            (
                "DELETE FROM oms.orders", "TRUNCATE oms.fills", "UPDATE oms.order_events SET reason = ''",
                "DELETE FROM oms.order_events", "UPDATE oms.fills SET quantity = 1", "DELETE FROM oms.positions",
                "UPDATE oms.positions SET quantity = 0", "INSERT INTO oms.order_events SELECT * FROM oms.order_events",
            )
        )
    )  # fmt: skip
    def forbidden(self, query: str) -> None:
        before = self.done.get("forbidden done", 0)
        self.do("forbidden", query)
        assert self.done.get("forbidden done", 0) == before

    # -- transactions ------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.savepoints) < 3)
    @rule()
    def begin_or_savepoint(self) -> None:
        name = f"s{len(self.savepoints)}"
        self.conn.execute(b"BEGIN" if not self.savepoints else f"SAVEPOINT {name}".encode())
        self.savepoints.append((name, self.before))

    @precondition(lambda self: self.savepoints)
    @rule()
    def roll_back(self) -> None:
        name, at = self.savepoints.pop()
        self.conn.execute(f"ROLLBACK TO SAVEPOINT {name}".encode() if self.savepoints else b"ROLLBACK")
        self.before = snapshot(self.conn)
        assert self.before == at, "rolled back, but not all"
        self.orders = [(order["account"], order["order_id"]) for order in self.before["orders"]]

    @precondition(lambda self: self.savepoints)
    @rule()
    def commit(self) -> None:
        self.savepoints.clear()
        self.conn.execute(b"COMMIT")

    @invariant()
    def holds(self) -> None:
        check_state(self.before)
        assert gaps(self.conn) == []
        folded = rows(
            self.conn,
            "SELECT f.* FROM oms.orders o CROSS JOIN LATERAL oms.order_at_version(o.order_id, o.version, o.account) f"
            " ORDER BY o.account, o.order_id",
        )
        assert folded == [{**order, "last_status_check": None} for order in self.before["orders"]]

    def teardown(self) -> None:
        if not self.conn.closed:
            self.conn.execute(b"ROLLBACK" if self.savepoints else b"SELECT 1")
