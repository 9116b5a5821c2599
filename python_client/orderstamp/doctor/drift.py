"""Tables and all that hangs on them against what the migrations leave behind."""

from __future__ import annotations

import re

from orderstamp.doctor.finding import Diagnosis
from orderstamp.doctor.stateful import Catalog

# Users may add these: columns of the log's tables, rules, policies and the like are another matter.
_MAY_BE_ADDED = {"table", "constraint", "index", "sequence"}
_COLUMN = re.compile(
    r"(?P<type>.+?)(?P<null> NOT NULL)?(?: GENERATED (?P<identity>BY DEFAULT|ALWAYS) AS IDENTITY)?"
    r"(?: DEFAULT (?P<default>.*))?"
)
_HAVE_OWN_TRIGGERS = {"oms.orders", "oms.fills"}


def compare_stateful(diagnosis: Diagnosis, expected: Catalog, found: Catalog) -> None:
    """Name everything that is missing, changed, or added where nothing may be."""
    tables = {identity for kind, identity in expected if kind == "table"}
    gone = {identity for identity in tables if ("table", identity) not in found}
    types = {split(identity)[0] for kind, identity in expected if kind == "column"}
    calls = {_call(definition) for (kind, _), definition in expected.items() if kind == "trigger"}
    for (kind, identity), definition in expected.items():
        if owner_of(kind, identity, definition) in gone and kind != "table":
            continue  # its table is told, once
        now = found.get((kind, identity))
        if now is None:
            diagnosis.add(kind, identity, "missing", _make(kind, identity, definition))
        elif now != definition:
            diagnosis.add(kind, identity, _difference(kind, definition, now), _mend(kind, identity, definition, now))
    for (kind, identity), now in found.items():
        if (kind, identity) in expected or kind in _MAY_BE_ADDED or owner_of(kind, identity, now) not in tables | types:
            continue
        if kind == "trigger" and _may_be_added(identity, now) and _call(now) not in calls:
            continue
        diagnosis.add(kind, identity, f"not of this release: {now}", _remove(kind, identity, now))


def split(identity: str) -> tuple[str, str]:
    """The table and what hangs on it, whose quoted name may hold a dot."""
    found = re.fullmatch(r'(.*)\.("(?:[^"]|"")*"|[^."]*)', identity, re.DOTALL)
    assert found is not None
    return found[1], found[2]


def _may_be_added(identity: str, trigger: str) -> bool:
    """As the documentation says: triggers of your own come first. By bytes, as PostgreSQL fires them."""
    table, name = split(identity)
    raw = name[1:-1].replace('""', '"') if name.startswith('"') else name
    return " BEFORE " not in trigger or (table in _HAVE_OWN_TRIGGERS and raw.encode() < b"t")


def _call(trigger: str) -> str:
    return trigger.rsplit(" EXECUTE FUNCTION ", 1)[1].split("(", 1)[0]


def owner_of(kind: str, identity: str, definition: str) -> str:
    """The table or type that something belongs to; moves belong to theirs, too."""
    if kind == "move":
        return "oms.status_transitions"
    if kind == "index":
        return definition.split(" ON ", 1)[1].split(" ", 1)[0]
    return identity if kind in ("table", "sequence") else split(identity)[0]


def _difference(kind: str, expected: str, now: str) -> str:
    if kind == "trigger" and now.endswith(expected):
        return {"DISABLED": "disabled", "ALWAYS": "fires on replicas, too", "REPLICA": "fires on replicas only"}[
            now.split(" ", 1)[0]
        ]
    if kind == "index" and now == f"{expected} INVALID":
        return "invalid: it was never built to its end"
    if kind == "constraint" and now == f"{expected} NOT VALID":
        return "never checked against the rows that were there before it"
    return f"{now}; expected: {expected}"


def _make(kind: str, identity: str, definition: str) -> str:
    table, name = split(identity) if "." in identity else ("", "")
    match kind:
        case "trigger":
            return definition.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1) + ";"
        case "index":
            return definition + ";"
        case "constraint":
            return f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition};"
        case "policy":
            return f"CREATE POLICY {name} ON {table} {definition};"
        case "column":
            return f"ALTER TABLE {table} ADD COLUMN {name} {definition}; -- its values come from a backup"
        case "sequence":
            return f"CREATE SEQUENCE IF NOT EXISTS {identity} AS {definition};"
        case "move":
            values = ", ".join(f"'{word}'" for word in identity.split())
            return f"INSERT INTO oms.status_transitions VALUES ({values});"
        case _:
            return "restore it, with its rows, from a backup"


