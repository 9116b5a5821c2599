"""What a set of reports amounts to, whatever their order of arrival: told by their times alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from support.report_facts import OF_THE_DAY, Execution, Facts, Open
from support.report_said import Report

ENDS = {"Canceled": "cancelled", "Expired": "expired", "Rejected": "rejected"}
HOLDS = {
    "Done for Day": "done_for_day",
    "Calculated": "calculated",
    "Stopped": "stopped",
    "Suspended": "suspended",
    "Triggered": None,
}
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
        if report.kind == "Done for Day" and not good_till:
            return "done_for_day", report.at
    return None, told[-1].at + 1


def _hold(told: list[Report], ended_at: int) -> str | None:
    hold, since = None, 0
    for report in told:
        if report.day > since and hold in OF_THE_DAY and report.at <= ended_at:
            hold = None
        if report.kind == "New" and report.working is False:
            hold = "not_triggered"
        elif report.kind == "Restated" and report.working and hold not in OF_THE_DAY:
            hold = None
        elif report.kind in HOLDS and not (report.kind == "Calculated" and hold == "done_for_day"):
            hold, since = HOLDS[report.kind], report.day
        if report.at == ended_at:
            hold = hold if hold in OF_THE_DAY else None
    return hold


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
        hold=_hold(told, ended_at),
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
