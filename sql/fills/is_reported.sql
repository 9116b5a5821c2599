-- Whether a broker's stream reported that execution: the evidence for what only a broker may say (more executed than ordered, a bust before the
-- execution it takes back). Nobody but oms.apply_execution_report() can write it.
CREATE OR REPLACE FUNCTION oms.is_reported(order_id bigint, account text, exec_id text)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (
    SELECT FROM oms.execution_reports r
    WHERE r.order_id = is_reported.order_id AND r.account = is_reported.account AND r.exec_id = is_reported.exec_id);
END
$$;

COMMENT ON FUNCTION oms.is_reported(bigint, text, text) IS 'Internal: whether a broker''s stream reported an execution.';
