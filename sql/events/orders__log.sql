-- Row trigger, after UPDATE of orders: writes the event of the change, from the row as all BEFORE triggers left it. Definer: nobody else may
-- insert into the log. Protects I5, I7, I8. Refuses moves that oms.status_transitions doesn't list (OM002), and nobody's where oms.check_actor() does.
-- An order that has ended has no open request: they are superseded. One that gets another client_order_id keeps the chain (OM005 where that is taken).
-- A change that books a fill goes to oms.log_executions(). Two moves of version are no change: none at all (a heartbeat), and one that leaves
-- nothing to write (the row has caught up with an annotation that stands in the log already).
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.orders__log()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  v_ended CONSTANT boolean := NEW.end_reason IS NOT NULL OR NEW.status = 'failed';
  v_occurred_at timestamptz;
  v_reason text;
  v_changes jsonb;
BEGIN
  IF NEW.version = OLD.version THEN
    RETURN NULL;
  END IF;
  IF NEW.client_order_id IS DISTINCT FROM OLD.client_order_id AND NEW.client_order_id IS NOT NULL THEN
    PERFORM oms.keep_chain(OLD, NEW);
  END IF;
  IF NEW.last_fill_id <> OLD.last_fill_id THEN
    IF v_ended THEN
      PERFORM oms.supersede_requests(NEW.order_id, NEW.account, NEW.updated_at);
    END IF;
    PERFORM oms.log_executions(OLD, NEW);
    RETURN NULL;
  END IF;

  v_occurred_at := oms.context_time();
  v_reason := coalesce(nullif(current_setting('oms.reason', true), ''), CASE WHEN NEW.reason IS DISTINCT FROM OLD.reason THEN NEW.reason END);
  v_changes := oms.order_changes(OLD, NEW, v_occurred_at, v_reason);
  IF v_changes = '{}' THEN -- Of its own: a condition with a look-up in it is run as a query whatever stands before the look-up.
    IF EXISTS (SELECT FROM oms.order_events e WHERE e.order_id = NEW.order_id AND e.seq = NEW.version AND e.account = NEW.account) THEN
      RETURN NULL;
    END IF;
  END IF;
  -- One statement writes the event and looks for what stands in its way: a statement of its own for that would cost half as much again.
  LOOP
    INSERT INTO oms.order_events (order_id, seq, account, event_type, from_status, to_status, occurred_at, recorded_at, txid,
      actor, db_user, application, reason, correlation_id, changes)
    SELECT NEW.order_id, NEW.version, NEW.account, NEW.last_event, OLD.status, NEW.status, v_occurred_at, NEW.updated_at, pg_current_xact_id(),
      nullif(current_setting('oms.actor', true), ''), session_user, nullif(current_setting('application_name', true), ''), v_reason,
      nullif(current_setting('oms.correlation_id', true), ''), v_changes
    WHERE (OLD.status = NEW.status OR EXISTS (
      SELECT FROM oms.status_transitions t
      WHERE t.from_status = OLD.status AND t.to_status = NEW.status AND t.event_type = NEW.last_event))
      AND (current_setting('oms.actor', true) ~ '[^[:space:]]'
        OR NOT EXISTS (SELECT FROM oms.accounts a WHERE a.account = NEW.account AND a.require_actor)
        AND (pg_has_role(session_user, to_regrole('oms_operator')::oid, 'MEMBER') AND oms.is_operator()) IS NOT TRUE)
      AND (NOT v_ended OR NOT EXISTS (
        SELECT FROM oms.order_requests r
        WHERE r.order_id = NEW.order_id AND r.account = NEW.account AND r.state IN ('received', 'pending')));
    EXIT WHEN FOUND;
    IF v_ended AND oms.supersede_requests(NEW.order_id, NEW.account, NEW.updated_at) THEN
      CONTINUE;
    END IF;
    PERFORM oms.check_actor(NEW.account);
    PERFORM oms.raise_illegal(OLD, NEW.status, NEW.last_event);
  END LOOP;
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.orders__log() IS 'Trigger: writes the event of a change, with who, when and why.';
