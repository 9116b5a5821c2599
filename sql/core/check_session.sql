-- For what runs as the owner: refuses (OM009) an account the logged-in role may not act for. Members of the owner, superusers and roles that
-- bypass row-level security may act for all, as with oms.check_account().
CREATE OR REPLACE FUNCTION oms.check_session(account text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF (check_session.account = ANY (oms.my_accounts())) IS NOT TRUE AND NOT EXISTS (
    SELECT FROM pg_roles r CROSS JOIN pg_class c
    WHERE r.rolname = session_user AND c.oid = 'oms.orders'::regclass AND (r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE')))
  THEN
    PERFORM oms.raise_error('wrong_account', jsonb_build_object('account', check_session.account, 'login_role', session_user));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_session(text) IS 'Internal: refuses an account the logged-in role may not act for, inside what runs as the owner.';
