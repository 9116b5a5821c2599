-- Row trigger, after INSERT of orders: writes the first event, which holds every value that isn't a default. After, so that ON CONFLICT
-- leaves no phantom. Definer: nobody else may insert into the log. Protects I5, I7, I8. Refuses (OM005) a client_order_id that is taken by the
-- chain of another order, and (OM012) nobody's order where oms.check_actor() does.
CREATE OR REPLACE FUNCTION oms.orders__log_new()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_occurred_at CONSTANT timestamptz := oms.context_time();
  v_reason CONSTANT text := coalesce(nullif(current_setting('oms.reason', true), ''), NEW.reason);
BEGIN
  IF NEW.client_order_id IS NOT NULL THEN
    PERFORM oms.keep_chain(NULL, NEW);
  END IF;
  INSERT INTO oms.order_events (order_id, seq, account, event_type, to_status, occurred_at, recorded_at, txid,
    actor, db_user, application, reason, correlation_id, changes)
  SELECT NEW.order_id, NEW.version, NEW.account, NEW.last_event, NEW.status, v_occurred_at, NEW.updated_at, pg_current_xact_id(),
    nullif(current_setting('oms.actor', true), ''), session_user, nullif(current_setting('application_name', true), ''), v_reason,
    nullif(current_setting('oms.correlation_id', true), ''), oms.order_changes(oms.blank_order(), NEW, v_occurred_at, v_reason)
  WHERE (current_setting('oms.actor', true) ~ '[^[:space:]]'
    OR NOT EXISTS (SELECT FROM oms.accounts a WHERE a.account = NEW.account AND a.require_actor)
    AND (pg_has_role(session_user, to_regrole('oms_operator')::oid, 'MEMBER') AND oms.is_operator()) IS NOT TRUE);
  IF NOT FOUND THEN
    PERFORM oms.raise_error('actor_required', jsonb_build_object('account', NEW.account));
  END IF;
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.orders__log_new() IS 'Trigger: writes the first event of an order.';
