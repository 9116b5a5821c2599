-- How an order has failed so far, from its log: how often, when and why last, how many of the newest rejections say the same (amounts aside;
-- what failed before it reached the broker is no rejection), and whether an attempt to send it ended unknown and no word of
-- the broker has come since.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.failures_of(
  order_id bigint, account text,
  OUT failures integer, OUT refusal text, OUT failed_at timestamptz, OUT failed_version integer, OUT identical_rejections integer, OUT unconfirmed boolean)
RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_event record;
  v_newest text;
  v_said text;
  v_same boolean := true;
  v_answered boolean := false;
BEGIN
  failures := 0;
  identical_rejections := 0;
  unconfirmed := false;
  FOR v_event IN
    SELECT e.seq, e.event_type, e.recorded_at, e.changes ->> 'rejection_reason' AS rejection,
      CASE WHEN e.changes -> 'reason' <> 'true' THEN e.changes ->> 'reason' ELSE e.reason END AS reason
    FROM oms.order_events e
    WHERE e.order_id = failures_of.order_id AND e.account = failures_of.account
      AND (e.event_type IN ('attempted', 'accepted', 'lost') OR (e.to_status = 'failed' AND e.event_type IN ('failed', 'rejected', 'placed')))
    ORDER BY e.seq DESC
  LOOP
    v_answered := v_answered OR v_event.event_type IN ('accepted', 'lost', 'rejected') OR v_event.rejection IS NOT NULL;
    IF v_event.event_type IN ('attempted', 'accepted', 'lost') THEN
      unconfirmed := unconfirmed OR (v_event.event_type = 'attempted' AND NOT v_answered);
      CONTINUE;
    END IF;
    failures := failures + 1;
    IF failures = 1 THEN
      refusal := coalesce(v_event.rejection, v_event.reason);
      failed_at := v_event.recorded_at;
      failed_version := v_event.seq;
    END IF;
    IF v_same AND v_event.rejection IS NOT NULL THEN
      v_said := lower(regexp_replace(v_event.rejection, '[0-9][0-9,]*[.][0-9]+', '', 'g'));
      v_newest := coalesce(v_newest, v_said);
      v_same := v_said = v_newest;
      identical_rejections := identical_rejections + CASE WHEN v_same THEN 1 ELSE 0 END;
    END IF;
  END LOOP;
END
$$;

COMMENT ON FUNCTION oms.failures_of(bigint, text) IS 'Internal: how often, when and why an order has failed, by its log.';
