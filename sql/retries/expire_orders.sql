-- Ends the failed orders whose window is over: cancelled with end_reason expired, as by oms.expire_order(); an account's retry_sessions says how
-- long that is. At most max_orders at once, by id: call it again until it returns fewer. Repeating it changes nothing. Orders that live, or may
-- live at the broker, are never touched. Locks in order of id. Raises OM007, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.expire_orders(
  reason text DEFAULT 'Order expired',
  max_orders integer DEFAULT 1000,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS SETOF oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(expire_orders.occurred_at, expire_orders.actor);
  v_ids bigint[];
BEGIN
  PERFORM oms.check_account(expire_orders.account);
  IF (expire_orders.max_orders BETWEEN 1 AND 10000) IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'max_orders', 'value', expire_orders.max_orders),
      'max_orders is between 1 and 10000');
  END IF;
  SELECT array_agg(e.order_id) INTO v_ids
  FROM (
    SELECT o.order_id
    FROM (
      SELECT q.order_id, q.account FROM oms.retry_queue q
      WHERE q.account = expire_orders.account AND q.state = 'expired'
      OFFSET 0) q
    JOIN oms.orders o ON o.order_id = q.order_id AND o.account = q.account
    WHERE o.status = 'failed'
    ORDER BY o.order_id
    LIMIT expire_orders.max_orders
    FOR NO KEY UPDATE OF o) e;
  -- What was retried, or sent once more, while this waited is left alone.
  RETURN QUERY
    WITH expired AS (
      UPDATE oms.orders o SET end_reason = 'expired', reason = expire_orders.reason
      FROM oms.retry_queue q
      WHERE q.order_id = ANY (v_ids) AND q.account = expire_orders.account AND q.state = 'expired'
        AND o.order_id = q.order_id AND o.account = q.account AND o.status = 'failed'
      RETURNING o.*)
    SELECT e.* FROM expired e
    ORDER BY e.order_id;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.expire_orders(text, integer, timestamptz, text, text) IS 'Ends the failed orders whose window is over. Returns them by order_id: cancelled with end_reason expired and closed_at.';
