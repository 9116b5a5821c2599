"""Who may do what, as the catalog has it: PUBLIC nothing, the log only the owner."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

# The same for every account.
REFERENCE = {
    *("broker_profiles", "broker_statuses", "status_transitions"),
    *("markets", "reject_rules", "retry_policies", "trading_sessions"),
}
READ = REFERENCE | {
    *("accounts", "execution_reports", "fills", "order_events", "order_requests", "orders", "position_lots"),
    *("positions", "reconciliations", "reconciliation_decisions", "retry_claims"),
}
VIEWS = {
    *("discrepancies", "error_codes", "manual_orders", "net_fills", "open_exposure", "open_orders", "order_history"),
    *("retry_queue", "unconfirmed_orders"),
}
AUDIT = {"audit_gaps", "audit_log_gaps", "audit_fill_gaps", "audit_stamp_gaps", "audit_request_gaps"}
TABLES = {
    "oms_reader": {(name, "SELECT") for name in READ | VIEWS},
    "oms_auditor": {(name, "SELECT") for name in READ | VIEWS | AUDIT},
    "oms_trader": {(name, "SELECT") for name in READ | VIEWS | AUDIT}
    | {("orders", "INSERT"), ("orders", "UPDATE"), ("fills", "INSERT")},
}
TABLES["oms_operator"] = TABLES["oms_trader"]
QUERIES = {
    "fix_fields",
    "find_order",
    "get_order",
    "list_orders",
    "match_reject_rule",
    "next_session",
    "order_as_of",
    "order_at_version",
    "order_statistics",
    "timeline",
}
CALLS = {
    "accept_order",
    "accept_request",
    "acknowledge_request",
    "adjust_position",
    "adjust_quantities",
    "adjust_quantity",
    "apply_execution_report",
    "bust_fill",
    "cancel_pending_reentries",
    "claim_manual_order",
    "claim_retries",
    "close_position",
    "correct_fill",
    "dismiss_manual_order",
    "expire_order",
    "expire_orders",
    "hold_order",
    "mark_cancelled",
    "mark_executed",
    "mark_failed",
    "mark_rejected",
    "modify_order",
    "place_order",
    "reconcile",
    "record_attempt",
    "record_manual_order",
    "record_status_check",
    "record_status_checks",
    "reject_request",
    "request_cancel",
    "request_replace",
    "restate_order",
    "resume_order",
    "retry_order",
    "set_context",
}
GROUPS = ("oms_trader", "oms_operator", "oms_reader", "oms_auditor")


def test_nothing_for_public(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT 'function ' || p.oid::regprocedure, x.privilege_type
          FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
         WHERE p.pronamespace = 'oms'::regnamespace AND x.grantee = 0
         UNION ALL
        SELECT 'relation ' || c.relname, x.privilege_type FROM pg_class c, aclexplode(c.relacl) x
         WHERE c.relnamespace = 'oms'::regnamespace AND x.grantee = 0
         UNION ALL
        SELECT 'column ' || c.relname || '.' || a.attname, x.privilege_type
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid, aclexplode(a.attacl) x
         WHERE c.relnamespace = 'oms'::regnamespace AND x.grantee = 0
         UNION ALL
        SELECT 'schema', x.privilege_type FROM pg_namespace n, aclexplode(n.nspacl) x
         WHERE n.nspname = 'oms' AND x.grantee = 0
        """
    ).fetchall()
    assert rows == []


def test_tables_and_views(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT g.role, c.relname, v.privilege
          FROM unnest(%s::text[]) AS g (role)
         CROSS JOIN pg_class c
         CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS v (privilege)
         WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind IN ('r', 'v')
           AND (has_table_privilege(g.role, c.oid, v.privilege)
             OR v.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
            AND has_any_column_privilege(g.role, c.oid, v.privilege))
        """,
        [list(GROUPS)],
    ).fetchall()
    for group in GROUPS:
        assert {(table, privilege) for role, table, privilege in rows if role == group} == TABLES[group], group


def test_functions(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT g.role, p.proname, p.prorettype = 'trigger'::regtype, obj_description(p.oid) LIKE 'Internal%%'
          FROM unnest(%s::text[]) AS g (role) CROSS JOIN pg_proc p
         WHERE p.pronamespace = 'oms'::regnamespace AND has_function_privilege(g.role, p.oid, 'EXECUTE')
        """,
        [list(GROUPS)],
    ).fetchall()
    assert [name for _, name, is_trigger, _ in rows if is_trigger] == [], "a trigger function could guard other tables"
    public = {"clock", "current_account", "my_accounts", "raise_error"} | QUERIES
    assert {name for role, name, _, internal in rows if role == "oms_reader" and not internal} == public
    assert {name for role, name, _, internal in rows if role == "oms_auditor" and not internal} == public
    assert {name for role, name, _, internal in rows if role == "oms_trader" and not internal} == public | CALLS
    trader, operator = ({row[1:] for row in rows if row[0] == group} for group in ("oms_trader", "oms_operator"))
    assert operator == trader, "sql/access/oms_operator.sql grants what oms_trader.sql grants"


def test_nobody_but_the_owner_writes_the_log(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT x.grantee::regrole::text, x.privilege_type FROM pg_class c, aclexplode(c.relacl) x
         WHERE c.oid = ANY ('{oms.order_events,oms.order_requests,oms.execution_reports,oms.positions,oms.position_lots,
                              oms.status_transitions,oms.reconciliations,oms.reconciliation_decisions,
                              oms.broker_profiles,oms.broker_statuses,oms.markets,oms.trading_sessions,
                              oms.reject_rules,oms.retry_policies,oms.retry_claims}'::regclass[])
           AND x.privilege_type <> 'SELECT' AND x.grantee <> c.relowner
        """
    ).fetchall()
    assert rows == []


def test_nobody_passes_privileges_on(owner: Connection[Any]) -> None:
    rows = owner.execute(
        """
        SELECT c.relname FROM pg_class c, aclexplode(c.relacl) x
         WHERE c.relnamespace = 'oms'::regnamespace AND x.is_grantable AND x.grantee <> c.relowner
         UNION ALL
        SELECT p.proname FROM pg_proc p, aclexplode(p.proacl) x
         WHERE p.pronamespace = 'oms'::regnamespace AND x.is_grantable AND x.grantee <> p.proowner
        """
    ).fetchall()
    assert rows == []


def test_row_security_is_enabled_and_not_forced(owner: Connection[Any]) -> None:
    """Every table with an account but the membership itself, which nobody may read."""
    rows = owner.execute(
        """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'account')
          FROM pg_class c WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind = 'r'
        """
    ).fetchall()
    assert {name for name, _, _, has_account in rows if has_account} == READ - REFERENCE | {"account_members"}
    assert {name for name, enabled, _, _ in rows if enabled} == READ - REFERENCE
    assert [name for name, _, forced, _ in rows if forced] == []
    policies = owner.execute(
        "SELECT DISTINCT qual, with_check, cmd, roles FROM pg_policies WHERE schemaname = 'oms'"
    ).fetchall()
    assert len(policies) == 1
    assert policies[0][1:] == (None, "ALL", ["public"]), "one rule for reading and writing"
