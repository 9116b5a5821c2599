"""Order status changes stamped, checked and logged by PostgreSQL itself."""

from orderstamp.aio import AsyncOrderstamp
from orderstamp.batch import Batch, Pending
from orderstamp.client import Orderstamp
from orderstamp.errors import (
    ActorRequired,
    AppendOnly,
    DuplicateMismatch,
    ExecutionLowered,
    IllegalTransition,
    ImmutableColumn,
    InvalidArgument,
    NothingHeld,
    NotInstalled,
    OrderNotFound,
    OrderstampError,
    Overfill,
    StaleVersion,
    WrongAccount,
)
from orderstamp.models import Decision, FixFields, Order, OrderRequest, Position, Statistics, TimelineEntry

__version__ = "0.1.0"

__all__ = [
    "ActorRequired",
    "AppendOnly",
    "AsyncOrderstamp",
    "Batch",
    "Decision",
    "DuplicateMismatch",
    "ExecutionLowered",
    "FixFields",
    "IllegalTransition",
    "ImmutableColumn",
    "InvalidArgument",
    "NotInstalled",
    "NothingHeld",
    "Order",
    "OrderNotFound",
    "OrderRequest",
    "Orderstamp",
    "OrderstampError",
    "Overfill",
    "Pending",
    "Position",
    "StaleVersion",
    "Statistics",
    "TimelineEntry",
    "WrongAccount",
]
