-- The accounts the logged-in role may act for, from oms.account_members, directly or as a member of a role named there.
-- Row-level security is built on it. Definer: applications can't read the membership of others.
-- session_user, because inside a definer function current_user is its owner. An account that several roles give stands there as often: to ask
-- for each once would cost a change a third of this again, twice.
CREATE OR REPLACE FUNCTION oms.my_accounts()
RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN ARRAY(
    WITH RECURSIVE my_roles AS (
      SELECT to_regrole(quote_ident(session_user))::oid AS role_id
      UNION
      SELECT m.roleid FROM pg_auth_members m JOIN my_roles r ON m.member = r.role_id
    )
    SELECT m.account
    FROM my_roles r
    JOIN oms.account_members m ON m.role = pg_get_userbyid(r.role_id)::text COLLATE "C");
END
$$;

COMMENT ON FUNCTION oms.my_accounts() IS 'Accounts the logged-in role may act for, by oms.account_members.';
