"""The check of sql/ that `make lint` makes finds what it is for."""

from __future__ import annotations

import pytest

from checks.pgspot_files import check

HEAD = "CREATE OR REPLACE FUNCTION oms.spoiled(x text) RETURNS boolean\nLANGUAGE plpgsql STABLE SECURITY DEFINER\n"
PINNED = "SET search_path = pg_catalog, pg_temp\n"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"{HEAD}AS $$ BEGIN RETURN x = 'a'; END $$;", "PS003"),
        (f"{HEAD}SET search_path = public\nAS $$ BEGIN RETURN x = 'a'; END $$;", "PS004"),
        (f"{HEAD.replace('oms.', 'public.')}{PINNED}AS $$ BEGIN RETURN x = 'a'; END $$;", "PS002"),
    ],
)
def test_it_is_found(text: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert check([("spoiled", text)]) > 0
    assert code in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{PINNED}AS $$ BEGIN RETURN x = 'a'; END $$;",
        "CREATE OR REPLACE FUNCTION oms.plain(x text)\nRETURNS boolean\nLANGUAGE sql IMMUTABLE\nRETURN x = 'a';",
    ],
)
def test_nothing_is_found(text: str) -> None:
    assert check([("fine", text)]) == 0
