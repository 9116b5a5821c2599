-- Whether a broker's stream reported the end of that order: it may come before the replace that had left something to end.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.is_end_reported(order_id bigint, account text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (
    SELECT FROM oms.execution_reports r
    WHERE r.order_id = is_end_reported.order_id AND r.account = is_end_reported.account AND r.exec_type IN ('Canceled', 'Expired'));
END
$$;

COMMENT ON FUNCTION oms.is_end_reported(bigint, text) IS 'Internal: whether a broker''s stream reported that an order was canceled or expired.';
