-- The position of a symbol was exited: its pending re-entries are called off, and failed ones, which a retry would bring back. One that was never sent, as far as anything recorded tells (not
-- accepted, no broker's id, no attempt, no request), or that only lives on paper, is cancelled at once, as by oms.mark_cancelled(). One that may live at
-- the broker stays pending, because only the broker's word or a named human ends it: it is returned too, for the caller to ask with
-- oms.request_cancel() and to send. None there: no rows. Locks in order of id. Raises OM007, OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.cancel_pending_reentries(
  symbol text,
  reason text DEFAULT 'Re-entry cancelled - position closed',
  book text DEFAULT '',
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
  v_before CONSTANT text[] := oms.enter_call(cancel_pending_reentries.occurred_at, cancel_pending_reentries.actor);
  v_ids bigint[];
BEGIN
  PERFORM oms.check_account(cancel_pending_reentries.account);
  SELECT array_agg(r.order_id) INTO v_ids
  FROM (
    SELECT o.order_id FROM oms.orders o
    WHERE o.symbol = cancel_pending_reentries.symbol AND o.account = cancel_pending_reentries.account AND o.book = cancel_pending_reentries.book
      AND o.entry_type = 'reentry' AND o.status IN ('pending', 'failed')
    ORDER BY o.order_id
    FOR NO KEY UPDATE) r;
  UPDATE oms.orders o SET status = 'cancelled', reason = cancel_pending_reentries.reason
  WHERE o.order_id = ANY (v_ids) AND o.account = cancel_pending_reentries.account
    AND (o.trade_mode = 'paper' OR (o.accepted_at IS NULL AND o.broker_order_id IS NULL AND NOT EXISTS (
      SELECT FROM oms.order_events e
      WHERE e.order_id = o.order_id AND e.account = o.account AND e.event_type IN ('attempted', 'request_received'))));
  RETURN QUERY
    SELECT o.* FROM oms.orders o
    WHERE o.order_id = ANY (v_ids) AND o.account = cancel_pending_reentries.account
    ORDER BY o.order_id;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.cancel_pending_reentries(text, text, text, timestamptz, text, text) IS 'Calls off the pending re-entries of a symbol. Returns them by order_id: cancelled with closed_at, or still pending where a cancel has to be sent to the broker.';
