"""What both passes have in common: one scenario, its book, and how a row is compared."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Self

from .book import Book, Order
from .calling import Conn, Row, fix_fields
from .scenario import Step
from .vocabulary import Event


class UnplayableError(Exception):
    """A row that says too little to be played."""


class Player(ABC):
    """Plays one scenario, in the transaction that the caller has open and rolls back."""

    def __init__(self, conn: Conn, symbol: str) -> None:
        self.conn = conn
        self.symbol = symbol
        self.book = Book()

    def fork(self) -> Self:
        """The same scenario so far, for a row that isn't followed; the database is forked by a savepoint."""
        other = copy.copy(self)
        other.book = copy.deepcopy(self.book)
        return other

    @abstractmethod
    def play(self, step: Step) -> None:
        """Tell the product what the row tells."""

    @abstractmethod
    def order_id(self, step: Step) -> int | None:
        """Our id of the order the row is about; None where nobody knows it."""

    def fields(self, step: Step) -> Row | None:
        """What the product answers about the row's order, once the row is played; None if it can't know yet."""
        return fix_fields(self.conn, self.order_id(step))

    def exec_id(self, step: Step) -> str:
        """The row's ExecID, or one made up."""
        return step.exec_id or f"{self.symbol}-row-{step.number}"

    def note(self, step: Step, order: Order) -> None:
        """Remember what later rows need to know of this one."""
        if step.event in {Event.TRADE, Event.CORRECT}:
            order.executions.append(self.exec_id(step))
        if step.event in {Event.NEW, Event.TRADE, Event.TRIGGERED}:
            order.live = True
        if step.event is Event.STATUS or self.answers_resend(step, order):
            order.resent = False

    @staticmethod
    def answers_resend(step: Step, order: Order) -> bool:
        """Whether a rejection is meant for the order's second copy, not for the living order."""
        return step.event is Event.REJECTED and order.resent and order.live

    @staticmethod
    def exec_ref_id(step: Step, order: Order) -> str | None:
        """The execution that a bust or a correction means: the one it names, else the latest."""
        return step.exec_ref_id or (order.executions[-1] if order.executions else None)
