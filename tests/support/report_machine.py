"""Random requests, corrections, holds, splits and reports, in any state, sensible or not."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from psycopg import sql

from support.fold_orders import execute, place, raw_fill, update
from support.report_driver import Driver

Text = str | None

ids = st.sampled_from(["a", "b", "c", "d", "e", "x"])
picks = st.integers(0, 5)
exec_ids = st.sampled_from(["E1", "E2", "E3", "E4", "E5", None])
quantities = st.sampled_from(["1", "3", "5", "10", "12", "0.5", "0", None])
prices = st.sampled_from(["100", "99.5", "0", "-1", None])
days = st.sampled_from([None, "2026-03-02", "2026-03-03", "2026-03-04"])
times = st.one_of(st.none(), st.integers(0, 59).map(lambda minute: f"20260303-04:{minute:02}:00"))
holds = st.sampled_from(["done_for_day", "suspended", "stopped", "calculated", "not_triggered"])
ratios = st.sampled_from([2, "0.5", "0.1", 3, "0.333", 1, 0])
ends = st.sampled_from(["mark_cancelled", "expire_order", "mark_rejected", "mark_failed", "retry_order"])


def seldom(*values: str) -> st.SearchStrategy[Text]:
    """One of these now and then."""
    return st.sampled_from([*[None] * (4 * len(values)), *values])


reports = st.fixed_dictionaries(
    {
        "MsgType": seldom("9"),
        "ExecType": st.sampled_from([*"0123456789ABCDEFGHIL", *"FFGH546E"]),
        "ExecID": exec_ids,
        "ExecRefID": exec_ids,
        "OrderID": st.sampled_from(["B-1", "B-2", None, "NONE"]),
        "ClOrdID": ids,
        "OrigClOrdID": st.one_of(st.none(), ids),
        "TransactTime": times,
        "TradeDate": days,
        "Symbol": seldom("INFY"),
        "Side": seldom("1"),
        "OrderQty": quantities,
        "Price": prices,
        "LastQty": quantities,
        "LastPx": prices,
        "WorkingIndicator": seldom("Y", "N"),
        "SplitRatio": seldom("2:1", "1:10"),
        "ExecRestatementReason": seldom("1"),
        "OrdRejReason": seldom("3", "6"),
        "OrdStatus": seldom("0", "1", "4"),
        "CumQty": quantities,
    }
)
writes: list[dict[str, Any]] = [
    {"client_order_id": "b"}, {"client_order_id": "c", "quantity": 15}, {"client_order_id": None}, {"quantity": 4},
    {"hold": "suspended"}, {"hold": "done_for_day"}, {"hold": None}, {"trade_date": "2026-03-05"},
    {"status": "closed"}, {"status": "cancelled"}, {"accepted_at": "now"}, {"restated_at": "now", "quantity": 3},
]  # fmt: skip


class Asking(Driver):
    """Whoever asks, corrects, holds, restates, reports, or writes raw SQL."""

    @initialize(tif=st.sampled_from(["day", "gtc"]))
    def two_orders(self, tif: str) -> None:
        terms: dict[str, Any] = {"order_type": "limit", "limit_price": 100, "time_in_force": tif}
        self.write("place", lambda: place(self.conn, client_order_id="a", broker_order_id="B-1", **terms))
        self.write("place", lambda: place(self.conn, side="sell", client_order_id="x"))

    @rule(pick=picks, quantity=quantities, price=prices, exec_id=exec_ids, day=days)
    def executed(self, pick: int, quantity: Text, price: Text, exec_id: Text, day: Text) -> None:
        named = {"exec_id": exec_id, "trade_date": day}
        self.write("mark_executed", lambda: execute(self.conn, self.order(pick), quantity, price, **named))

    @rule(pick=picks, quantity=quantities, exec_id=exec_ids)
    def raw_executed(self, pick: int, quantity: Text, exec_id: Text) -> None:
        columns = {"order_id": self.order(pick), "quantity": quantity, "price": 100, "exec_id": exec_id}
        self.write("raw fill", lambda: raw_fill(self.conn, **columns), raw=True)

    @rule(orig=ids, request=ids)
    def asked_to_cancel(self, orig: str, request: str) -> None:
        self.call("request_cancel", orig, request)

    @rule(orig=ids, request=ids, quantity=quantities, price=prices)
    def asked_to_replace(self, orig: str, request: str, quantity: Text, price: Text) -> None:
        self.call("request_replace", orig, request, quantity=quantity, limit_price=price)

    @rule(decision=st.sampled_from(["acknowledge", "accept", "accept", "reject"]), request=ids, quantity=quantities)
    def decided(self, decision: str, request: str, quantity: Text) -> None:
        self.call(f"{decision}_request", request, **({"quantity": quantity} if decision == "accept" else {}))

    @rule(pick=picks, exec_id=exec_ids, new=exec_ids)
    def busted(self, pick: int, exec_id: Text, new: Text) -> None:
        order_id, ref = self.execution(pick, exec_id)
        self.call("bust_fill", order_id, ref, new_exec_id=new)

    @rule(pick=picks, exec_id=exec_ids, new=exec_ids, quantity=quantities, price=prices)
    def corrected(self, pick: int, exec_id: Text, new: Text, quantity: Text, price: Text) -> None:
        order_id, ref = self.execution(pick, exec_id)
        self.call("correct_fill", order_id, ref, quantity, price, new_exec_id=new)

    @rule(pick=picks, hold=holds, day=days)
    def held(self, pick: int, hold: str, day: Text) -> None:
        self.call("hold_order", self.order(pick), hold, trade_date=day)

    @rule(pick=picks, day=days)
    def resumed(self, pick: int, day: Text) -> None:
        self.call("resume_order", self.order(pick), trade_date=day)

    @rule(pick=picks, quantity=quantities, ratio=ratios, day=days)
    def restated(self, pick: int, quantity: Text, ratio: Any, day: Text) -> None:
        self.call("restate_order", self.order(pick), quantity, split_ratio=ratio, trade_date=day)

    @rule(pick=picks, end=ends)
    def ended(self, pick: int, end: str) -> None:
        self.call(end, self.order(pick), *(["no margin"] if end in ("mark_rejected", "mark_failed") else []))

    @rule(pick=picks, columns=st.sampled_from(writes))
    def written(self, pick: int, columns: dict[str, Any]) -> None:
        self.write(f"raw {sorted(columns)}", lambda: update(self.conn, self.order(pick), **columns), raw=True)

    @rule(said=reports)
    def reported(self, said: dict[str, Text]) -> None:
        message = json.dumps({tag: value for tag, value in said.items() if value is not None})
        query = sql.SQL("SELECT oms.apply_execution_report({}::jsonb)").format(message)
        outcome = self.write(f"report {said['ExecType']}", lambda: self.conn.execute(query))
        events = self.before["events"]
        assert self.write("the same report", lambda: self.conn.execute(query)) == outcome
        if said["ExecID"] or said["MsgType"]:
            assert self.before["events"] == events, "told twice"
