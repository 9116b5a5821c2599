-- Whether an order was sent again after a broker had refused it, and no broker's word has come since.
CREATE OR REPLACE FUNCTION oms.is_resent(order_id bigint, account text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_last text;
BEGIN
  SELECT e.event_type INTO v_last
  FROM oms.order_events e
  WHERE e.order_id = is_resent.order_id AND e.account = is_resent.account AND e.event_type IN ('retried', 'accepted', 'executed', 'rejected')
  ORDER BY e.seq DESC
  LIMIT 1;
  RETURN v_last = 'retried' AND EXISTS (
    SELECT FROM oms.order_events e
    WHERE e.order_id = is_resent.order_id AND e.account = is_resent.account AND e.event_type = 'rejected');
END
$$;

COMMENT ON FUNCTION oms.is_resent(bigint, text) IS 'Internal: whether an order was sent again after a rejection, and nothing of that is known yet.';
