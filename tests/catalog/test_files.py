"""The files of sql/: one object each, all in the manifest, short, and written in one way."""

from __future__ import annotations

import re

import pytest

from support.sqltext import ALL, FUNCTIONS, MIGRATIONS, SQL, VIEWS, Source, tokens

LONGEST = 150
# Words in capitals, inside bodies too; everything else is lower-case.
KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        ADD AFTER ALL ALTER ALWAYS AND ANY ARRAY AS ASC AT BEFORE BEGIN BETWEEN BIGINT BY CASCADE CASE CHECK
        CLOSE COLLATE COLUMN COMMENT CONFLICT CONSTANT CONSTRAINT CONTINUE CREATE CROSS CURSOR DECLARE DEFAULT DEFINER
        DELETE DESC DIAGNOSTICS DISABLE DISTINCT DO DROP EACH ELSE ELSIF ENABLE END EXCEPTION EXECUTE EXISTS
        EXIT FETCH FILTER FIRST FOR FOREACH FOREIGN FOUND FROM FULL FUNCTION GENERATED GET GRANT GROUP HAVING IDENTITY
        IF IMMUTABLE IN INDEX INNER INOUT INSERT INTO INVOKER IS JOIN KEY LANGUAGE LAST LATERAL LEFT LEVEL LIKE
        LIMIT LOCKED LOOP MATERIALIZED NEW NEXT NO NOT NOTHING NULL NULLS OF OFFSET OLD ON OPEN OR ORDER ORDINALITY OUT
        OVER PARALLEL PARTITION PERFORM PLACING POLICY PRIMARY QUERY RAISE RECURSIVE REFERENCES REFERENCING REPLACE
        RESTRICTED RETURN RETURNING RETURNS REVOKE RIGHT ROW SAFE SCHEMA SCROLL SECURITY SELECT SEQUENCE
        SEQUENCES SET SETOF SHARE SKIP STABLE STATEMENT STRICT TABLE TABLES THEN TO TRIGGER TRUNCATE TYPE UNION
        UNIQUE UNSAFE UPDATE USAGE USING VALID VALIDATE VALUES VIEW VOLATILE WHEN WHERE WHILE WINDOW WITH ZONE
        """,
    )
)
# Capitals that PostgreSQL gives (TRUE as in IS NOT TRUE), and keywords that are also names of columns here.
OTHER_CAPITALS = frozenset(
    [
        *(
            "ERRCODE",
            "MESSAGE",
            "DETAIL",
            "HINT",
            "PUBLIC",
            "FUNCTIONS",
            "OPTION",
            "TIME",
            "TRUE",
            "FALSE",
            "ROW_COUNT",
            "OTHERS",
            "SQLERRM",
            "SQLSTATE",
        ),
        *("TG_OP", "TG_TABLE_NAME", "TG_TABLE_SCHEMA"),
    ]
)
ALSO_NAMES = frozenset(
    {"key", "share", "first", "last", "level", "before", "after", "message", "hint", "out", "option"}
)


def _listed() -> list[str]:
    lines = (line.split("#", 1)[0].strip() for line in (SQL / "manifest.txt").read_text().splitlines())
    return [line for line in lines if line]


def test_the_manifest_names_every_file_once() -> None:
    listed = _listed()
    assert len(listed) == len(set(listed))
    assert sorted(listed) == [f"{source}.sql" for source in sorted(ALL, key=str)]


def test_nothing_else_lies_in_sql() -> None:
    others = {path.relative_to(SQL).as_posix() for path in SQL.rglob("*") if path.is_file() and path.suffix != ".sql"}
    assert {name for name in others if not name.startswith("examples/")} <= {"manifest.txt", "README.md"}


def test_access_loads_last() -> None:
    folders = [path.split("/")[0] for path in _listed()]
    assert "access" not in folders[: folders.index("access")]
    assert set(folders[folders.index("access") :]) == {"access"}


@pytest.mark.parametrize("source", ALL, ids=str)
def test_a_file_is_short(source: Source) -> None:
    assert len(source.text.splitlines()) <= LONGEST


@pytest.mark.parametrize("source", [*FUNCTIONS.values(), *VIEWS.values()], ids=str)
def test_a_file_makes_the_object_it_is_named_after(source: Source) -> None:
    kind = "FUNCTION" if source.name in FUNCTIONS else "VIEW"
    made = re.findall(r"^CREATE\b.*?\boms\.(\w+)", source.text, re.MULTILINE)
    assert made == [source.name]
    assert re.search(rf"^CREATE OR REPLACE {kind} oms\.{source.name}\b", source.text, re.MULTILINE)
    first, *others = source.comments
    assert first.startswith(f"{kind} oms.{source.name}")
    assert [other for other in others if not other.startswith(f"COLUMN oms.{source.name}.")] == []


@pytest.mark.parametrize("source", ALL, ids=str)
def test_a_file_begins_by_saying_what_it_is_for(source: Source) -> None:
    assert 1 <= len(source.header) <= 6
    assert all(source.header)


@pytest.mark.parametrize("source", [*ALL, *MIGRATIONS], ids=str)
def test_keywords_are_capitals_and_nothing_else_is(source: Source) -> None:
    code = [*tokens(source.text)]
    wrong = []
    for before, token in zip([None, *code], code, strict=False):
        if token.kind != "word" or (before is not None and before.text == "."):
            continue
        if token.text.isupper():
            if token.text not in KEYWORDS | OTHER_CAPITALS:
                wrong.append(f"line {token.line}: {token.text} in capitals")
        elif token.text.lower() in KEYWORDS and token.text not in ALSO_NAMES:
            wrong.append(f"line {token.line}: {token.text}")
    assert wrong == []


@pytest.mark.parametrize("source", [*ALL, *MIGRATIONS], ids=str)
def test_white_space(source: Source) -> None:
    lines = source.text.split("\n")
    assert lines[-1] == "", "the file ends with a line break"
    assert [number for number, line in enumerate(lines, 1) if line != line.rstrip() or "\t" in line] == []