def _mend(kind: str, identity: str, definition: str, now: str) -> str:
    table, name = split(identity) if "." in identity else ("", "")
    match kind:
        case "trigger" if now.endswith(definition):
            return f"ALTER TABLE {table} ENABLE TRIGGER {name};"
        case "trigger":
            return f"{_make(kind, identity, definition)} ALTER TABLE {table} ENABLE TRIGGER {name};"
        case "index" if now.endswith(" INVALID"):
            return f"REINDEX INDEX CONCURRENTLY {identity};"
        case "index":
            return f"DROP INDEX {identity}; {definition};"
        case "constraint" if now.endswith(" NOT VALID"):
            return f"ALTER TABLE {table} VALIDATE CONSTRAINT {name};"
        case "constraint":
            return f"ALTER TABLE {table} DROP CONSTRAINT {name}; {_make(kind, identity, definition)}"
        case "policy":
            return f"DROP POLICY {name} ON {table}; {_make(kind, identity, definition)}"
        case "table":
            return _mend_table(identity, definition, now)
        case "sequence":
            logged = f"ALTER SEQUENCE {identity} SET LOGGED; " if now.startswith("unlogged ") else ""
            return f"{logged}ALTER SEQUENCE {identity} AS {definition};"
        case "column":
            return _mend_column(table, name, definition, now)
        case _:
            return f"make it again: {definition}"


def _mend_column(table: str, name: str, definition: str, now: str) -> str:
    want, have = _COLUMN.fullmatch(definition), _COLUMN.fullmatch(now)
    assert want is not None
    assert have is not None
    steps = []
    if want["type"] != have["type"]:
        steps.append(f"TYPE {want['type']}")
    if want["null"] != have["null"]:
        steps.append("SET NOT NULL" if want["null"] else "DROP NOT NULL")
    if want["default"] != have["default"]:
        steps.append(f"SET DEFAULT {want['default']}" if want["default"] else "DROP DEFAULT")
    if want["identity"] != have["identity"]:
        steps.append(_mend_identity(want["identity"], have["identity"]))
    return f"ALTER TABLE {table} {', '.join(f'ALTER COLUMN {name} {step}' for step in steps)};"


def _mend_identity(want: str | None, have: str | None) -> str:
    if want and have:
        return f"SET GENERATED {want}"
    return f"ADD GENERATED {want} AS IDENTITY" if want else "DROP IDENTITY"


def _mend_table(identity: str, definition: str, now: str) -> str:
    steps = []
    if "row security on" in definition and "row security off" in now:
        steps.append("ENABLE ROW LEVEL SECURITY")
    if "row security off" in definition and "row security on" in now:
        steps.append("DISABLE ROW LEVEL SECURITY")
    if "forced" in now:
        steps.append("NO FORCE ROW LEVEL SECURITY")
    if "unlogged" in now:
        steps.append("SET LOGGED")
    if "foreign keys off" in now:
        steps.append("ENABLE TRIGGER ALL")
    statements = [f"ALTER TABLE {identity} {step};" for step in steps]
    if "inheritance" in now:
        statements.append(f"find its relatives with \\d+ {identity}, and ALTER TABLE … NO INHERIT …;")
    return " ".join(statements)


def _remove(kind: str, identity: str, now: str) -> str:
    if kind == "move":
        from_status, to_status, event_type = identity.split()
        return (
            f"DELETE FROM oms.status_transitions WHERE (from_status, to_status, event_type) = "
            f"('{from_status}', '{to_status}', '{event_type}');"
        )
    table, name = split(identity)
    if kind == "column":
        return f"ALTER TABLE {table} DROP COLUMN {name}; -- data of your own belongs in order_metadata"
    if kind == "trigger" and " BEFORE " in now and table in _HAVE_OWN_TRIGGERS:
        return f"DROP TRIGGER {name} ON {table}; -- or give it a name before t, so that ours see what it did"
    return f"DROP {kind.upper()} {name} ON {table};"
