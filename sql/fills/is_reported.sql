-- Whether a broker's stream reported that execution: the evidence for what only a broker may say (more executed than ordered, a bust before the
-- execution it takes back). Nobody but oms.apply_execution_report() can write it.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.is_reported(order_id bigint, account text, exec_id text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (
    SELECT FROM oms.execution_reports r
    WHERE r.order_id = is_reported.order_id AND r.account = is_reported.account AND r.exec_id = is_reported.exec_id
      AND r.exec_type IN ('Trade', 'Trade Cancel', 'Trade Correct'));
END
$$;

COMMENT ON FUNCTION oms.is_reported(bigint, text, text) IS 'Internal: whether a broker''s stream reported an execution.';
