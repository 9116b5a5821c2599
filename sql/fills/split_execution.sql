-- The execution that counts for one that splits have corrected since: the market goes on naming it by its own ExecID.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.split_execution(order_id bigint, account text, exec_id text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_exec_id text := split_execution.exec_id;
BEGIN
  WHILE EXISTS (
    SELECT FROM oms.fills f
    WHERE f.order_id = split_execution.order_id AND f.account = split_execution.account AND f.exec_id = 'split-' || v_exec_id AND f.exec_ref_id = v_exec_id)
  LOOP
    v_exec_id := 'split-' || v_exec_id;
  END LOOP;
  RETURN v_exec_id;
END
$$;

COMMENT ON FUNCTION oms.split_execution(bigint, text, text) IS 'Internal: the execution that counts for one that splits have corrected.';
