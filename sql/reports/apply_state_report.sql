-- Applies what a report says of the order itself: New, Rejected, Canceled, Expired; of how it trades: see oms.apply_hold_report(). What can't be is noted.
-- Raises OM007.
CREATE OR REPLACE FUNCTION oms.apply_state_report(state oms.orders, exec_type text, broker_order_id text, report jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_after oms.orders;
BEGIN
  IF exec_type = 'New' THEN
    UPDATE oms.orders o SET
      accepted_at = coalesce(o.accepted_at, oms.clock()),
      broker_order_id = coalesce(broker_order_id, o.broker_order_id),
      quantity = coalesce(o.quantity, oms.fix_number(report, 'OrderQty')),
      -- It waits, unless something later is on record already.
      hold = CASE WHEN o.hold IS NULL AND upper(left(report ->> 'WorkingIndicator', 1)) IN ('N', 'F')
        THEN oms.lasting_hold(o.order_id, o.account) ELSE o.hold END
    WHERE o.order_id = state.order_id AND o.account = state.account
    RETURNING o.* INTO v_after;
    IF state.quantity IS NULL AND v_after.execution_qty > v_after.quantity THEN
      PERFORM oms.note_discrepancy(state.order_id, state.account, 'more executed than ordered: ' || v_after.execution_qty || ' of ' || v_after.quantity);
    END IF;
  ELSIF exec_type = 'Canceled' THEN
    UPDATE oms.orders o SET status = 'cancelled',
      reason = coalesce(nullif(concat_ws(': ', oms.fix_name('ExecRestatementReason', report ->> 'ExecRestatementReason'), nullif(report ->> 'Text', '')), ''), 'Cancelled')
    WHERE o.order_id = state.order_id AND o.account = state.account AND o.end_reason IS NULL;
  ELSIF exec_type = 'Rejected' THEN
    IF oms.fix_name('OrdRejReason', report ->> 'OrdRejReason') = 'Duplicate order' AND state.last_event <> 'manual_detected' THEN
      -- Another copy of the order was refused; the one that lives goes on.
      PERFORM oms.annotate_order(state.order_id, state.account, 'duplicate_rejected', concat_ws(': ', 'Duplicate order', nullif(report ->> 'Text', '')));
      RETURN;
    END IF;
    UPDATE oms.orders o SET status = 'failed', rejection_reason = coalesce(
      nullif(concat_ws(': ', oms.fix_name('OrdRejReason', report ->> 'OrdRejReason'), nullif(report ->> 'Text', '')), ''), 'no reason given')
    WHERE o.order_id = state.order_id AND o.account = state.account AND o.rejection_reason IS NULL AND o.end_reason IS NULL
      AND (o.status = 'failed' OR (o.leaves_qty = 0) IS NOT TRUE);
    IF NOT FOUND AND state.rejection_reason IS NULL THEN
      PERFORM oms.note_discrepancy(state.order_id, state.account, 'Rejected, though ' || state.status || ' already');
    END IF;
  ELSIF exec_type = 'Expired' THEN
    UPDATE oms.orders o SET end_reason = 'expired', reason = coalesce(nullif(report ->> 'Text', ''), 'Order expired')
    WHERE o.order_id = state.order_id AND o.account = state.account AND o.end_reason IS NULL;
  ELSIF exec_type IN ('Done for Day', 'Calculated', 'Stopped', 'Suspended', 'Triggered', 'Restated', 'Resumed') THEN
    PERFORM oms.apply_hold_report(state, exec_type, report);
  ELSE
    UPDATE oms.orders o SET last_status_check = oms.clock() WHERE o.order_id = state.order_id AND o.account = state.account;
  END IF;
END
$$;

COMMENT ON FUNCTION oms.apply_state_report(oms.orders, text, text, jsonb) IS 'Internal: applies what a broker reports of the order itself.';
