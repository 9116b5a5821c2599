"""Orders as a SQLAlchemy application maps them: what the database sets is declared so, and read back after a flush."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import BigInteger, FetchedValue, Identity, NullPool, Numeric, create_engine, insert, update
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.engine import URL, Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.attributes import flag_modified


class Base(DeclarativeBase):
    """Times are timestamptz, numbers exact."""

    type_annotation_map = {  # noqa: RUF012
        datetime: TIMESTAMP(timezone=True),
        Decimal: Numeric(),
        dict[str, Any]: JSONB,
    }


def _default() -> Any:
    """A column with a default in the database, which the writer may leave out."""
    return mapped_column(server_default=FetchedValue())


def _owned() -> Any:
    """A column that the database sets, at INSERT and at UPDATE."""
    return mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue())


class Order(Base):
    """One order."""

    __tablename__ = "orders"
    __table_args__ = {"schema": "oms"}  # noqa: RUF012
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012

    order_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account: Mapped[str] = mapped_column(server_default=FetchedValue())
    parent_order_id: Mapped[int | None]
    client_order_id: Mapped[str | None]
    broker: Mapped[str] = _default()
    broker_order_id: Mapped[str | None]
    symbol: Mapped[str]
    side: Mapped[str]
    book: Mapped[str] = _default()
    strategy_id: Mapped[str | None]
    order_type: Mapped[str] = _default()
    time_in_force: Mapped[str] = _default()
    variety: Mapped[str] = _default()
    entry_type: Mapped[str] = _default()
    trade_mode: Mapped[str] = _default()
    quantity: Mapped[Decimal | None]
    cash_quantity: Mapped[Decimal | None]
    limit_price: Mapped[Decimal | None]
    stop_price: Mapped[Decimal | None]
    hold: Mapped[str | None]
    order_metadata: Mapped[dict[str, Any]] = _default()
    status: Mapped[str] = _owned()
    reason: Mapped[str | None] = _owned()
    rejection_reason: Mapped[str | None] = _owned()
    end_reason: Mapped[str | None] = _owned()
    execution_qty: Mapped[Decimal] = _owned()
    execution_price: Mapped[Decimal | None] = _owned()
    cancelled_qty: Mapped[Decimal] = _owned()
    leaves_qty: Mapped[Decimal | None] = _owned()
    open_qty: Mapped[Decimal] = _owned()
    last_fill_id: Mapped[int] = _owned()
    placed_at: Mapped[datetime] = _owned()
    accepted_at: Mapped[datetime | None] = _owned()
    updated_at: Mapped[datetime] = _owned()
    last_status_check: Mapped[datetime | None] = _owned()
    execution_time: Mapped[datetime | None] = _owned()
    filled_at: Mapped[datetime | None] = _owned()
    first_failed_at: Mapped[datetime | None] = _owned()
    last_retry_attempt: Mapped[datetime | None] = _owned()
    quantity_adjusted_at: Mapped[datetime | None] = _owned()
    manual_detected_at: Mapped[datetime | None] = _owned()
    closed_at: Mapped[datetime | None] = _owned()
    trade_date: Mapped[date | None]
    restated_at: Mapped[datetime | None] = _owned()
    retry_count: Mapped[int] = _owned()
    version: Mapped[int] = _owned()
    last_event: Mapped[str] = _owned()


COLUMNS = [column.key for column in Order.__table__.columns]


def as_row(order: Order) -> dict[str, Any]:
    """What the object holds, as a row."""
    return {column: getattr(order, column) for column in COLUMNS}


def engine_for(dsn: str) -> Engine:
    """An engine on that database."""
    where: dict[str, Any] = {**conninfo_to_dict(dsn)}
    url = URL.create("postgresql+psycopg", username=where.pop("user"), database=where.pop("dbname"))
    return create_engine(url, connect_args=where, poolclass=NullPool)


@contextmanager
def session_for(dsn: str) -> Iterator[Session]:
    """A session on that database."""
    engine = engine_for(dsn)
    with Session(engine, expire_on_commit=False) as session:
        yield session
    engine.dispose()


class UnitOfWork:
    """Load the object, set attributes, commit."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def place(self, columns: dict[str, Any]) -> int:
        with session_for(self.dsn) as session:
            order = Order(**columns)
            session.add(order)
            session.commit()
            return order.order_id

    def change(self, order_id: int, columns: dict[str, Any]) -> None:
        with session_for(self.dsn) as session:
            order = session.get_one(Order, order_id)
            for column, value in columns.items():
                setattr(order, column, value)
            session.commit()


class WholeRow(UnitOfWork):
    """As a unit of work, but every column is written, with what the object happens to hold."""

    def place(self, columns: dict[str, Any]) -> int:
        past = datetime.fromisoformat("2001-01-01 00:00+00")
        made_up = {
            "placed_at": past,
            "closed_at": past,
            "version": 99,
            "leaves_qty": 5,
            "open_qty": 3,
            "last_fill_id": 7,
        }
        return super().place({**made_up, **columns})

    def change(self, order_id: int, columns: dict[str, Any]) -> None:
        with session_for(self.dsn) as session:
            order = session.get_one(Order, order_id)
            for column, value in columns.items():
                setattr(order, column, value)
            for column in COLUMNS:
                if column != "order_id":
                    flag_modified(order, column)
            session.commit()


class Bulk(UnitOfWork):
    """One statement, no objects."""

    def place(self, columns: dict[str, Any]) -> int:
        with session_for(self.dsn) as session:
            (order_id,) = session.scalars(insert(Order).returning(Order.order_id), [columns]).all()
            session.commit()
            return order_id

    def change(self, order_id: int, columns: dict[str, Any]) -> None:
        with session_for(self.dsn) as session:
            session.execute(update(Order), [{"order_id": order_id, **columns}])
            session.commit()
