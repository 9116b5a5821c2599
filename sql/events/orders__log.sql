-- Statement trigger, after INSERT and after UPDATE of orders: writes the event of every change, from the rows as all BEFORE triggers left them,
-- so that ON CONFLICT leaves no phantom. Definer: nobody else may insert into the log. Protects I5, I7, I8.
-- Changes that book a fill are logged by orders__book, which knows the execution. Refuses moves that oms.status_transitions doesn't list (OM002).
-- By statement, because one INSERT of all events costs a third of an INSERT each. Never a nested loop: the cached plan must suit any number of rows.
CREATE OR REPLACE FUNCTION oms.orders__log()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_nestloop = off
AS $$
DECLARE
  v_actor CONSTANT text := nullif(current_setting('oms.actor', true), '');
  v_reason CONSTANT text := nullif(current_setting('oms.reason', true), '');
  v_application CONSTANT text := nullif(current_setting('application_name', true), '');
  v_correlation_id CONSTANT text := nullif(current_setting('oms.correlation_id', true), '');
  v_occurred_at CONSTANT timestamptz := oms.context_time();
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO oms.order_events (order_id, seq, account, event_type, to_status, occurred_at, recorded_at, txid,
      actor, db_user, application, reason, correlation_id, changes)
    SELECT n.order_id, n.version, n.account, n.last_event, n.status, v_occurred_at, n.updated_at, pg_current_xact_id(),
      v_actor, session_user, v_application, coalesce(v_reason, n.reason), v_correlation_id,
      oms.order_changes(b, n, v_occurred_at, coalesce(v_reason, n.reason))
    FROM new_orders n CROSS JOIN oms.blank_order() b;
  ELSE
    INSERT INTO oms.order_events (order_id, seq, account, event_type, from_status, to_status, occurred_at, recorded_at, txid,
      actor, db_user, application, reason, correlation_id, changes)
    SELECT n.order_id, n.version, n.account,
      CASE WHEN n.status = o.status THEN n.last_event ELSE coalesce(
        (SELECT t.event_type FROM oms.status_transitions t
         WHERE t.from_status = o.status AND t.to_status = n.status AND t.event_type = n.last_event),
        oms.raise_illegal(o, n.status, n.last_event)) END,
      o.status, n.status, v_occurred_at, n.updated_at, pg_current_xact_id(), v_actor, session_user, v_application,
      coalesce(v_reason, CASE WHEN n.reason IS DISTINCT FROM o.reason THEN n.reason END), v_correlation_id,
      oms.order_changes(o, n, v_occurred_at, coalesce(v_reason, n.reason))
    FROM new_orders n
    JOIN old_orders o ON o.order_id = n.order_id AND o.account = n.account
    -- Executions are logged by orders__book; an annotation stands in the log already.
    WHERE n.version <> o.version AND n.last_fill_id = o.last_fill_id AND NOT oms.is_annotation(n.last_event);
  END IF;
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.orders__log() IS 'Trigger: writes the events of a statement''s changes, with who, when and why.';
