"""`python -m orderstamp.cli`."""

from orderstamp.cli import app

app()
