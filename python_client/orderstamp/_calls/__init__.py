"""Every call of `sql/`, described once: its statement, its typed parameters, its result.

Each function takes what a client is bound to and returns a `Call`; `client`, `aio` and `batch` turn them into
methods of the same name and parameters. A statement names its parameters, and lists its columns.
"""
