-- Whether a fill of that number exists. A function, so that no plan made while there were few fills reads them all to know.
CREATE OR REPLACE FUNCTION oms.is_booked(fill_id bigint, account text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (SELECT FROM oms.fills f WHERE f.fill_id = is_booked.fill_id AND f.account = is_booked.account);
END
$$;

COMMENT ON FUNCTION oms.is_booked(bigint, text) IS 'Internal: whether a fill exists.';
