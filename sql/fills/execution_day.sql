-- The trading day an execution belongs to: that of the execution a correction goes back to, whichever of them was reported first.
CREATE OR REPLACE FUNCTION oms.execution_day(order_id bigint, account text, exec_id text)
RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_fill oms.fills;
  v_before oms.fills;
BEGIN
  SELECT f.* INTO v_fill FROM oms.fills f
  WHERE f.order_id = execution_day.order_id AND f.exec_id = execution_day.exec_id AND f.account = execution_day.account;
  LOOP
    SELECT f.* INTO v_before FROM oms.fills f
    WHERE f.order_id = v_fill.order_id AND f.exec_id = v_fill.exec_ref_id AND f.account = v_fill.account;
    EXIT WHEN NOT FOUND;
    v_fill := v_before;
  END LOOP;
  RETURN coalesce(v_fill.trade_date, oms.local_date(v_fill.account, v_fill.occurred_at));
END
$$;

COMMENT ON FUNCTION oms.execution_day(bigint, text, text) IS 'Internal: the trading day an execution belongs to.';
