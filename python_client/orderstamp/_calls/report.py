"""A broker's message, or a list, as JSON that has lost nothing: a Decimal is a JSON number, digit for digit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from orderstamp._calls.call import refuse_lossy
from orderstamp.errors import InvalidArgument


def as_json(value: object, field: str = "", argument: str = "report") -> str:
    """The value as JSON text; errors name the `argument` and the `field` of it. Repeating groups are lists of mappings.

    Raises InvalidArgument: a float, a datetime without zone, or what has no place in a message.
    """
    refuse_lossy(value, argument=argument, field=field)
    if isinstance(value, Mapping):
        fields = (f"{json.dumps(str(key))}: {as_json(item, str(key), argument)}" for key, item in value.items())
        return "{" + ", ".join(fields) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_json(item, field, argument) for item in value) + "]"
    if isinstance(value, Decimal):
        # What isn't a number (NaN, Infinity) goes as text: the database refuses it where a number must be.
        return str(value) if value.is_finite() else json.dumps(str(value))
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if value is None or isinstance(value, str | int):
        return json.dumps(value)
    raise InvalidArgument(
        "invalid argument",
        detail={"argument": argument, "field": field, "value": str(value)},
        hint="pass text, numbers (int or Decimal), booleans, dates, datetimes, or lists and mappings of these",
    )
