-- What an account writes before prices; the column's own default where the account has no row.
CREATE OR REPLACE FUNCTION oms.currency_label(account text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN coalesce((SELECT a.currency_label FROM oms.accounts a WHERE a.account = currency_label.account), 'Rs');
END
$$;

COMMENT ON FUNCTION oms.currency_label(text) IS 'Internal: the currency label of an account.';
