"""Rows and scenarios of our own, for the tests: as the shared file writes them, its values from FIX's rules."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]


def new_order(client_id: str, order_qty: int | None, **more: object) -> Row:
    """The client places an order."""
    return {"msg": "new_order", "cl_ord_id": client_id, "order_qty": order_qty, **more}


def cancel_request(client_id: str, original: str, **more: object) -> Row:
    """The client asks to cancel."""
    return {"msg": "cancel_request", "cl_ord_id": client_id, "orig_cl_ord_id": original, **more}


def replace_request(client_id: str, original: str, order_qty: int | None, **more: object) -> Row:
    """The client asks for other terms."""
    return {
        "msg": "replace_request",
        "cl_ord_id": client_id,
        "orig_cl_ord_id": original,
        "order_qty": order_qty,
        **more,
    }


def out_of_band(**more: object) -> Row:
    """Something is agreed by voice."""
    return {"msg": "out_of_band", **more}


def cancel_reject(client_id: str, original: str, ord_status: str, **more: object) -> Row:
    """The broker refuses a request."""
    return {
        "msg": "cancel_reject",
        "cl_ord_id": client_id,
        "orig_cl_ord_id": original,
        "ord_status": ord_status,
        **more,
    }


def report(
    ids: str | None, exec_type: str, ord_status: str, quantities: tuple[int, int, int] | None, **more: object
) -> Row:
    """An execution report: ids as in "Y,X", quantities as OrderQty, CumQty, LeavesQty."""
    client_id, _, original = (ids or "").partition(",")
    order_qty, cum_qty, leaves_qty = quantities or (None, None, None)
    return {
        "msg": "execution",
        "cl_ord_id": client_id or None,
        "orig_cl_ord_id": original or None,
        "exec_type": exec_type,
        "ord_status": ord_status,
        "order_qty": order_qty,
        "cum_qty": cum_qty,
        "leaves_qty": leaves_qty,
        **more,
    }


def scenario(name: str, *rows: Row, version: str = "4.4", tif: str | None = None) -> dict[str, Any]:
    """A scenario of these rows; each `expect`s the residual that its quantities leave."""
    steps = []
    for place, row in enumerate(rows, 1):
        step = {"time": str(place), **row}
        if "expect" not in step and None not in (step.get(key) for key in ("order_qty", "cum_qty", "leaves_qty")):
            residual = step["order_qty"] - step["cum_qty"] - step["leaves_qty"]
            step["expect"] = {"quantity": step["order_qty"], "residual_qty": residual}
        steps.append(step)
    return {"id": name, "fix_version": version, "tif": tif, "steps": steps}


def trade(ids: str | None, qty: int, ord_status: str, quantities: tuple[int, int, int], **more: object) -> Row:
    """An execution of so many, reported the way of FIX 4.3 and later."""
    return report(ids, "Trade", ord_status, quantities, last_qty=qty, **more)


PLACED = [new_order("X", 1000), report("X", "New", "New", (1000, 0, 1000))]
