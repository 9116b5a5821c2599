-- The broker's id that a report brings for its order: where the order had none, or where a replace gave it another. An id that another order has is
-- noted and not taken.
CREATE OR REPLACE FUNCTION oms.new_broker_order_id(state oms.orders, exec_type text, report jsonb)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_written CONSTANT text := nullif(nullif(btrim(report ->> 'OrderID'), ''), 'NONE');
  v_other bigint;
BEGIN
  IF v_written IS NULL OR v_written = state.broker_order_id OR (state.broker_order_id IS NOT NULL AND exec_type <> 'Replace')
     OR exec_type IN ('Cancel Reject', 'Rejected') THEN
    IF v_written <> state.broker_order_id AND exec_type <> 'Rejected' THEN
      PERFORM oms.note_discrepancy(state.order_id, state.account, format('%s states OrderID %s, here %s', exec_type, v_written, state.broker_order_id));
    END IF;
    RETURN NULL;
  END IF;
  SELECT o.order_id INTO v_other FROM oms.orders o
  WHERE o.broker_order_id = v_written AND o.account = state.account AND o.broker = state.broker AND o.order_id <> state.order_id;
  IF FOUND THEN
    PERFORM oms.note_discrepancy(state.order_id, state.account, 'OrderID ' || v_written || ' belongs to order ' || v_other);
    RETURN NULL;
  END IF;
  RETURN v_written;
END
$$;

COMMENT ON FUNCTION oms.new_broker_order_id(oms.orders, text, jsonb) IS 'Internal: the broker''s id that a report brings for its order.';
