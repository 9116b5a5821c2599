-- A named human says that an order placed by hand is none of ours. Logged as an annotation with the reason; the row stays, and follows the broker
-- as before. A second time changes nothing. Definer: nobody else may insert into the log.
-- Raises OM001, OM005 (a strategy owns it), OM007 (not placed by hand; reason or actor missing), OM008, OM009, OM012.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.dismiss_manual_order(
  order_id bigint,
  reason text,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  expected_version integer DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(dismiss_manual_order.occurred_at, dismiss_manual_order.actor);
  v_order oms.orders;
  v_decided text;
BEGIN
  PERFORM oms.check_session(dismiss_manual_order.account);
  PERFORM oms.check_decision(dismiss_manual_order.reason);
  IF dismiss_manual_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(dismiss_manual_order.order_id, dismiss_manual_order.account, dismiss_manual_order.expected_version);
  END IF;
  SELECT o.* INTO v_order FROM oms.orders o
  WHERE o.order_id = dismiss_manual_order.order_id AND o.account = dismiss_manual_order.account
  FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    PERFORM oms.raise_not_found(dismiss_manual_order.order_id, dismiss_manual_order.account);
  ELSIF v_order.manual_detected_at IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'order_id', 'order_id', v_order.order_id),
      'order ' || v_order.order_id || ' was not placed by hand; oms.manual_orders lists those that were');
  ELSIF v_order.strategy_id IS NOT NULL THEN
    PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('order_id', v_order.order_id, 'strategy_id', v_order.strategy_id),
      'strategy ' || v_order.strategy_id || ' owns that order: it is ours');
  END IF;
  SELECT e.event_type INTO v_decided FROM oms.order_events e
  WHERE e.order_id = v_order.order_id AND e.account = v_order.account AND e.event_type IN ('claimed', 'dismissed')
  ORDER BY e.seq DESC
  LIMIT 1;
  IF v_decided IS DISTINCT FROM 'dismissed' THEN
    PERFORM oms.annotate_order(v_order.order_id, v_order.account, 'dismissed', dismiss_manual_order.reason);
    v_order := oms.get_order(v_order.order_id, v_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.dismiss_manual_order(bigint, text, timestamptz, text, integer, text) IS 'An order placed by hand is none of ours; needs a reason and an actor. Returns the order: as it was, but for version and updated_at.';
