"""Checks of the SQL files that need no server, for `make lint`."""
