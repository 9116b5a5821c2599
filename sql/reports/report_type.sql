-- What a report is, by the name of its ExecType; older encodings translated: Partial Fill and Fill are Trade, ExecTransType Cancel, Correct and
-- Status say it better than the ExecType beside them, MsgType 9 is a Cancel Reject, a Restated order that works again is Resumed. Raises OM007 where nothing says it.
CREATE OR REPLACE FUNCTION oms.report_type(report jsonb)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_type CONSTANT text := oms.fix_name('ExecType', report ->> 'ExecType');
  -- One expression, because each costs more to set up than to evaluate.
  v_result CONSTANT text := CASE
    WHEN report ? 'MsgType' AND report ->> 'MsgType' <> '8' THEN CASE WHEN lower(report ->> 'MsgType') IN ('9', 'ordercancelreject') THEN 'Cancel Reject' END
    WHEN report ? 'ExecTransType' AND oms.fix_name('ExecTransType', report ->> 'ExecTransType') <> 'New' THEN
      CASE oms.fix_name('ExecTransType', report ->> 'ExecTransType') WHEN 'Status' THEN 'Order Status' WHEN 'Cancel' THEN 'Trade Cancel'
        WHEN 'Correct' THEN 'Trade Correct' END
    WHEN v_type IN ('Partial Fill', 'Fill') THEN 'Trade'
    WHEN v_type = 'Restated' AND upper(left(report ->> 'WorkingIndicator', 1)) IN ('Y', 'T') THEN 'Resumed'
    WHEN v_type IN ('New', 'Done for Day', 'Canceled', 'Replace', 'Pending Cancel', 'Stopped', 'Rejected', 'Suspended', 'Pending New', 'Calculated',
      'Expired', 'Restated', 'Pending Replace', 'Trade', 'Trade Correct', 'Trade Cancel', 'Order Status', 'Trade in a Clearing Hold',
      'Trade Released to Clearing', 'Triggered') THEN v_type END;
BEGIN
  IF v_result IS NULL THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_build_object('argument', 'report', 'MsgType', report ->> 'MsgType', 'ExecTransType', report ->> 'ExecTransType', 'ExecType', report ->> 'ExecType'),
      'keys are FIX field names as FIX spells them, not tags: MsgType 8 (execution report, the default) or 9 (cancel reject), ExecTransType New, Cancel, Correct or Status, ExecType a code or name: New, Trade, …');
  END IF;
  RETURN v_result;
END
$$;

COMMENT ON FUNCTION oms.report_type(jsonb) IS 'Internal: what a report is, by the name of its ExecType.';
