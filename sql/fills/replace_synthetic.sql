-- An execution known by its id takes the place of what only a total told of, a broker's or one that was written raw: as much of that is busted, oldest
-- first; what is left of one is a correction, at the price that keeps its value. With them goes the report that says so. An execution of more than
-- totals told of without an id can't be among that: it comes on top, unless its report says otherwise, because the book that has it states the
-- total, too. The booking lock is held already.
CREATE OR REPLACE FUNCTION oms.replace_synthetic(order_id bigint, account text, exec_id text, quantity numeric, value numeric)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_price CONSTANT numeric := replace_synthetic.value / replace_synthetic.quantity;
  v_fill record;
  v_left numeric := replace_synthetic.quantity;
  v_taken numeric;
  v_kind text;
  v_exec_id text;
BEGIN
  IF replace_synthetic.quantity > (
    SELECT coalesce(sum(n.quantity), 0) FROM oms.net_fills n
    WHERE n.order_id = replace_synthetic.order_id AND n.account = replace_synthetic.account AND n.exec_id LIKE 'synthetic-%' AND n.kind <> 'adjust')
    AND NOT EXISTS (
    SELECT FROM oms.execution_reports r
    WHERE r.order_id = replace_synthetic.order_id AND r.account = replace_synthetic.account AND r.exec_id = replace_synthetic.exec_id AND r.report -> 'Replaces' = 'true')
  THEN
    RETURN;
  END IF;
  FOR v_fill IN
    SELECT n.exec_id, n.quantity, n.price, n.occurred_at
    FROM oms.net_fills n
    WHERE n.order_id = replace_synthetic.order_id AND n.account = replace_synthetic.account AND n.exec_id LIKE 'synthetic-%' AND n.kind <> 'adjust'
    ORDER BY n.fill_id
  LOOP
    EXIT WHEN v_left = 0;
    v_taken := least(v_left, v_fill.quantity);
    v_left := v_left - v_taken;
    v_kind := CASE WHEN v_taken = v_fill.quantity THEN 'cancel' ELSE 'correct' END;
    v_exec_id := concat_ws('-', regexp_replace(v_fill.exec_id, '-left-.*$', ''), CASE v_kind WHEN 'cancel' THEN 'replaced' ELSE 'left-' || trim_scale(v_fill.quantity - v_taken) END);
    INSERT INTO oms.execution_reports (order_id, account, exec_id, exec_type, occurred_at, recorded_at, report)
    VALUES (replace_synthetic.order_id, replace_synthetic.account, v_exec_id, CASE v_kind WHEN 'cancel' THEN 'Trade Cancel' ELSE 'Trade Correct' END,
      v_fill.occurred_at, oms.clock(), jsonb_build_object('ExecID', v_exec_id, 'ExecRefID', v_fill.exec_id));
    PERFORM oms.book_correction(replace_synthetic.order_id, replace_synthetic.account, v_kind, v_exec_id, v_fill.exec_id,
      v_fill.quantity - v_taken, CASE
        WHEN v_fill.quantity > v_taken AND v_fill.quantity * v_fill.price > v_taken * v_price
        THEN trim_scale(round((v_fill.quantity * v_fill.price - v_taken * v_price) / (v_fill.quantity - v_taken), 8)) ELSE v_fill.price END,
      NULL, v_fill.occurred_at, 'real executions in the place of a total');
  END LOOP;
END
$$;

COMMENT ON FUNCTION oms.replace_synthetic(bigint, text, text, numeric, numeric) IS 'Internal: busts as much of what only a total told of as real executions now tell.';
