"""The doctor's catalog says what the migrations leave behind; ORDERSTAMP_REGENERATE=1 (make catalog) writes it anew."""

from __future__ import annotations

import os
from typing import Any

from psycopg import Connection

from orderstamp.doctor.stateful import CATALOG, as_text, read_stateful


def test_the_catalog_is_current(owner: Connection[Any]) -> None:
    with owner.transaction():
        owner.execute("SET LOCAL search_path = pg_catalog, pg_temp")
        text = as_text(read_stateful(owner))
    if os.environ.get("ORDERSTAMP_REGENERATE"):
        CATALOG.write_text(text, encoding="utf-8")
    assert CATALOG.read_text(encoding="utf-8") == text, "a migration changed the catalog: run make catalog"
    for kind in ("table", "column", "constraint", "index", "trigger", "policy", "sequence", "move"):
        assert f"\n{kind}\t" in text
