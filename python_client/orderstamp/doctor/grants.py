"""Who may do what, against `sql/access/`: nobody else more, the group roles neither more nor less."""

from __future__ import annotations

import re
from typing import Any

from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis
from orderstamp.install.manifest import Manifest
from orderstamp.install.roles import GROUP_ROLES, administrator_sql, missing_roles

_GRANT = re.compile(
    r"^GRANT\s+(?P<what>[\w, ]+?)\s+ON\s+(?P<kind>SCHEMA\s|FUNCTION\s|SEQUENCE\s)?(?P<objects>.+?)\s+"
    r"TO\s+(?P<roles>[\w, ]+);",
    re.MULTILINE | re.DOTALL,
)
_QUERY = """
WITH held (kind, object, name, owner, acl) AS (
  SELECT 'SCHEMA', nspname::text, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = 'oms'
  UNION ALL
  SELECT 'FUNCTION', p.oid::regprocedure::text, p.proname, p.proowner, coalesce(p.proacl, acldefault('f', p.proowner))
    FROM pg_proc p WHERE p.pronamespace = 'oms'::regnamespace
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.oid::regclass::text, c.relname, c.relowner,
         c.relacl
    FROM pg_class c WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'f', 'm', 'S')
  UNION ALL
  SELECT 'TABLE', c.oid::regclass::text, c.relname || '.' || a.attname, c.relowner, a.attacl
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'oms'::regnamespace
)
SELECT h.kind, h.object, h.name, x.privilege_type, coalesce(r.rolname, 'PUBLIC'),
       coalesce(quote_ident(r.rolname), 'PUBLIC'), x.is_grantable, coalesce(r.rolsuper OR r.rolbypassrls, false)
  FROM held h CROSS JOIN aclexplode(h.acl) x LEFT JOIN pg_roles r ON r.oid = x.grantee
 WHERE x.grantee <> h.owner
"""
_DEFAULTS = """
SELECT coalesce(r.rolname, 'PUBLIC'), x.privilege_type, k.kind,
       format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA oms REVOKE %s ON %s FROM %s;',
              pg_get_userbyid(d.defaclrole), x.privilege_type, k.kind, coalesce(quote_ident(r.rolname), 'PUBLIC'))
  FROM pg_default_acl d
  JOIN (VALUES ('r', 'TABLES'), ('S', 'SEQUENCES'), ('f', 'FUNCTIONS'), ('T', 'TYPES')) k (type, kind)
    ON k.type = d.defaclobjtype
 CROSS JOIN aclexplode(d.defaclacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee
 WHERE d.defaclnamespace = 'oms'::regnamespace AND x.grantee <> d.defaclrole
 ORDER BY 1, 3, 2
"""
# Who may act for which account, and what was loaded: for the owner alone, and for who sees every row anyway.
_PRIVATE = {"account_members", "installation"}

# Role, privilege, kind of object, its name. No function has overloads, so its name is enough.
Grant = tuple[str, str, str, str]


def expected_grants(manifest: Manifest) -> set[Grant]:
    """Every grant that the files of sql/access/ make."""
    grants = set()
    for file in (file for file in manifest.files if file.is_access):
        for found in _GRANT.finditer(re.sub(r"--[^\n]*", "", file.text)):
            kind = (found["kind"] or "TABLE").strip()
            for named in re.split(r",\s*(?![^(]*\))", found["objects"].strip()):
                name = re.sub(r"\(.*\Z", "", named, flags=re.DOTALL).removeprefix("oms.")
                for privilege in found["what"].split(","):
                    grants |= {(role.strip(), privilege.strip(), kind, name) for role in found["roles"].split(",")}
    return grants


def compare_grants(conn: Connection[Any], diagnosis: Diagnosis, manifest: Manifest) -> None:
    """Name missing group roles, missing grants, and every grant too many."""
    missing = missing_roles(conn)
    for role in missing:
        diagnosis.add(
            "role", role, "missing: nobody can be given it", f"{administrator_sql([role])} then orderstamp migrate"
        )
    expected = {grant for grant in expected_grants(manifest) if grant[0] not in missing}
    calls = {name for _, _, kind, name in expected if kind == "FUNCTION"}
    held: set[Grant] = set()
    # What isn't there, or shouldn't be, is told already.
    told = {finding.object for finding in diagnosis.findings if finding.check in ("table", "view", "function")}
    for kind, object_, name, privilege, role, quoted, grantable, sees_all in conn.execute(_QUERY.encode()).fetchall():
        grant = (role, privilege, kind, name)
        held.add(grant)
        if (grant in expected and not grantable) or object_ in told:
            continue
        is_stranger = role not in (*GROUP_ROLES, "PUBLIC") and not grantable
        is_private = name.partition(".")[0] in _PRIVATE and not sees_all
        if is_stranger and not is_private and _harmless(privilege, kind, name in calls):
            continue
        what = "may pass on" if grantable else "may"
        column = f" ({name.partition('.')[2]})" if "." in name else ""
        diagnosis.add(
            "grant",
            object_,
            f"{role} {what} {privilege}{column}",
            f"REVOKE {privilege}{column} ON {kind} {object_} FROM {quoted};",
        )
    for role, privilege, kind, fix in conn.execute(_DEFAULTS.encode()).fetchall():
        diagnosis.add("grant", "oms", f"{role} may {privilege} on {kind.lower()} that come to be", fix)
    for role, privilege, _, name in sorted(expected - held):
        if f"oms.{name}" in told:
            continue
        diagnosis.add(
            "grant", f"oms.{name}" if name != "oms" else name, f"{role} may not {privilege}", "orderstamp migrate"
        )


def _harmless(privilege: str, kind: str, is_call: bool) -> bool:
    """What an administrator may give a role of his own: to see and to call, never to write past the calls."""
    return (
        (privilege == "SELECT" and kind in ("TABLE", "SEQUENCE"))
        or (privilege == "USAGE" and kind in ("SCHEMA", "SEQUENCE"))
        or (privilege == "EXECUTE" and is_call)
    )
