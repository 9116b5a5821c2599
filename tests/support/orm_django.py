"""Orders as a Django application maps them, configured in-process: an unmanaged model on oms.orders."""

from __future__ import annotations

from typing import Any

import django  # type: ignore[import-untyped]
from django.conf import settings  # type: ignore[import-untyped]
from django.db import connections, models  # type: ignore[import-untyped]
from psycopg.conninfo import conninfo_to_dict

ENGINE = "django.db.backends.postgresql"

if not settings.configured:
    settings.configure(
        DATABASES={"default": {"ENGINE": ENGINE, "NAME": "none"}}, USE_TZ=True, TIME_ZONE="UTC", INSTALLED_APPS=[]
    )
    django.setup()


def _text(default: str) -> Any:
    return models.TextField(default=default)


def _nullable(field: Any) -> Any:
    # bulk_update casts to what these say; anything else writes the numbers as they are.
    digits = {"max_digits": 38, "decimal_places": 10} if field is models.DecimalField else {}
    return field(null=True, **digits)


class Order(models.Model):  # type: ignore[misc]
    """One order. Django writes every column at each save(), so that all have to be mapped."""

    order_id = models.BigAutoField(primary_key=True)
    account = _text("default")
    parent_order_id = _nullable(models.BigIntegerField)
    client_order_id = _nullable(models.TextField)
    broker = _text("")
    broker_order_id = _nullable(models.TextField)
    symbol = models.TextField()
    side = models.TextField()
    book = _text("")
    strategy_id = _nullable(models.TextField)
    order_type = _text("market")
    time_in_force = _text("day")
    variety = _text("regular")
    entry_type = _text("initial")
    trade_mode = _text("broker")
    quantity = _nullable(models.DecimalField)
    cash_quantity = _nullable(models.DecimalField)
    limit_price = _nullable(models.DecimalField)
    stop_price = _nullable(models.DecimalField)
    hold = _nullable(models.TextField)
    order_metadata = models.JSONField(default=dict)
    status = _text("pending")
    reason = _nullable(models.TextField)
    rejection_reason = _nullable(models.TextField)
    end_reason = _nullable(models.TextField)
    execution_qty = _nullable(models.DecimalField)
    execution_price = _nullable(models.DecimalField)
    cancelled_qty = _nullable(models.DecimalField)
    leaves_qty = _nullable(models.DecimalField)
    open_qty = _nullable(models.DecimalField)
    last_fill_id = _nullable(models.BigIntegerField)
    placed_at = _nullable(models.DateTimeField)
    accepted_at = _nullable(models.DateTimeField)
    updated_at = _nullable(models.DateTimeField)
    last_status_check = _nullable(models.DateTimeField)
    execution_time = _nullable(models.DateTimeField)
    filled_at = _nullable(models.DateTimeField)
    first_failed_at = _nullable(models.DateTimeField)
    last_retry_attempt = _nullable(models.DateTimeField)
    quantity_adjusted_at = _nullable(models.DateTimeField)
    manual_detected_at = _nullable(models.DateTimeField)
    closed_at = _nullable(models.DateTimeField)
    trade_date = _nullable(models.DateField)
    restated_at = _nullable(models.DateTimeField)
    retry_count = _nullable(models.IntegerField)
    version = _nullable(models.IntegerField)
    last_event = _nullable(models.TextField)

    class Meta:
        """The table is ours, not Django's to create."""

        managed = False
        app_label = "trading"
        db_table = '"oms"."orders"'


def connect(dsn: str) -> None:
    """Point Django at that database."""
    disconnect()
    where = conninfo_to_dict(dsn)
    connections.databases["default"].update(
        NAME=where["dbname"], USER=where["user"], HOST=where["host"], PORT=str(where.get("port", ""))
    )
    del connections["default"]


def disconnect() -> None:
    """Close Django's connection, so that the database can be dropped."""
    connections["default"].close()


class Save:
    """Model.save(): the whole row."""

    def __init__(self, dsn: str) -> None:
        connect(dsn)

    def place(self, columns: dict[str, Any]) -> int:
        order = Order(**columns)
        order.save()
        order_id: int = order.order_id
        return order_id

    def change(self, order_id: int, columns: dict[str, Any]) -> None:
        order = Order.objects.get(order_id=order_id)
        for column, value in columns.items():
            setattr(order, column, value)
        order.save()


class BulkUpdate(Save):
    """bulk_create and bulk_update."""

    def place(self, columns: dict[str, Any]) -> int:
        (order,) = Order.objects.bulk_create([Order(**columns)])
        order_id: int = order.order_id
        return order_id

    def change(self, order_id: int, columns: dict[str, Any]) -> None:
        order = Order.objects.get(order_id=order_id)
        for column, value in columns.items():
            setattr(order, column, value)
        assert Order.objects.bulk_update([order], list(columns)) == 1


class QuerySet(Save):
    """get_or_create and QuerySet.update."""

    def place(self, columns: dict[str, Any]) -> int:
        order, created = Order.objects.get_or_create(**columns)
        assert created
        order_id: int = order.order_id
        return order_id

    def change(self, order_id: int, columns: dict[str, Any]) -> None:
        assert Order.objects.filter(order_id=order_id).update(**columns) == 1
