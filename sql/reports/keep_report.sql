-- Keeps a report that is to be applied; returns its exec_id, or null where that report was here before. A known ExecID that tells another
-- execution is kept as a discrepancy: the first one stands. Without ExecID it gets one of its own,
-- a cancel reject that of its request (FIX gives it none). The answer to a status request tells nothing new and isn't kept.
CREATE OR REPLACE FUNCTION oms.keep_report(order_id bigint, account text, exec_type text, report jsonb)
RETURNS text
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_known_as CONSTANT text := coalesce(nullif(btrim(keep_report.report ->> 'ExecID'), ''),
    CASE keep_report.exec_type WHEN 'Cancel Reject' THEN 'cancel-reject-' || (keep_report.report ->> 'ClOrdID') END);
  v_exec_id text;
BEGIN
  IF keep_report.exec_type = 'Order Status' THEN
    RETURN '';
  END IF;
  INSERT INTO oms.execution_reports AS r (order_id, account, exec_id, exec_type, occurred_at, recorded_at, report)
  VALUES (keep_report.order_id, keep_report.account,
    coalesce(v_known_as, 'report-' || nextval('oms.execution_reports_report_id_seq')),
    keep_report.exec_type, oms.context_time(), oms.clock(), keep_report.report)
  ON CONFLICT DO NOTHING
  RETURNING r.exec_id INTO v_exec_id;
  IF FOUND THEN
    RETURN v_exec_id;
  END IF;
  IF EXISTS (
    SELECT FROM oms.execution_reports r
    WHERE r.order_id = keep_report.order_id AND r.exec_id = v_known_as AND r.account = keep_report.account
      AND (r.exec_type, r.report ->> 'ExecRefID', coalesce(oms.fix_number(r.report, 'LastQty'), oms.fix_number(r.report, 'LastShares')),
          oms.fix_number(r.report, 'LastPx'))
        IS DISTINCT FROM (keep_report.exec_type, keep_report.report ->> 'ExecRefID',
          coalesce(oms.fix_number(keep_report.report, 'LastQty'), oms.fix_number(keep_report.report, 'LastShares')), oms.fix_number(keep_report.report, 'LastPx')))
  THEN
    PERFORM oms.note_discrepancy(keep_report.order_id, keep_report.account, 'ExecID ' || v_known_as || ' again, with other content: '
      || concat_ws(' ', keep_report.exec_type, coalesce(keep_report.report ->> 'LastQty', keep_report.report ->> 'LastShares'), keep_report.report ->> 'LastPx'));
  END IF;
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.keep_report(bigint, text, text, jsonb) IS 'Internal: keeps a report, or says that it is known.';
