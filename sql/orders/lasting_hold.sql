-- What holds an order beyond the day: by the reports on record, in the order they happened, stopped or suspended since it last worked, or never
-- triggered; where there are none, by the log. What holds it again when a day that was done is over.
CREATE OR REPLACE FUNCTION oms.lasting_hold(order_id bigint, account text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_told record;
  v_hold text;
BEGIN
  SELECT max(t.place) FILTER (WHERE t.exec_type = 'Stopped') AS stopped, max(t.place) FILTER (WHERE t.exec_type = 'Suspended') AS suspended,
      coalesce(max(t.place) FILTER (WHERE t.exec_type = 'Resumed'), 0) AS resumed, max(t.place) FILTER (WHERE t.exec_type = 'Triggered') AS triggered,
      max(t.place) FILTER (WHERE t.exec_type = 'New') AS waiting, count(*) AS reports
    INTO v_told
  FROM (
    SELECT r.exec_type, row_number() OVER (ORDER BY coalesce(r.occurred_at, r.recorded_at), r.report_id) AS place
    FROM oms.execution_reports r
    WHERE r.order_id = lasting_hold.order_id AND r.account = lasting_hold.account AND (r.exec_type IN ('Stopped', 'Suspended', 'Resumed', 'Triggered')
      OR (r.exec_type = 'New' AND upper(left(r.report ->> 'WorkingIndicator', 1)) IN ('N', 'F')))) t;
  IF v_told.reports > 0 THEN
    RETURN CASE
      WHEN v_told.stopped > v_told.resumed THEN 'stopped'
      WHEN v_told.suspended > v_told.resumed THEN 'suspended'
      WHEN v_told.waiting IS NOT NULL AND v_told.triggered IS NULL AND v_told.resumed = 0 AND NOT EXISTS (
        SELECT FROM oms.fills f WHERE f.order_id = lasting_hold.order_id AND f.account = lasting_hold.account) THEN 'not_triggered' END;
  END IF;
  SELECT e.changes ->> 'hold' INTO v_hold FROM oms.order_events e
  WHERE e.order_id = lasting_hold.order_id AND e.account = lasting_hold.account AND e.changes ? 'hold'
    AND e.changes ->> 'hold' IS DISTINCT FROM 'done_for_day' AND e.changes ->> 'hold' IS DISTINCT FROM 'calculated'
  ORDER BY e.seq DESC
  LIMIT 1;
  RETURN v_hold;
END
$$;

COMMENT ON FUNCTION oms.lasting_hold(bigint, text) IS 'Internal: what holds an order beyond the day.';
