"""FIX's names of what reports say, and the codes for them."""

from __future__ import annotations

EXEC_TYPES = {
    "New": "0", "Done for Day": "3", "Canceled": "4", "Replace": "5", "Pending Cancel": "6", "Stopped": "7",
    "Rejected": "8", "Suspended": "9", "Pending New": "A", "Calculated": "B", "Expired": "C", "Restated": "D",
    "Pending Replace": "E", "Trade": "F", "Trade Correct": "G", "Trade Cancel": "H", "Order Status": "I",
    "Triggered": "L",
}  # fmt: skip
STATUSES = {
    "New": "0", "Partially Filled": "1", "Filled": "2", "Done for Day": "3", "Canceled": "4", "Replaced": "5",
    "Pending Cancel": "6", "Stopped": "7", "Rejected": "8", "Suspended": "9", "Pending New": "A", "Calculated": "B",
    "Expired": "C", "Pending Replace": "E",
}  # fmt: skip
REASONS = {
    "ExecRestatementReason": {"GT renewal": "1", "Verbal change": "2", "Cancel on trading halt": "6"},
    "OrdRejReason": {"Unknown symbol": "1", "Order exceeds limit": "3"},
    "CxlRejReason": {"Too late to cancel": "0", "Broker option": "2", "Other": "99"},
}
# Before FIX 4.3 these were an ExecTransType.
TRANSACTIONS = {"Trade": ("New", "0"), "Trade Cancel": ("Cancel", "1"), "Trade Correct": ("Correct", "2")}
