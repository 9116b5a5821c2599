-- The accounts the logged-in role may act for, from oms.account_members, directly or as a member of a role named there.
-- Row-level security is built on it. Definer: applications can't read the membership of others.
-- session_user, because inside a definer function current_user is its owner. An account that several roles give stands there as often.
-- A change by an application asks twice, and pays for every node of the plan each time: so no join with the accounts, and by OFFSET 0 no hash
-- table for the roles. UNION keeps a role that many ways lead to from being followed once for each of them.
CREATE OR REPLACE FUNCTION oms.my_accounts()
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN ARRAY(
    SELECT m.account
    FROM oms.account_members m
    WHERE m.role = ANY (ARRAY(
      WITH RECURSIVE my_roles AS (
        SELECT to_regrole(quote_ident(session_user))::oid AS role_id
        UNION
        SELECT g.roleid
        FROM my_roles r
        CROSS JOIN LATERAL (SELECT a.roleid FROM pg_auth_members a WHERE a.member = r.role_id OFFSET 0) g
      )
      SELECT pg_get_userbyid(r.role_id)::text FROM my_roles r)));
END
$$;

COMMENT ON FUNCTION oms.my_accounts() IS 'Accounts the logged-in role may act for, by oms.account_members.';
