-- An execution, or a correction of one, that happened before a split of its order but is reported after it, is split too; unless it is undone already.
CREATE OR REPLACE FUNCTION oms.split_late_fill(order_id bigint, account text, exec_id text, quantity numeric, price numeric)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_ref text := split_late_fill.exec_id;
  v_quantity numeric := split_late_fill.quantity;
  v_price numeric := split_late_fill.price;
  v_ratio numeric;
BEGIN
  IF oms.context_time() IS NULL OR EXISTS (
    SELECT FROM oms.fills f
    WHERE f.order_id = split_late_fill.order_id AND f.account = split_late_fill.account AND f.exec_ref_id = split_late_fill.exec_id)
  THEN
    RETURN;
  END IF;
  FOR v_ratio IN
    SELECT oms.fix_ratio(r.report) FROM oms.execution_reports r
    WHERE r.order_id = split_late_fill.order_id AND r.account = split_late_fill.account AND r.exec_type IN ('Restated', 'Resumed')
      AND r.report ? 'SplitRatio' AND r.occurred_at > oms.context_time()
    ORDER BY r.occurred_at
  LOOP
    v_quantity := oms.split_quantity(v_quantity, v_ratio);
    v_price := oms.split_price(v_price, v_ratio);
    INSERT INTO oms.fills (order_id, account, kind, exec_id, exec_ref_id, quantity, price)
    VALUES (split_late_fill.order_id, split_late_fill.account, 'correct', 'split-' || v_ref, v_ref, v_quantity, v_price);
    v_ref := 'split-' || v_ref;
  END LOOP;
END
$$;

COMMENT ON FUNCTION oms.split_late_fill(bigint, text, text, numeric, numeric) IS 'Internal: splits an execution that is reported after the split it came before.';
