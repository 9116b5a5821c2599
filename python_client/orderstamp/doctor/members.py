"""Who is given the group roles and the accounts: nobody among them may stand above the guards, or come to by a
membership, and nobody inherits an account by taking the name of a role that is gone.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from orderstamp.doctor.finding import Diagnosis
from orderstamp.install.roles import GROUP_ROLES

OWN_LOGIN = "CREATE ROLE bot LOGIN; GRANT oms_trader TO bot; -- and let the application connect as bot"

# Roles above the guards, why, and the attribute that makes them so.
ABOVE = """
SELECT r.oid, r.rolname,
       CASE WHEN r.rolsuper THEN 'is a superuser'
            WHEN r.rolbypassrls THEN 'bypasses row-level security'
            WHEN r.rolname = %(owner)s THEN 'is the owner'
            WHEN r.rolreplication THEN 'may copy every row by replication'
            WHEN r.rolname = 'pg_read_all_data' THEN 'may read every table'
            ELSE 'may write every table' END AS why,
       CASE WHEN r.rolsuper THEN 'SUPERUSER' WHEN r.rolbypassrls THEN 'BYPASSRLS'
            WHEN r.rolreplication THEN 'REPLICATION' END AS attribute
  FROM pg_roles r
 WHERE r.rolsuper OR r.rolbypassrls OR r.rolreplication
    OR r.rolname IN (%(owner)s, 'pg_read_all_data', 'pg_write_all_data')
"""
# A membership that neither inherits nor may be set (PostgreSQL 16) gives no more than the right to pass it on.
# What another than the first superuser granted (10), only who names the grantor revokes.
# From the group roles down to all who are given them, and from these up to all that they may become.
_WALK = f"""
WITH RECURSIVE granted AS (
  SELECT m.roleid, m.member,
         format('REVOKE %%I FROM %%I%%s;', pg_get_userbyid(m.roleid), pg_get_userbyid(m.member),
                (SELECT format(' GRANTED BY %%I', r.rolname) FROM pg_roles r WHERE r.oid = m.grantor AND r.oid <> 10)
               ) AS revoke
    FROM pg_auth_members m
   WHERE to_jsonb(m) ->> 'inherit_option' IS DISTINCT FROM 'false'
      OR to_jsonb(m) ->> 'set_option' IS DISTINCT FROM 'false'
), above AS ({ABOVE}), groups AS (
  SELECT r.oid FROM pg_roles r WHERE r.rolname = ANY (%(groups)s)
), members AS (
  SELECT oid FROM groups
  UNION
  SELECT g.member FROM granted g JOIN members m ON m.oid = g.roleid
), bound AS (
  SELECT m.oid FROM members m JOIN pg_roles r ON r.oid = m.oid WHERE r.rolname <> %(owner)s
), reached AS (
  SELECT b.oid FROM bound b JOIN pg_roles r ON r.oid = b.oid WHERE NOT r.rolsuper
  UNION
  SELECT g.roleid FROM granted g JOIN reached r ON r.oid = g.member WHERE g.roleid NOT IN (SELECT oid FROM above)
)
"""
_THEMSELVES = f"""{_WALK}
SELECT a.rolname, quote_ident(a.rolname), a.oid IN (SELECT oid FROM groups), a.why, a.attribute,
       (SELECT string_agg(g.revoke, ' ') FROM granted g JOIN members m ON m.oid = g.roleid WHERE g.member = a.oid)
  FROM above a JOIN bound b ON b.oid = a.oid WHERE a.attribute IS NOT NULL ORDER BY 1
"""
_BY_MEMBERSHIP = f"""{_WALK}
SELECT pg_get_userbyid(g.member), a.rolname, a.why, g.revoke
  FROM granted g JOIN reached r ON r.oid = g.member JOIN above a ON a.oid = g.roleid
 WHERE a.oid NOT IN (SELECT oid FROM bound) ORDER BY 1, 2
"""
_GROUPS = f"""{_WALK}
SELECT m.rolname, r.rolname, g.revoke
  FROM granted g JOIN pg_roles m ON m.oid = g.member JOIN pg_roles r ON r.oid = g.roleid
 WHERE m.rolname = ANY (%(groups)s) AND r.rolname = ANY (%(groups)s) ORDER BY 1, 2
"""
_PARAMETERS = """
SELECT coalesce(r.rolname, 'PUBLIC'), coalesce(quote_ident(r.rolname), 'PUBLIC'), x.privilege_type
  FROM pg_parameter_acl p CROSS JOIN aclexplode(p.paracl) x LEFT JOIN pg_roles r ON r.oid = x.grantee
 WHERE p.parname = 'session_replication_role' AND r.rolsuper IS NOT TRUE AND r.rolname IS DISTINCT FROM %(owner)s
 ORDER BY 1, 3
"""
# The group roles, when missing, are told elsewhere, with what makes them.
_STRANDED = """
SELECT m.role, format('DELETE FROM oms.account_members WHERE role = %%L;', m.role), count(*)
  FROM oms.account_members m
 WHERE m.role <> ALL (%(groups)s) AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = m.role)
 GROUP BY 1 ORDER BY 1
"""


def compare_members(conn: Connection[Any], diagnosis: Diagnosis, owner: str) -> None:
    """Name who is given a group role, or is one, and is bound by no guard; and who may switch triggers off."""
    named = {"owner": owner, "groups": list(GROUP_ROLES)}
    for role, quoted, is_group, why, attribute, revoke in conn.execute(_THEMSELVES.encode(), named).fetchall():
        given = "is a group role" if is_group else "is given a group role"
        fix = f"ALTER ROLE {quoted} NO{attribute};"
        if attribute == "SUPERUSER" and not is_group:  # it may be the only one
            fix = f"{revoke} {OWN_LOGIN}"
        diagnosis.add("login", role, f"{given}, but {why}: no guard binds it", fix)
    for role, other, why, fix in conn.execute(_BY_MEMBERSHIP.encode(), named).fetchall():
        diagnosis.add("login", role, f"may act as {other}, which {why}", fix)
    for role, other, fix in conn.execute(_GROUPS.encode(), named).fetchall():
        diagnosis.add("role", role, f"is given {other}: its members may do more than they were given", fix)
    for role, quoted, privilege in conn.execute(_PARAMETERS, named).fetchall():
        diagnosis.add(
            "setting",
            role,
            f"may {privilege} session_replication_role: triggers don't fire for who does",
            f"REVOKE {privilege} ON PARAMETER session_replication_role FROM {quoted};",
        )


def compare_accounts(conn: Connection[Any], diagnosis: Diagnosis) -> None:
    """Name accounts that would be inherited by whoever is called as a role that is gone."""
    for role, fix, accounts in conn.execute(_STRANDED, {"groups": list(GROUP_ROLES)}).fetchall():
        many = "an account" if accounts == 1 else f"{accounts} accounts"
        problem = f"is given {many}, but doesn't exist: a new role of that name would have them"
        diagnosis.add("member", role, problem, fix)
