-- Executions known by their ids take the place of what only totals told of, a broker's or one that was written raw: as much of that is busted, oldest
-- first; what is left of one is a correction, at the price that keeps its value. With them goes the report that says so. An execution of more than
-- totals told of without an id can't be among that: it comes on top, unless its report says otherwise, because the book that has it states the
-- total, too. All in one statement, so that no order is overfilled in between. Returns whether there was anything to replace. The booking lock is
-- held already.
CREATE OR REPLACE FUNCTION oms.replace_synthetic(order_id bigint, account text, exec_ids text[], quantities numeric[], prices numeric[])
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_reason CONSTANT text := coalesce(current_setting('oms.reason', true), '');
  v_told numeric := (
    SELECT coalesce(sum(n.quantity), 0) FROM oms.net_fills n
    WHERE n.order_id = replace_synthetic.order_id AND n.account = replace_synthetic.account AND n.exec_id LIKE 'synthetic-%' AND n.kind <> 'adjust');
  v_taken numeric := 0;
  v_value numeric := 0;
  v_rows jsonb;
BEGIN
  FOR i IN 1..cardinality(quantities) LOOP
    CONTINUE WHEN quantities[i] > v_told - v_taken AND NOT EXISTS (
      SELECT FROM oms.execution_reports r
      WHERE r.order_id = replace_synthetic.order_id AND r.account = replace_synthetic.account AND r.exec_id = exec_ids[i] AND r.report -> 'Replaces' = 'true');
    v_value := v_value + least(quantities[i], v_told - v_taken) * prices[i];
    v_taken := v_taken + least(quantities[i], v_told - v_taken);
  END LOOP;
  IF v_taken = 0 THEN
    RETURN false;
  END IF;

  SELECT jsonb_agg(jsonb_build_object(
      'exec_id', concat_ws('-', regexp_replace(s.exec_id, '-left-.*$', ''), CASE WHEN s.kept = 0 THEN 'replaced' ELSE 'left-' || trim_scale(s.kept) END),
      'exec_ref_id', s.exec_id, 'kind', CASE WHEN s.kept = 0 THEN 'cancel' ELSE 'correct' END, 'quantity', s.kept, 'occurred_at', s.occurred_at,
      'price', CASE WHEN s.kept > 0 AND s.quantity * s.price > (s.quantity - s.kept) * v_value / v_taken
        THEN trim_scale(round((s.quantity * s.price - (s.quantity - s.kept) * v_value / v_taken) / s.kept, 8)) ELSE s.price END) ORDER BY s.fill_id)
    INTO v_rows
  FROM (
    SELECT n.fill_id, n.exec_id, n.quantity, n.price, n.occurred_at,
      least(greatest(sum(n.quantity) OVER (ORDER BY n.fill_id) - v_taken, 0), n.quantity) AS kept
    FROM oms.net_fills n
    WHERE n.order_id = replace_synthetic.order_id AND n.account = replace_synthetic.account AND n.exec_id LIKE 'synthetic-%' AND n.kind <> 'adjust') s
  WHERE s.kept < s.quantity;
  INSERT INTO oms.execution_reports (order_id, account, exec_id, exec_type, occurred_at, recorded_at, report)
  SELECT replace_synthetic.order_id, replace_synthetic.account, r.exec_id, CASE r.kind WHEN 'cancel' THEN 'Trade Cancel' ELSE 'Trade Correct' END,
    r.occurred_at, oms.clock(), jsonb_build_object('ExecID', r.exec_id, 'ExecRefID', r.exec_ref_id)
  FROM jsonb_to_recordset(v_rows) AS r (exec_id text, exec_ref_id text, kind text, occurred_at timestamptz);
  PERFORM set_config('oms.reason', 'real executions in the place of a total', true);
  INSERT INTO oms.fills (order_id, account, kind, exec_id, exec_ref_id, quantity, price, occurred_at)
  SELECT replace_synthetic.order_id, replace_synthetic.account, r.kind, r.exec_id, r.exec_ref_id, r.quantity, r.price, r.occurred_at
  FROM jsonb_to_recordset(v_rows) AS r (exec_id text, exec_ref_id text, kind text, quantity numeric, price numeric, occurred_at timestamptz);
  PERFORM set_config('oms.reason', v_reason, true);
  RETURN true;
END
$$;

COMMENT ON FUNCTION oms.replace_synthetic(bigint, text, text[], numeric[], numeric[]) IS 'Internal: busts as much of what only totals told of as real executions now tell.';
