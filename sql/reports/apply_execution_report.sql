-- Applies one message of a broker's stream: a FIX ExecutionReport or cancel reject (MsgType 9) as a JSON object, FIX field names as keys, enumerations
-- by code or name, FIX 4.2 to 5.0. Known by its ExecID it changes nothing again. Its news is applied; what it states beside (OrdStatus, CumQty, LeavesQty,
-- AvgPx) is checked: see oms.discrepancies. An overfill is booked, with a discrepancy. An order nobody knows becomes a row as one placed by hand.
-- Messages out of order end where the right order would have. Definer: applications write neither reports nor requests. Returns the order; nulls where
-- the message is about none. Raises OM001 (unknown, and too little said to record it), OM007 (a value that can't be), OM009; what it calls might
-- raise OM002, OM005, OM006, OM008 or OM012.
CREATE OR REPLACE FUNCTION oms.apply_execution_report(
  report jsonb,
  broker text DEFAULT NULL,
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_message CONSTANT jsonb := jsonb_strip_nulls(apply_execution_report.report);
  v_type text;
  v_before text[];
  v_order oms.orders;
  v_broker_order_id text;
  v_exec_id text;
BEGIN
  PERFORM oms.check_session(apply_execution_report.account);
  v_type := oms.report_type(v_message);
  IF v_message ->> 'ExecID' LIKE 'synthetic-%' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', 'ExecID', 'value', v_message ->> 'ExecID'),
      'ids that begin with synthetic- are given by the database, to what only a total told of');
  END IF;
  v_before := oms.enter_call(oms.fix_time(v_message, 'TransactTime'), apply_execution_report.actor);
  IF v_type LIKE 'Trade%' OR v_message ? 'SplitRatio' THEN
    PERFORM oms.lock_bookings(apply_execution_report.account);
  END IF;
  v_order := oms.reported_order(v_message, v_type, apply_execution_report.broker, apply_execution_report.account);
  IF v_order.order_id IS NULL THEN
    IF v_type = 'Cancel Reject' THEN
      PERFORM oms.apply_request_report(v_order, v_type, NULL, v_message, apply_execution_report.account);
    END IF;
    IF v_before IS NOT NULL THEN
      PERFORM oms.leave_call(v_before);
    END IF;
    RETURN NULL;
  END IF;

  v_exec_id := oms.keep_report(v_order.order_id, v_order.account, v_type, v_message);
  IF v_exec_id IS NOT NULL THEN
    IF v_order.status = 'failed' OR v_order.end_reason = 'failed' OR v_order.trade_date IS NOT NULL THEN
      v_order := oms.wake_order(v_order, v_type, v_message);
    END IF;
    IF v_message ->> 'OrderID' IS DISTINCT FROM v_order.broker_order_id AND v_type NOT IN ('Rejected', 'Order Status') THEN
      v_broker_order_id := oms.new_broker_order_id(v_order, v_type, v_message);
    END IF;
    IF v_type IN ('Trade', 'Trade Cancel', 'Trade Correct') THEN
      PERFORM oms.apply_fill_report(v_order, v_type, v_exec_id, v_message);
    ELSIF v_type IN ('Pending Cancel', 'Pending Replace', 'Replace', 'Cancel Reject')
      OR v_type = 'Canceled' AND (v_message ? 'OrigClOrdID' OR v_message ->> 'ClOrdID' IS DISTINCT FROM v_order.client_order_id) THEN
      PERFORM oms.apply_request_report(v_order, v_type, v_broker_order_id, v_message, v_order.account);
    ELSE
      PERFORM oms.apply_state_report(v_order, v_type, v_broker_order_id, v_message);
    END IF;
    IF v_broker_order_id IS NOT NULL AND v_type NOT IN ('New', 'Replace') THEN
      -- An id alone doesn't say that the broker has accepted the order.
      UPDATE oms.orders o SET broker_order_id = v_broker_order_id, accepted_at = coalesce(o.accepted_at, CASE
        WHEN v_type LIKE 'Pending%' OR v_type IN ('Canceled', 'Expired') THEN '-infinity' ELSE oms.clock() END::timestamptz)
      WHERE o.order_id = v_order.order_id AND o.account = v_order.account;
    END IF;
  END IF;

  SELECT o.* INTO v_order FROM oms.orders o WHERE o.order_id = v_order.order_id AND o.account = v_order.account;
  IF v_exec_id IS NOT NULL AND v_message ?| '{OrdStatus,CumQty,LeavesQty,AvgPx,Side}' AND oms.check_report(v_order, v_type, v_message) THEN
    v_order := oms.get_order(v_order.order_id, v_order.account);
  END IF;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.apply_execution_report(jsonb, text, text, text) IS 'Applies one message of a broker''s stream: a FIX ExecutionReport or cancel reject as JSON, field names as keys, enumerations by code or name. Returns the order.';
