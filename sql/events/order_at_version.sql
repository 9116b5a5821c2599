-- The order as it was after its event number seq: the fold of its log up to there (last_status_check, which is no event, is left out).
-- No row of that order or seq: all columns null.
CREATE OR REPLACE FUNCTION oms.order_at_version(order_id bigint, seq integer, account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_event record;
  v_order oms.orders;
BEGIN
  FOR v_event IN
    SELECT e.order_id, e.account, e.seq AS version, e.event_type, e.to_status AS status, e.recorded_at AS updated_at,
      coalesce(jsonb_object_agg(c.key, CASE
        WHEN c.value <> 'true' THEN c.value
        WHEN c.key = 'reason' THEN to_jsonb(e.reason)
        WHEN c.key = 'execution_time' THEN to_jsonb(e.occurred_at)
        ELSE to_jsonb(e.recorded_at) END) FILTER (WHERE c.key IS NOT NULL), '{}') AS changes
    FROM oms.order_events e
    LEFT JOIN LATERAL jsonb_each(e.changes) AS c ON true
    WHERE e.order_id = order_at_version.order_id AND e.account = order_at_version.account AND e.seq <= order_at_version.seq
    GROUP BY e.order_id, e.account, e.seq
    ORDER BY e.seq
  LOOP
    IF v_event.version = 1 THEN
      v_order := oms.blank_order();
    END IF;
    v_order := jsonb_populate_record(v_order, v_event.changes || to_jsonb(v_event) - 'changes' - 'event_type');
    IF NOT oms.is_annotation(v_event.event_type) THEN
      v_order.last_event := v_event.event_type;
    END IF;
  END LOOP;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.order_at_version(bigint, integer, text) IS 'Returns the order as it was after event number seq.';
