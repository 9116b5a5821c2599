"""pgspot reads every file of sql/ for what another user of the database could take over.

It reads them after what the loader and the migrations do before: a pinned search_path, and a schema in which nobody
else may create anything.
"""

from __future__ import annotations

import re
import sys
from argparse import Namespace
from collections.abc import Iterable

from pglast.parser import ParseError
from pgspot.state import Counter, State
from pgspot.visitors import visit_sql

PINNED = "SET search_path = pg_catalog, pg_temp"
# Its parser has no catalog, so it doesn't know the fields of a row variable. The body of such a function is left to
# plpgsql_check and to the pinned search_path of the function, its declaration is read all the same.
NO_CATALOG = "is not a known variable"
# A body that is parsed when the function is made: its names are bound once, under the loader's search_path. pgspot
# reads a body only where it is a string.
BOUND = re.compile(r"\nRETURN ([^;]+);", re.MULTILINE)
AS_STRING = rf"\n{PINNED}\nAS $$SELECT \1$$;"


def check(sources: Iterable[tuple[str, str]]) -> int:
    """Print what is found in these files, each given as its name and text; returns how much."""
    counter = Counter(_options(bodies=True))
    state = State(counter)
    visit_sql(state, f"{PINNED}; CREATE SCHEMA oms;", toplevel=True)
    for name, written in sources:
        before = _count(counter)
        text = BOUND.sub(AS_STRING, written)
        state.args = counter.args = _options(bodies=True)
        try:
            visit_sql(state, text, toplevel=True)
        except ParseError as error:
            if NO_CATALOG not in str(error):
                raise
            state.args = counter.args = _options(bodies=False)
            visit_sql(state, text, toplevel=True)
        if _count(counter) > before:
            sys.stdout.write(f"  in {name}\n")
    return _count(counter)


def _count(counter: Counter) -> int:
    return int(counter.errors + counter.warnings + counter.unknowns)


def _options(*, bodies: bool) -> Namespace:
    return Namespace(
        ignore=[], ignore_lang=[], proc_without_search_path=[], sql_fn=[], plpgsql=bodies, summary_only=False
    )
