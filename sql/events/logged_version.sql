-- The highest seq in the log of an order: its version, once the row has caught up with an annotation.
CREATE OR REPLACE FUNCTION oms.logged_version(order_id bigint, account text)
RETURNS integer
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN (
    SELECT max(e.seq) FROM oms.order_events e
    WHERE e.order_id = logged_version.order_id AND e.account = logged_version.account);
END
$$;

COMMENT ON FUNCTION oms.logged_version(bigint, text) IS 'Internal: the newest seq in the log of an order.';
