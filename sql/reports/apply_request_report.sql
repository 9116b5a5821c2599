-- Applies what a report says of a request: Pending Cancel, Pending Replace, Replace, Canceled, Cancel Reject. A request that only the broker knows
-- is recorded with it. A Canceled without request is the broker's own doing, a Replace without an id of its own a restatement. What contradicts a
-- decision already known is noted. Raises OM005, OM007. state is null where nobody knows the order.
CREATE OR REPLACE FUNCTION oms.apply_request_report(state oms.orders, exec_type text, broker_order_id text, report jsonb, account text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_id CONSTANT text := report ->> 'ClOrdID';
  v_orig CONSTANT text := report ->> 'OrigClOrdID';
  v_kind CONSTANT text := CASE
    WHEN apply_request_report.exec_type IN ('Pending Cancel', 'Canceled') THEN 'cancel'
    WHEN apply_request_report.exec_type = 'Cancel Reject' AND (report ->> 'CxlRejResponseTo') IS DISTINCT FROM '2' THEN 'cancel'
    ELSE 'replace' END;
  v_reason CONSTANT text := concat_ws(': ',
    CASE apply_request_report.exec_type
      WHEN 'Cancel Reject' THEN oms.fix_name('CxlRejReason', report ->> 'CxlRejReason')
      ELSE oms.fix_name('ExecRestatementReason', report ->> 'ExecRestatementReason') END,
    nullif(report ->> 'Text', ''));
  v_request oms.order_requests;
BEGIN
  IF EXISTS (SELECT FROM oms.order_requests r WHERE r.client_order_id = v_id AND r.account = apply_request_report.account) THEN
    v_request := oms.lock_request(v_id, apply_request_report.account);
  ELSIF v_orig <> v_id THEN
    v_request := oms.open_request(v_kind, v_orig, v_id, NULL, NULL, NULL, NULL, (apply_request_report.state).order_id, apply_request_report.account);
  END IF;

  IF v_request.order_id IS NULL AND (apply_request_report.state).order_id IS NOT NULL AND v_request.client_order_id IS NOT NULL THEN
    -- Asked for before anybody here knew the order.
    UPDATE oms.order_requests r SET order_id = (apply_request_report.state).order_id
    WHERE r.client_order_id = v_id AND r.account = apply_request_report.account;
    v_request := oms.lock_request(v_id, apply_request_report.account);
  END IF;

  IF v_request.client_order_id IS NULL OR (v_request.kind <> v_kind AND apply_request_report.exec_type = 'Canceled')
     OR (apply_request_report.exec_type = 'Replace' AND v_request.state = 'accepted' AND coalesce(v_orig, v_id) = v_id) THEN
    -- Nobody asked for it.
    IF apply_request_report.exec_type = 'Canceled' THEN
      PERFORM oms.apply_state_report(state, apply_request_report.exec_type, NULL, report);
    ELSIF apply_request_report.exec_type = 'Replace' THEN
      PERFORM oms.apply_state_report(state, 'Restated', NULL, report);
    ELSIF (apply_request_report.state).order_id IS NOT NULL THEN
      PERFORM oms.note_discrepancy((apply_request_report.state).order_id, apply_request_report.account, apply_request_report.exec_type || ' of a request without an id');
    END IF;
  ELSIF v_request.order_id IS NULL THEN
    -- Recorded with its rejection already.
    RETURN;
  ELSIF v_request.kind <> v_kind AND apply_request_report.exec_type <> 'Cancel Reject' THEN
    PERFORM oms.note_discrepancy(v_request.order_id, v_request.account, format('%s of %s, which asks to %s', apply_request_report.exec_type, v_id, v_request.kind));
  ELSIF apply_request_report.exec_type LIKE 'Pending%' THEN
    PERFORM oms.acknowledge_request(v_id, account => apply_request_report.account);
  ELSIF apply_request_report.exec_type = 'Cancel Reject' THEN
    IF v_request.state = 'accepted' THEN
      PERFORM oms.note_discrepancy(v_request.order_id, v_request.account, 'Cancel Reject of ' || v_id || ', which is accepted already');
    ELSE
      PERFORM oms.reject_request(v_id, nullif(v_reason, ''), account => apply_request_report.account);
    END IF;
  ELSIF v_request.state = 'rejected' THEN
    PERFORM oms.note_discrepancy(v_request.order_id, v_request.account, apply_request_report.exec_type || ' of ' || v_id || ', which is rejected already');
    IF v_kind = 'cancel' THEN
      PERFORM oms.apply_state_report(state, apply_request_report.exec_type, NULL, report);
    END IF;
  ELSE
    PERFORM oms.accept_request(v_id, CASE v_kind WHEN 'replace' THEN oms.fix_number(report, 'OrderQty') END,
      CASE v_kind WHEN 'replace' THEN nullif(oms.fix_number(report, 'Price'), 0) END,
      CASE v_kind WHEN 'replace' THEN nullif(oms.fix_number(report, 'StopPx'), 0) END,
      apply_request_report.broker_order_id, account => apply_request_report.account);
    PERFORM oms.keep_reported_quantity(v_request.order_id, v_request.account, CASE
      WHEN v_kind = 'replace' AND NOT oms.is_told_later(v_request.order_id, v_request.account, '{Restated,Resumed,Replace}', 'OrderQty')
        THEN oms.fix_number(report, 'OrderQty') END);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.apply_request_report(oms.orders, text, text, jsonb, text) IS 'Internal: applies what a broker reports of a request.';
