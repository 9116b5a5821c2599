-- Row trigger, after UPDATE of orders that moved last_fill_id. Where that fill doesn't exist yet, the update itself implied it, as an execution
-- or as the release of what the order held: inserts it, and fills__book matches it. Then logs the change with its execution. Protects I5, I6, I8.
-- Fills booked in one statement each get their event; all but the last carry only the execution, the last the change of the row.
CREATE OR REPLACE FUNCTION oms.orders__book()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_reason CONSTANT text := coalesce(nullif(current_setting('oms.reason', true), ''), CASE WHEN NEW.reason IS DISTINCT FROM OLD.reason THEN NEW.reason END);
BEGIN
  IF NOT EXISTS (SELECT FROM oms.fills f WHERE f.fill_id = NEW.last_fill_id AND f.account = NEW.account) THEN
    PERFORM oms.book_implied_fill(OLD, NEW);
  END IF;

  INSERT INTO oms.order_events (order_id, seq, account, event_type, from_status, to_status, occurred_at, recorded_at, txid,
    actor, db_user, application, reason, correlation_id, exec_id, last_qty, last_price, changes)
  SELECT NEW.order_id, OLD.version + f.position, NEW.account,
    CASE
      WHEN f.is_last AND NEW.status <> OLD.status THEN coalesce(
        (SELECT t.event_type FROM oms.status_transitions t
         WHERE t.from_status = OLD.status AND t.to_status = NEW.status AND t.event_type = NEW.last_event),
        oms.raise_illegal(OLD, NEW.status, NEW.last_event))
      WHEN f.is_last THEN NEW.last_event
      ELSE (ARRAY['executed', 'busted', 'corrected', 'reduced'])[array_position(ARRAY['trade', 'cancel', 'correct', 'adjust'], f.kind)]
    END,
    OLD.status, CASE WHEN f.is_last THEN NEW.status ELSE OLD.status END, f.occurred_at, NEW.updated_at, pg_current_xact_id(),
    nullif(current_setting('oms.actor', true), ''), session_user, nullif(current_setting('application_name', true), ''),
    v_reason, nullif(current_setting('oms.correlation_id', true), ''), f.exec_id, f.quantity, f.price,
    CASE WHEN f.is_last THEN oms.order_changes(OLD, NEW, f.occurred_at, v_reason) ELSE '{}' END
  FROM (
    SELECT b.kind, b.exec_id, b.quantity, b.price, b.occurred_at, b.fill_id = NEW.last_fill_id AS is_last,
      row_number() OVER (ORDER BY b.fill_id) AS position
    FROM oms.fills b
    WHERE b.order_id = NEW.order_id AND b.account = NEW.account AND b.fill_id > OLD.last_fill_id AND b.fill_id <= NEW.last_fill_id) f;
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.orders__book() IS 'Trigger: books the fill that an update of an order implies, and logs what was executed.';
