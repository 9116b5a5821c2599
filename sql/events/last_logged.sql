-- The newest event in the log of an order: where the row has to catch up with an annotation.
CREATE OR REPLACE FUNCTION oms.last_logged(order_id bigint, account text, OUT seq integer, OUT recorded_at timestamptz)
RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  SELECT e.seq, e.recorded_at INTO seq, recorded_at
  FROM oms.order_events e
  WHERE e.order_id = last_logged.order_id AND e.account = last_logged.account
  ORDER BY e.seq DESC
  LIMIT 1;
END
$$;

COMMENT ON FUNCTION oms.last_logged(bigint, text) IS 'Internal: seq and time of the newest event of an order.';
