"""Every block of README.md that a reader may copy is executed, and what it prints is what stands below it.

The convention: a fenced block ```sql or ```python runs; a block ```text (or without a language) that follows it at
once, with nothing but blank lines between, is its output and is compared exactly. SQL runs through psql as a member of
oms_trader, Python in a process of its own with DATABASE_URL set to the same database; both in the order of the file, in
one database, on a clock that moves on by a minute per statement. A block without output may print what it likes but
must not fail. A block that can't run here says so in its fence: ```sql no-run, ```python no-run.
ORDERSTAMP_REGENERATE=1 rewrites the outputs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from orderstamp.resources import checkout
from support.transcript import REGENERATE, Block, blocks, psql, read, replaced, tick_by_statement


def _url(conninfo: str) -> str:
    """The same as a URL, which is what SQLAlchemy and Django settings want."""
    parts = conninfo_to_dict(conninfo)
    return f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}&port={parts['port']}"


def _run(block: Block, conninfo: str) -> str:
    if block.language == "sql":
        return psql(conninfo, block.code)
    environment = os.environ | {"DATABASE_URL": _url(conninfo), "PGTZ": "Asia/Kolkata", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-c", block.code],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"README.md, line {block.line}:\n{done.stdout}"
    return done.stdout


def test_readme(owner: Connection[Any], trader_dsn: str) -> None:
    root = checkout()
    assert root is not None
    readme = root / "README.md"
    text = read(readme)
    found = list(blocks(text, "sql", "python"))
    assert found, "README.md shows nothing that can be run"
    tick_by_statement(owner)
    printed = [(block, _run(block, trader_dsn)) for block in found]
    for block, output in printed:
        if block.output is None:
            assert "ERROR:" not in output, f"README.md, line {block.line}:\n{output}"
    if REGENERATE:
        readme.write_text(replaced(text, [pair for pair in printed if pair[0].output is not None]), encoding="utf-8")
        return
    for block, output in printed:
        if block.output is not None:
            assert output.strip() == block.output.strip(), f"README.md, line {block.line}"
    assert owner.execute("SELECT * FROM oms.audit_gaps").fetchall() == []


SAMPLE = """
```sql
SELECT 1 AS one;
```

```text
 one
-----
   1
(1 row)
```
Prose.
```python no-run
boom
```
```python
print(2)
```
Not its output:
```
3
```
"""


def test_blocks_and_their_outputs() -> None:
    first, second = blocks(SAMPLE, "sql", "python")
    assert (first.language, first.code, first.line) == ("sql", "SELECT 1 AS one;\n", 2)
    assert first.output == " one\n-----\n   1\n(1 row)\n"
    assert (second.language, second.code, second.output) == ("python", "print(2)\n", None)
    assert replaced(SAMPLE, [(first, "new\n")]) == SAMPLE.replace(first.output, "new\n")


@pytest.mark.parametrize(("language", "code"), [("python", "raise SystemExit(3)"), ("python", "import nowhere")])
def test_a_failing_block_fails(trader_dsn: str, language: str, code: str) -> None:
    with pytest.raises(AssertionError, match="line 7"):
        _run(Block(language, code, 7, None, (0, 0)), trader_dsn)


def test_python_reaches_the_same_database(trader_dsn: str) -> None:
    code = (
        "import os, psycopg\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as conn:\n"
        "    print(conn.execute('SELECT session_user').fetchone())\n"
    )
    assert _run(Block("python", code, 1, None, (0, 0)), trader_dsn) == "('trader',)\n"
