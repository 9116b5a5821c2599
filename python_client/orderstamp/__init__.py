"""Order status changes stamped, checked and logged by PostgreSQL itself."""

__version__ = "0.1.0"
