"""The one exception that set-up raises: what went wrong, and what to do about it."""

from __future__ import annotations


class SetupError(Exception):
    """Set-up cannot go on. `hint` says what to do; nothing was half-written unless the message says so."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message
