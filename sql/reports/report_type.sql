-- What a report is, by the name of its ExecType; older encodings translated: Partial Fill and Fill are Trade, ExecTransType Cancel, Correct and
-- Status say it better than the ExecType beside them, MsgType 9 is a Cancel Reject, a Restated order that works again is Resumed. Raises OM007 where nothing says it.
CREATE OR REPLACE FUNCTION oms.report_type(report jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_message CONSTANT text := lower(regexp_replace(report ->> 'MsgType', '[^[:alnum:]]', '', 'g'));
  v_type CONSTANT text := oms.fix_name('ExecType', report ->> 'ExecType');
  v_transaction CONSTANT text := CASE WHEN report ? 'ExecTransType' THEN oms.fix_name('ExecTransType', report ->> 'ExecTransType') END;
BEGIN
  IF v_message IN ('9', 'ordercancelreject', 'cancelreject') THEN
    RETURN 'Cancel Reject';
  ELSIF v_message NOT IN ('8', 'executionreport', '') THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', 'MsgType', 'value', report ->> 'MsgType'),
      'MsgType is 8 (execution report) or 9 (cancel reject)');
  ELSIF v_transaction NOT IN ('New', 'Cancel', 'Correct', 'Status') THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', 'ExecTransType', 'value', report ->> 'ExecTransType'),
      'ExecTransType is one of: New, Cancel, Correct, Status, or its code');
  ELSIF v_transaction <> 'New' THEN
    RETURN CASE v_transaction WHEN 'Status' THEN 'Order Status' ELSE 'Trade ' || v_transaction END;
  ELSIF v_type = 'Restated' AND upper(left(report ->> 'WorkingIndicator', 1)) IN ('Y', 'T') THEN
    RETURN 'Resumed';
  ELSIF v_type IN ('New', 'Done for Day', 'Canceled', 'Replace', 'Pending Cancel', 'Stopped', 'Rejected', 'Suspended', 'Pending New', 'Calculated',
      'Expired', 'Restated', 'Pending Replace', 'Trade', 'Trade Correct', 'Trade Cancel', 'Order Status', 'Trade in a Clearing Hold',
      'Trade Released to Clearing', 'Triggered') THEN
    RETURN v_type;
  ELSIF v_type IN ('Partial Fill', 'Fill') THEN
    RETURN 'Trade';
  END IF;
  PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', 'ExecType', 'value', report ->> 'ExecType'),
    'ExecType is a FIX code or name: New, Trade, Canceled, Rejected, Replaced, …');
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.report_type(jsonb) IS 'Internal: what a report is, by the name of its ExecType.';
