-- Logs an update of an order that moved last_fill_id. Where that fill doesn't exist yet, the update itself implied it: books it first.
-- Fills booked in one statement each get their event; all but the last carry only the execution, the last the change of the row.
-- Protects I5, I6, I8. Raises OM002, OM012 (where oms.check_actor() does).
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.log_executions(before oms.orders, after oms.orders)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  v_reason CONSTANT text := coalesce(nullif(current_setting('oms.reason', true), ''),
    CASE WHEN after.reason IS DISTINCT FROM before.reason THEN after.reason END);
  v_implied CONSTANT boolean := NOT oms.is_booked(after.last_fill_id, after.account);
BEGIN
  IF v_implied THEN
    PERFORM oms.book_implied_fill(before, after);
  END IF;
  IF after.status <> before.status THEN
    PERFORM FROM oms.status_transitions t
    WHERE t.from_status = before.status AND t.to_status = after.status AND t.event_type = after.last_event;
    IF NOT FOUND THEN
      PERFORM oms.raise_illegal(before, after.status, after.last_event);
    END IF;
  END IF;
  -- Materialized, so that the range of numbers can't be read from their own index: that would be everybody's fills.
  WITH booked AS MATERIALIZED (
    SELECT b.fill_id, b.kind, b.exec_id, b.quantity, b.price, b.occurred_at, b.reason
    FROM oms.fills b
    WHERE b.order_id = after.order_id AND b.account = after.account
  )
  INSERT INTO oms.order_events (order_id, seq, account, event_type, from_status, to_status, occurred_at, recorded_at, txid,
    actor, db_user, application, reason, correlation_id, exec_id, last_qty, last_price, changes)
  SELECT after.order_id, before.version + f.position, after.account,
    CASE
      WHEN f.is_last THEN after.last_event
      ELSE CASE f.kind WHEN 'trade' THEN 'executed' WHEN 'cancel' THEN 'busted' WHEN 'correct' THEN 'corrected' ELSE 'reduced' END
    END,
    before.status, CASE WHEN f.is_last THEN after.status ELSE before.status END, f.occurred_at, after.updated_at, pg_current_xact_id(),
    nullif(current_setting('oms.actor', true), ''), session_user, nullif(current_setting('application_name', true), ''),
    coalesce(f.reason, CASE WHEN f.is_last THEN v_reason ELSE nullif(current_setting('oms.reason', true), '') END),
    nullif(current_setting('oms.correlation_id', true), ''), f.exec_id, f.quantity, f.price,
    CASE WHEN f.is_last THEN oms.order_changes(before, after, f.occurred_at, coalesce(f.reason, v_reason)) ELSE '{}' END
  FROM (
    SELECT b.kind, b.exec_id, b.quantity, b.price, b.occurred_at, b.reason, b.fill_id = after.last_fill_id AS is_last,
      row_number() OVER (ORDER BY b.fill_id) AS position
    FROM booked b
    WHERE b.fill_id > before.last_fill_id AND b.fill_id <= after.last_fill_id) f
  WHERE (current_setting('oms.actor', true) ~ '[^[:space:]]'
    OR NOT EXISTS (SELECT FROM oms.accounts a WHERE a.account = after.account AND a.require_actor)
    AND (pg_has_role(session_user, to_regrole('oms_operator')::oid, 'MEMBER') AND oms.is_operator()) IS NOT TRUE);
  IF NOT FOUND THEN
    PERFORM oms.raise_error('actor_required', jsonb_build_object('account', after.account));
  END IF;

  IF v_implied AND after.execution_qty > before.execution_qty AND after.execution_price IS NULL THEN
    PERFORM oms.annotate_order(after.order_id, after.account, 'discrepancy', 'execution booked without a price: none was written, or it can''t be one');
  END IF;
  IF after.execution_qty > after.quantity AND after.execution_qty > before.execution_qty THEN
    PERFORM oms.annotate_order(after.order_id, after.account, 'discrepancy',
      'more executed than ordered: ' || after.execution_qty || ' of ' || after.quantity);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.log_executions(oms.orders, oms.orders) IS 'Internal: logs what an update of an order executed, booking the fill it implied.';
