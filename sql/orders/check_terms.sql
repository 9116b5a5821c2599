-- What a change of terms may not do: be bad in itself (OM007), go below what is executed (OM007), or, unless the broker granted or made it, come
-- after nothing can execute any more (OM002).
CREATE OR REPLACE FUNCTION oms.check_terms(before oms.orders, after oms.orders, restated boolean)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM oms.check_defects(after, before.order_id);
  IF (after.quantity, after.cash_quantity, after.limit_price, after.stop_price, after.order_type, after.time_in_force)
     IS NOT DISTINCT FROM
     (before.quantity, before.cash_quantity, before.limit_price, before.stop_price, before.order_type, before.time_in_force)
  THEN
    RETURN;
  END IF;
  IF (before.end_reason IS NOT NULL OR before.status = 'closed') AND before.quantity IS NOT NULL
     AND NOT (restated OR coalesce(after.client_order_id <> before.client_order_id, false)) THEN
    PERFORM oms.raise_error('illegal_transition',
      jsonb_build_object('order_id', before.order_id, 'from_status', before.status, 'to_status', before.status, 'event_type', 'modified'),
      'nothing of this order can execute any more, so its terms stay as they were; place a new order');
  END IF;
  -- A broker's own word may be that low: a bust is on its way then. A cash order learns its quantity whenever it is said.
  IF after.quantity < after.execution_qty AND after.quantity <> before.quantity AND NOT restated THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_build_object('order_id', before.order_id, 'argument', 'quantity', 'value', after.quantity, 'executed', after.execution_qty),
      'quantity can''t be below what is executed already');
  END IF;
  IF after.quantity IS NULL AND before.quantity IS NOT NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', before.order_id, 'argument', 'quantity', 'value', NULL),
      'quantity, once known, stays known');
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_terms(oms.orders, oms.orders, boolean) IS 'Internal: refuses changes of terms that the executions contradict.';
