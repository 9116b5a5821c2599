-- The account a session works for when it doesn't name one: only ever a default.
-- What a role may really do is decided by oms.my_accounts().
CREATE OR REPLACE FUNCTION oms.current_account()
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN coalesce(nullif(current_setting('oms.account', true), ''), 'default');
END
$$;

COMMENT ON FUNCTION oms.current_account() IS 'The setting oms.account, else ''default'': the default of every account column and parameter.';
