"""The words of the scenario files, and what each of them says that happened."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What one row of a scenario says that happened."""

    NEW_ORDER = "new_order"
    CANCEL_REQUEST = "cancel_request"
    REPLACE_REQUEST = "replace_request"
    STATUS_REQUEST = "status_request"
    OUT_OF_BAND = "out_of_band"
    CANCEL_REJECT = "cancel_reject"
    PENDING_NEW = "pending_new"
    NEW = "new"
    TRADE = "trade"
    BUST = "bust"
    CORRECT = "correct"
    STATUS = "status"
    REJECTED = "rejected"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    CANCELED = "canceled"
    REPLACE = "replace"
    EXPIRED = "expired"
    DONE_FOR_DAY = "done_for_day"
    SUSPENDED = "suspended"
    STOPPED = "stopped"
    CALCULATED = "calculated"
    TRIGGERED = "triggered"
    RESTATED = "restated"


EXECUTION = "execution"

# Rows whose message is its own event; those of msg "execution" are told apart by exec_type.
MESSAGES = {
    event.value: event
    for event in (
        Event.NEW_ORDER,
        Event.CANCEL_REQUEST,
        Event.REPLACE_REQUEST,
        Event.STATUS_REQUEST,
        Event.OUT_OF_BAND,
        Event.CANCEL_REJECT,
    )
}
RECEIVED = frozenset(MESSAGES.values()) - {Event.CANCEL_REJECT}

# exec_type: the code FIX gives it, and the event.
EXEC_TYPES = {
    "New": ("0", Event.NEW),
    "Partial Fill": ("1", Event.TRADE),
    "Fill": ("2", Event.TRADE),
    "Done for Day": ("3", Event.DONE_FOR_DAY),
    "Canceled": ("4", Event.CANCELED),
    "Replace": ("5", Event.REPLACE),
    "Replaced": ("5", Event.REPLACE),
    "Pending Cancel": ("6", Event.PENDING_CANCEL),
    "Stopped": ("7", Event.STOPPED),
    "Rejected": ("8", Event.REJECTED),
    "Suspended": ("9", Event.SUSPENDED),
    "Pending New": ("A", Event.PENDING_NEW),
    "Calculated": ("B", Event.CALCULATED),
    "Expired": ("C", Event.EXPIRED),
    "Restated": ("D", Event.RESTATED),
    "Pending Replace": ("E", Event.PENDING_REPLACE),
    "Trade": ("F", Event.TRADE),
    "Trade Correct": ("G", Event.CORRECT),
    "Trade Cancel": ("H", Event.BUST),
    "Order Status": ("I", Event.STATUS),
    "Triggered": ("L", Event.TRIGGERED),
}

# exec_trans_type of FIX 4.2: all but New outrank exec_type, which then only says what had been executed.
EXEC_TRANS_TYPES: dict[str, tuple[str, Event | None]] = {
    "New": ("0", None),
    "Cancel": ("1", Event.BUST),
    "Correct": ("2", Event.CORRECT),
    "Status": ("3", Event.STATUS),
}

TIMES_IN_FORCE = {"Day": "0", "GTC": "1", "OPG": "2", "IOC": "3", "FOK": "4", "GTD": "6"}


def event_of(msg: str, exec_type: str | None, exec_trans_type: str | None) -> Event:
    """The event that a row of known words tells."""
    if msg != EXECUTION:
        return MESSAGES[msg]
    outranking = EXEC_TRANS_TYPES[exec_trans_type][1] if exec_trans_type else None
    if outranking is not None:
        return outranking
    if exec_type is None:
        raise ValueError("an execution without exec_type")
    return EXEC_TYPES[exec_type][1]
