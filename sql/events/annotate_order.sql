-- Logs something about an order that changes none of its facts: an event with a reason; the row only catches up with version and updated_at.
-- Locks the order row.
CREATE OR REPLACE FUNCTION oms.annotate_order(order_id bigint, account text, event_type text, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_order oms.orders;
BEGIN
  PERFORM oms.check_actor(annotate_order.account);
  SELECT o.* INTO STRICT v_order FROM oms.orders o
  WHERE o.order_id = annotate_order.order_id AND o.account = annotate_order.account
  FOR NO KEY UPDATE;
  INSERT INTO oms.order_events (order_id, seq, account, event_type, from_status, to_status, occurred_at, recorded_at, txid,
    actor, db_user, application, reason, correlation_id)
  VALUES (v_order.order_id, v_order.version + 1, v_order.account, annotate_order.event_type, v_order.status, v_order.status,
    oms.context_time(), greatest(oms.clock(), v_order.updated_at + interval '1 microsecond'), pg_current_xact_id(),
    nullif(current_setting('oms.actor', true), ''), session_user, nullif(current_setting('application_name', true), ''),
    annotate_order.reason, nullif(current_setting('oms.correlation_id', true), ''));
  UPDATE oms.orders o SET version = NULL
  WHERE o.order_id = v_order.order_id AND o.account = v_order.account;
END
$$;

COMMENT ON FUNCTION oms.annotate_order(bigint, text, text, text) IS 'Internal: logs an event that changes none of the order''s facts.';
