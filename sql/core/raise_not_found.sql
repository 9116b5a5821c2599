-- No such order for this caller: OM009 where the role may not act for the account, else OM001. Says nothing of other accounts.
CREATE OR REPLACE FUNCTION oms.raise_not_found(
  order_id bigint,
  account text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM oms.check_account(raise_not_found.account);
  PERFORM oms.raise_error('order_not_found', jsonb_build_object('order_id', raise_not_found.order_id, 'account', raise_not_found.account));
END
$$;

COMMENT ON FUNCTION oms.raise_not_found(bigint, text) IS 'Internal: raises OM001 or OM009.';
