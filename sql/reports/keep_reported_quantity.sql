-- A quantity that the broker granted or set below what is executed here stands as the broker says it: a bust that is still on its way will show why.
-- Noted as more executed than ordered.
CREATE OR REPLACE FUNCTION oms.keep_reported_quantity(order_id bigint, account text, quantity numeric)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_executed numeric;
BEGIN
  UPDATE oms.orders o SET quantity = keep_reported_quantity.quantity, restated_at = oms.clock()
  WHERE o.order_id = keep_reported_quantity.order_id AND o.account = keep_reported_quantity.account
    AND o.quantity = o.execution_qty AND o.execution_qty > keep_reported_quantity.quantity
  RETURNING o.execution_qty INTO v_executed;
  IF FOUND THEN
    PERFORM oms.note_discrepancy(keep_reported_quantity.order_id, keep_reported_quantity.account,
      'more executed than ordered: ' || v_executed || ' of ' || keep_reported_quantity.quantity);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.keep_reported_quantity(bigint, text, numeric) IS 'Internal: keeps a quantity the broker says, also below what is executed.';
