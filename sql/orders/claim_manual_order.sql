-- A strategy takes over an order that was placed by hand: strategy_id, logged as claimed with who decided it and why. Also after a dismissal.
-- Claiming again for the same strategy changes nothing.
-- Raises OM001, OM005 (it belongs to another strategy), OM007 (not placed by hand; strategy, reason or actor missing), OM008, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.claim_manual_order(
  order_id bigint,
  strategy_id text,
  reason text,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  expected_version integer DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(claim_manual_order.occurred_at, claim_manual_order.actor);
  v_reason text;
  v_order oms.orders;
BEGIN
  PERFORM oms.check_decision(claim_manual_order.reason);
  IF btrim(coalesce(claim_manual_order.strategy_id, '')) = '' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'strategy_id', 'order_id', claim_manual_order.order_id),
      'strategy_id says which strategy owns the order from now on');
  END IF;
  IF claim_manual_order.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(claim_manual_order.order_id, claim_manual_order.account, claim_manual_order.expected_version);
  END IF;
  v_reason := oms.swap_reason(claim_manual_order.reason);
  UPDATE oms.orders o SET strategy_id = claim_manual_order.strategy_id
  WHERE o.order_id = claim_manual_order.order_id AND o.account = claim_manual_order.account
    AND o.manual_detected_at IS NOT NULL AND o.strategy_id IS NULL
  RETURNING o.* INTO v_order;
  IF NOT FOUND THEN
    v_order := oms.get_order(claim_manual_order.order_id, claim_manual_order.account);
    IF v_order.manual_detected_at IS NULL THEN
      PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'order_id', 'order_id', v_order.order_id),
        'order ' || v_order.order_id || ' was not placed by hand; oms.manual_orders lists those that were');
    ELSIF v_order.strategy_id <> claim_manual_order.strategy_id THEN
      PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('order_id', v_order.order_id, 'strategy_id', v_order.strategy_id),
        'strategy ' || v_order.strategy_id || ' owns that order already');
    END IF;
  END IF;
  PERFORM oms.swap_reason(v_reason);
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.claim_manual_order(bigint, text, text, timestamptz, text, integer, text) IS 'A strategy takes over an order placed by hand; needs a reason and an actor. Returns the order: strategy_id.';
