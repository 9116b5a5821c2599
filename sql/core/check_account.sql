-- Refuses (OM009) an account the logged-in role may not act for, before anything is locked or read for it. Who isn't bound by row-level
-- security, the owner, may act for all.
CREATE OR REPLACE FUNCTION oms.check_account(account text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF row_security_active('oms.orders') AND (check_account.account = ANY (oms.my_accounts())) IS NOT TRUE THEN
    PERFORM oms.raise_error('wrong_account', jsonb_build_object('account', check_account.account, 'login_role', session_user));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_account(text) IS 'Internal: refuses an account the role may not act for.';
