-- Row trigger, after INSERT and UPDATE of orders: writes the event of the change, the log's only writer. Protects I5, I7, I8.
-- After, so that ON CONFLICT leaves no phantom and changes by other triggers are seen. Definer: nobody else may insert into the log.
-- Fills booked in one statement each get their event; all but the last carry only the execution, the last the change of the row.
CREATE OR REPLACE FUNCTION oms.orders__log()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_context_reason CONSTANT text := nullif(current_setting('oms.reason', true), '');
  v_actor CONSTANT text := nullif(current_setting('oms.actor', true), '');
  v_application CONSTANT text := nullif(current_setting('application_name', true), '');
  v_correlation_id CONSTANT text := nullif(current_setting('oms.correlation_id', true), '');
  v_before oms.orders;
  v_reason text;
  v_occurred_at timestamptz;
  v_changes jsonb;
  v_fill record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    v_before := oms.blank_order();
  ELSE
    v_before := OLD;
  END IF;
  IF NEW.last_fill_id > v_before.last_fill_id THEN
    SELECT f.exec_id, f.quantity, f.price, f.occurred_at INTO v_fill
    FROM oms.fills f
    WHERE f.fill_id = NEW.last_fill_id AND f.account = NEW.account;
    v_occurred_at := v_fill.occurred_at;
    IF NEW.version > OLD.version + 1 THEN
      INSERT INTO oms.order_events (order_id, seq, account, event_type, from_status, to_status, occurred_at, recorded_at, txid,
        actor, db_user, application, reason, correlation_id, exec_id, last_qty, last_price)
      SELECT NEW.order_id, OLD.version + row_number() OVER (ORDER BY f.fill_id), NEW.account,
        CASE f.kind WHEN 'trade' THEN 'executed' WHEN 'cancel' THEN 'busted' WHEN 'correct' THEN 'corrected' ELSE 'reduced' END,
        OLD.status, OLD.status, f.occurred_at, NEW.updated_at, pg_current_xact_id(),
        v_actor, session_user, v_application, v_context_reason, v_correlation_id, f.exec_id, f.quantity, f.price
      FROM oms.fills f
      WHERE f.order_id = NEW.order_id AND f.account = NEW.account AND f.fill_id > OLD.last_fill_id AND f.fill_id < NEW.last_fill_id;
    END IF;
  ELSE
    SELECT NULL::text AS exec_id, NULL::numeric AS quantity, NULL::numeric AS price INTO v_fill;
    v_occurred_at := oms.context_time();
  END IF;

  v_reason := coalesce(v_context_reason, CASE WHEN NEW.reason IS DISTINCT FROM v_before.reason THEN NEW.reason END);
  v_changes := oms.order_changes(v_before, NEW, v_occurred_at, v_reason);
  IF v_changes = '{}' AND NEW.status = OLD.status AND v_fill.exec_id IS NULL THEN
    -- An annotation: the row has only caught up with an event that stands in the log already.
    RETURN NULL;
  END IF;
  INSERT INTO oms.order_events (order_id, seq, account, event_type, from_status, to_status, occurred_at, recorded_at, txid,
    actor, db_user, application, reason, correlation_id, exec_id, last_qty, last_price, changes)
  VALUES (NEW.order_id, NEW.version, NEW.account, NEW.last_event, v_before.status, NEW.status, v_occurred_at, NEW.updated_at, pg_current_xact_id(),
    v_actor, session_user, v_application, v_reason, v_correlation_id, v_fill.exec_id, v_fill.quantity, v_fill.price, v_changes);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.orders__log() IS 'Trigger: writes the event of a change, with who, when and why.';
