"""What a set of reports amounts to, whatever their order of arrival: told by their times alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from support.report_facts import Execution, Facts, Open
from support.report_said import Report

ENDS = {"Canceled": "cancelled", "Expired": "expired", "Rejected": "rejected"}
OVER = {"Done for Day": "done_for_day", "Calculated": "calculated"}
CHANGES_TERMS = frozenset({"New", "Replace", "Restated"})
DECISIONS = frozenset({"Canceled", "Replace", "Cancel Reject"})


def _executions(told: list[Report]) -> tuple[Execution, ...]:
    """What no later word takes back or corrects; a correction belongs to the day of what it corrects."""
    by_id = {report.exec_id: report for report in told}
    undone = {report.exec_ref_id for report in told}

    def day(report: Report) -> int:
        return day(by_id[report.exec_ref_id]) if report.exec_ref_id else report.day

    return tuple(
        Execution(report.last_qty, report.last_px, day(report))
        for report in told
        if report.kind in ("Trade", "Trade Correct") and report.exec_id not in undone
        if report.last_qty is not None and report.last_px is not None
    )


def _end(told: list[Report], good_till: bool) -> tuple[str | None, int]:
    """What ended the order, and when."""
    for report in told:
        if report.kind in ENDS:
            return ENDS[report.kind], report.at
        if report.kind in OVER and not good_till:
            return OVER[report.kind], report.at
    return None, told[-1].at + 1


def _lasting(told: list[Report]) -> frozenset[str]:
    """What still holds it: said since it last worked; waiting for its trigger, unless that came or it works."""
    worked = max((report.at for report in told if report.kind == "Restated" and report.working), default=0)
    lasting = {report.kind.lower() for report in told if report.kind in ("Stopped", "Suspended") and report.at > worked}
    waits = any(report.kind == "New" and report.working is False for report in told)
    if waits and not worked and not any(report.kind == "Triggered" for report in told):
        lasting.add("not_triggered")
    return frozenset(lasting)


def _over(told: list[Report], ended_at: int) -> str | None:
    """Whether the day is done or calculated: said on the last day the order lived, or being its end."""
    last = max(report.day for report in told if report.at <= ended_at)
    kinds = {report.kind for report in told if report.day >= last or report.at > ended_at}
    return next((over for kind, over in OVER.items() if kind in kinds), None)


def _pending(told: list[Report], ended_at: int) -> tuple[Open, ...]:
    decided = {report.cl_ord_id for report in told if report.kind in DECISIONS and report.orig_cl_ord_id}
    return tuple(
        Open(report.kind.split()[1].lower(), report.cl_ord_id, report.orig_cl_ord_id or "")
        for report in told
        if report.kind.startswith("Pending ") and report.kind != "Pending New"
        if report.cl_ord_id not in decided and told[-1].at < ended_at
    )


def outcome(placed: Facts, reports: Iterable[Report], *, good_till: bool) -> Facts:
    """What is true after all of these reports of an order that was placed so."""
    told = sorted(reports, key=lambda report: report.at)
    end, ended_at = _end(told, good_till)
    facts = replace(
        placed,
        executions=_executions(told),
        accepted=any(report.kind in ("New", "Trade", "Trade Correct") for report in told),
        end=end,
        lasting=frozenset() if end else _lasting(told),
        over=_over(told, ended_at),
        pending=_pending(told, ended_at),
        day=max(report.day for report in told),
    )
    for report in told:
        if report.kind in CHANGES_TERMS and not report.terse:
            facts = replace(facts, quantity=report.tells.quantity, price=report.tells.price)
        if report.kind == "Canceled" and report.orig_cl_ord_id:
            facts = replace(facts, cancelled_by=Open("cancel", report.cl_ord_id, report.orig_cl_ord_id))
        if report.kind == "Replace" and report.orig_cl_ord_id:
            facts = replace(facts, client_id=report.cl_ord_id, replaced_id=facts.client_id)
    return facts
