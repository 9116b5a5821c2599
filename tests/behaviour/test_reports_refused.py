"""Reports that can't be: refused, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest

from support.fold_tables import Conn, refused, row
from support.report_calls import report, reported

FILL: dict[str, Any] = {"exec_type": "F", "LastQty": "4", "LastPx": "100"}
BAD: list[tuple[str, dict[str, Any]]] = [
    ("ExecType", {"exec_type": "Z"}),
    ("ExecType", {"exec_type": None}),
    ("ExecType", {"exec_type": "tradeish"}),
    ("ExecTransType", FILL | {"ExecTransType": "7"}),
    ("MsgType", FILL | {"MsgType": "D"}),
    ("LastQty", FILL | {"LastQty": "four"}),
    ("LastQty", FILL | {"LastQty": "NaN"}),
    ("LastQty", FILL | {"LastQty": "1e99999"}),
    ("LastPx", FILL | {"LastPx": "1,5"}),
    ("LastPx", FILL | {"LastPx": [1]}),
    ("Commission", FILL | {"Commission": "free"}),
    ("CumQty", FILL | {"CumQty": "0x4"}),
    ("LeavesQty", FILL | {"LeavesQty": True}),
    ("AvgPx", FILL | {"AvgPx": "Infinity"}),
    ("OrderQty", {"exec_type": "D", "OrderQty": "ten"}),
    ("ExecRefID", {"exec_type": "H"}),
    ("ExecRefID", FILL | {"exec_type": "G"}),
    ("TransactTime", FILL | {"TransactTime": "yesterday"}),
    ("TransactTime", FILL | {"TransactTime": "20260230-09:15:00"}),
    ("TransactTime", FILL | {"TransactTime": "20260302-25:15:00"}),
    ("TransactTime", FILL | {"TransactTime": "infinity"}),
    ("TradeDate", FILL | {"TradeDate": "20261301"}),
    ("TradeDate", FILL | {"TradeDate": "00000101"}),
    ("TradeDate", FILL | {"TradeDate": "2026-02-29"}),
    ("SplitRatio", {"exec_type": "D", "SplitRatio": "two"}),
]


@pytest.mark.parametrize(("field", "said"), BAD)
def test_a_report_that_cant_be_is_refused(trader: Conn, field: str, said: dict[str, Any]) -> None:
    reported(trader, "E0")
    with refused(trader, "OM007", argument="report") as refusal:
        report(trader, "E1", **({"exec_type": None} | said))
    assert field in refusal.detail.values() or field in refusal.detail


@pytest.mark.parametrize("text", ["null", "[]", '"New"', "1", "[{}]"])
def test_a_report_is_an_object(trader: Conn, text: str) -> None:
    with refused(trader, "OM007", argument="report"):
        trader.execute(b"SELECT oms.apply_execution_report(%s::jsonb)", [text])
    with refused(trader, "OM007", argument="report"):
        trader.execute(b"SELECT oms.apply_execution_report(NULL)")


@pytest.mark.parametrize(
    ("said", "argument"),
    [
        ({"LastQty": "0"}, "report"),
        ({"LastQty": "-1"}, "report"),
        ({"LastQty": None}, "report"),
        ({"LastPx": "-5"}, "price"),
    ],
)
def test_an_execution_that_cant_be_is_refused(trader: Conn, said: dict[str, Any], argument: str) -> None:
    reported(trader, "E0")
    with refused(trader, "OM007", argument=argument):
        report(trader, "E1", **({"exec_type": "F"} | {"LastQty": "4", "LastPx": "100"} | said))


def test_another_account_isnt_written(trader: Conn) -> None:
    with refused(trader, "OM009", account="second"):
        row(trader, "SELECT * FROM oms.apply_execution_report('{\"ExecType\": \"0\"}', account => 'second')")
