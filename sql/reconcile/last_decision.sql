-- What the last book up to a moment said of an order, and when that was asked for; books that were too old say nothing. That it matched is a row only
-- after it was missing.
CREATE OR REPLACE FUNCTION oms.last_decision(order_id bigint, account text, moment timestamptz, OUT decision text, OUT observed_at timestamptz)
RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  SELECT d.decision, r.observed_at INTO last_decision.decision, last_decision.observed_at
  FROM oms.reconciliation_decisions d
  JOIN oms.reconciliations r ON r.reconciliation_id = d.reconciliation_id AND r.account = d.account
  WHERE d.order_id = last_decision.order_id AND d.account = last_decision.account AND r.observed_at <= last_decision.moment AND d.decision <> 'stale'
  ORDER BY d.reconciliation_id DESC
  LIMIT 1;
END
$$;

COMMENT ON FUNCTION oms.last_decision(bigint, text, timestamptz) IS 'Internal: what the last book up to a moment said of an order.';
