-- One order's life, event by event, with the time between them. Raises OM001, OM009.
CREATE OR REPLACE FUNCTION oms.timeline(order_id bigint, account text DEFAULT oms.current_account())
RETURNS TABLE (
  seq integer, event_type text, from_status text, to_status text, recorded_at timestamptz, occurred_at timestamptz, since_previous interval,
  actor text, db_user text, application text, reason text, correlation_id text, exec_id text, last_qty numeric, last_price numeric, changes jsonb)
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM oms.get_order(timeline.order_id, timeline.account);
  RETURN QUERY
    SELECT e.seq, e.event_type, e.from_status, e.to_status, e.recorded_at, e.occurred_at, e.recorded_at - lag(e.recorded_at) OVER (ORDER BY e.seq),
      e.actor, e.db_user, e.application, e.reason, e.correlation_id, e.exec_id, e.last_qty, e.last_price, e.changes
    FROM oms.order_events e
    WHERE e.order_id = timeline.order_id AND e.account = timeline.account
    ORDER BY e.seq;
END
$$;

COMMENT ON FUNCTION oms.timeline(bigint, text) IS 'Returns the events of one order by seq, with the interval since the one before.';
