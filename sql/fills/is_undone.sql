-- Whether a bust or correction of that execution is booked. A function, so that no plan made while there were few fills reads them all to know.
CREATE OR REPLACE FUNCTION oms.is_undone(order_id bigint, account text, exec_id text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (
    SELECT FROM oms.fills r
    WHERE r.order_id = is_undone.order_id AND r.account = is_undone.account AND r.exec_ref_id = is_undone.exec_id AND r.exec_ref_id IS NOT NULL);
END
$$;

COMMENT ON FUNCTION oms.is_undone(bigint, text, text) IS 'Internal: whether an execution is busted or corrected.';
