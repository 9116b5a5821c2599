-- Refuses a status change (OM002), or a status there isn't (OM007): names the order, both statuses, the event, and which statuses could follow.
CREATE OR REPLACE FUNCTION oms.raise_illegal(before oms.orders, to_status text, event_type text)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_next text;
BEGIN
  IF raise_illegal.to_status NOT IN ('pending', 'ongoing', 'closed', 'failed', 'cancelled') THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_build_object('order_id', (raise_illegal.before).order_id, 'argument', 'status', 'value', raise_illegal.to_status),
      'status is one of: pending, ongoing, closed, failed, cancelled');
  END IF;
  SELECT string_agg(DISTINCT t.to_status || ' (' || t.event_type || ')', ', ') INTO v_next
  FROM oms.status_transitions t
  WHERE t.from_status = (raise_illegal.before).status AND t.event_type NOT IN ('busted', 'corrected', 'reopened');
  PERFORM oms.raise_error('illegal_transition',
    jsonb_build_object('order_id', (raise_illegal.before).order_id, 'from_status', (raise_illegal.before).status,
      'to_status', raise_illegal.to_status, 'event_type', raise_illegal.event_type),
    'order ' || (raise_illegal.before).order_id || ' is ' || (raise_illegal.before).status || '; '
      || CASE
        WHEN raise_illegal.to_status IN ('ongoing', 'closed') AND (raise_illegal.before).status <> 'closed'
          THEN 'say what was executed: write execution_qty and execution_price, or call oms.mark_executed(). '
        WHEN (raise_illegal.before).status = 'ongoing' AND raise_illegal.to_status IN ('cancelled', 'failed')
          THEN 'it is executed in full, so it ends when its position does: book the exit, or call oms.close_position(). '
        ELSE '' END
      || coalesce('from here it can become: ' || v_next, 'nothing follows it but a bust or correction of its fills'));
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.raise_illegal(oms.orders, text, text) IS 'Internal: raises OM002 with the order, both statuses and the way out.';
