-- What an UPDATE asks for besides a status and its texts, and the row with all that the database owns put back as it was or as the facts have it.
-- Some owned columns ask for something when written: a risen retry_count (another failed attempt), a first accepted_at (-infinity: not yet, though
-- the broker has given it an id), a newer manual_detected_at or restated_at, an end_reason, higher executions (the fill they imply). Another
-- client_order_id is a replace; for hold see oms.asked_hold(). A null in open_qty or version means "derive it", from the fills and lots or from
-- the log; anyone may write that: it only brings the truth. Raises OM002, OM003, OM006, OM007, OM010. Protects I6 and I10.
CREATE OR REPLACE FUNCTION oms.asked_change(
  before oms.orders, INOUT written oms.orders,
  OUT changed boolean, OUT again boolean, OUT manual boolean, OUT accepted boolean, OUT restated boolean, OUT end_reason text, OUT signal text,
  OUT fills integer, OUT kind text, OUT execution_time timestamptz)
RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_derive CONSTANT boolean := written.open_qty IS NULL;
  v_annotated CONSTANT boolean := written.version IS NULL;
  v_written_qty CONSTANT numeric := coalesce(written.execution_qty, before.execution_qty);
  -- An average that comes back with fewer decimals is the same average.
  v_written_price CONSTANT numeric := CASE
    WHEN round(before.execution_price, scale(written.execution_price)) = written.execution_price THEN before.execution_price
    ELSE coalesce(written.execution_price, before.execution_price) END;
  v_reason CONSTANT text := CASE WHEN written.reason IS DISTINCT FROM before.reason THEN written.reason END;
  v_terms boolean;
  v_day date;
BEGIN
  PERFORM oms.check_identity(before, written);
  IF written.client_order_id IS DISTINCT FROM before.client_order_id AND before.client_order_id IS NOT NULL THEN
    written.client_order_id := oms.next_client_order_id(before, written.client_order_id);
  END IF;
  -- One statement for all: an expression of its own costs more to set up than to evaluate.
  SELECT coalesce(written.retry_count > before.retry_count, false),
    before.accepted_at IS NULL AND (written.accepted_at > '-infinity'
      OR (written.accepted_at IS NULL AND before.broker_order_id IS NULL AND written.broker_order_id IS NOT NULL)),
    coalesce(written.manual_detected_at > coalesce(before.manual_detected_at, '-infinity'), false)
      OR (written.entry_type = 'manual' AND before.entry_type <> 'manual'),
    coalesce(written.restated_at > coalesce(before.restated_at, '-infinity'), false),
    CASE WHEN before.end_reason IS NULL THEN written.end_reason END,
    (written.quantity, written.cash_quantity, written.limit_price, written.stop_price, written.order_type,
      written.time_in_force, written.variety, written.entry_type, written.trade_mode, written.hold, written.trade_date, written.strategy_id,
      written.client_order_id, written.broker, written.broker_order_id, written.parent_order_id, written.order_metadata)
    IS DISTINCT FROM (before.quantity, before.cash_quantity, before.limit_price, before.stop_price, before.order_type,
      before.time_in_force, before.variety, before.entry_type, before.trade_mode, before.hold, before.trade_date, before.strategy_id,
      before.client_order_id, before.broker, before.broker_order_id, before.parent_order_id, before.order_metadata)
    INTO again, accepted, manual, restated, end_reason, v_terms;
  changed := v_terms;
  IF written.status IS NULL OR end_reason IS NOT NULL THEN
    PERFORM oms.check_defects(written, before.order_id);
  END IF;
  IF v_terms AND (written.hold, written.trade_date) IS DISTINCT FROM (before.hold, before.trade_date) THEN
    SELECT h.hold, h.trade_date, coalesce(end_reason, h.end_reason), h.changed OR (written.quantity, written.cash_quantity, written.limit_price,
        written.stop_price, written.order_type, written.time_in_force, written.variety, written.entry_type, written.trade_mode,
        written.strategy_id, written.client_order_id, written.broker, written.broker_order_id, written.parent_order_id, written.order_metadata)
      IS DISTINCT FROM (before.quantity, before.cash_quantity, before.limit_price, before.stop_price, before.order_type, before.time_in_force,
        before.variety, before.entry_type, before.trade_mode, before.strategy_id, before.client_order_id, before.broker, before.broker_order_id,
        before.parent_order_id, before.order_metadata)
      INTO written.hold, written.trade_date, end_reason, changed
    FROM oms.asked_hold(before, written.hold, written.trade_date, written.time_in_force, false) h;
  END IF;

  SELECT before.end_reason, before.execution_qty, before.execution_price, before.cancelled_qty, before.leaves_qty, before.open_qty,
      before.last_fill_id, before.placed_at, before.accepted_at, before.updated_at, before.execution_time, before.filled_at,
      before.first_failed_at, before.last_retry_attempt, before.quantity_adjusted_at, before.manual_detected_at, before.restated_at,
      before.closed_at, before.retry_count, before.version, before.last_event, 0
    INTO written.end_reason, written.execution_qty, written.execution_price, written.cancelled_qty, written.leaves_qty, written.open_qty,
      written.last_fill_id, written.placed_at, written.accepted_at, written.updated_at, written.execution_time, written.filled_at,
      written.first_failed_at, written.last_retry_attempt, written.quantity_adjusted_at, written.manual_detected_at, written.restated_at,
      written.closed_at, written.retry_count, written.version, written.last_event, fills;
  IF v_annotated THEN
    SELECT l.seq, l.recorded_at INTO written.version, written.updated_at
    FROM oms.last_logged(before.order_id, before.account) l;
  END IF;

  IF v_written_qty <> before.execution_qty OR v_written_price IS DISTINCT FROM before.execution_price THEN
    SELECT i.execution_qty, i.execution_price, i.open_qty, i.last_fill_id, 1, 'executed', i.execution_time
      INTO written.execution_qty, written.execution_price, written.open_qty, written.last_fill_id, fills, kind, execution_time
    FROM oms.implied_totals(before, v_written_qty, v_written_price, written.status) i;
  ELSIF v_derive AND NOT EXISTS (
    SELECT FROM oms.fills f
    WHERE f.order_id = before.order_id AND f.account = before.account AND f.fill_id > before.last_fill_id)
  THEN
    -- An entry that an exit took from: only what it holds has changed.
    written.open_qty := oms.held_quantity(before.order_id, before.account);
  ELSIF v_derive THEN
    SELECT b.execution_qty, b.execution_price, b.open_qty, b.last_fill_id, b.execution_time, b.trade_date, b.new_fills,
        CASE
          WHEN b.new_fills = 0 THEN NULL
          WHEN b.execution_qty < before.execution_qty OR NOT 'trade' = ANY (b.new_kinds) OR (before.execution_qty > 0 AND b.new_kinds && '{cancel,correct}') THEN
            CASE WHEN 'cancel' = ANY (b.new_kinds) THEN 'busted' WHEN 'correct' = ANY (b.new_kinds) THEN 'corrected' ELSE 'adjusted' END
          -- Its bust or correction was here before it.
          WHEN b.execution_qty = before.execution_qty THEN 'busted'
          ELSE 'executed' END
      INTO written.execution_qty, written.execution_price, written.open_qty, written.last_fill_id, execution_time, v_day, fills, kind
    FROM oms.booked_totals(before.order_id, before.account, before.last_fill_id) b;
  END IF;
  IF v_day IS NOT NULL OR (fills > 0 AND before.hold IS NOT NULL) THEN
    -- Trading on a new day ends the hold of the day before.
    SELECT h.hold, h.trade_date INTO written.hold, written.trade_date
    FROM oms.asked_hold(before, written.hold, greatest(written.trade_date, coalesce(v_day,
      CASE WHEN kind = 'executed' AND before.hold IN ('done_for_day', 'calculated') THEN oms.local_date(before.account, execution_time) END)),
      written.time_in_force, fills > 0) h;
  END IF;
  SELECT changed OR manual OR accepted OR restated OR fills > 0 OR written.open_qty <> before.open_qty,
    CASE
      WHEN written.open_qty > before.open_qty THEN 'reopened'
      WHEN written.open_qty < before.open_qty THEN CASE WHEN written.open_qty = 0 AND before.leaves_qty = 0 THEN 'closed' ELSE 'reduced' END
      WHEN written.client_order_id <> before.client_order_id THEN 'replaced'
      WHEN restated THEN 'restated'
      WHEN written.quantity <= before.execution_qty AND written.quantity <> before.quantity THEN 'quantity_adjusted'
      WHEN manual THEN 'manual_detected'
      WHEN accepted THEN 'accepted'
      WHEN written.hold IS DISTINCT FROM before.hold THEN
        coalesce(written.hold, CASE before.hold WHEN 'not_triggered' THEN 'triggered' ELSE 'resumed' END)
      WHEN written.quantity IS DISTINCT FROM before.quantity THEN 'quantity_adjusted'
      WHEN before.manual_detected_at IS NOT NULL AND before.strategy_id IS NULL AND written.strategy_id IS NOT NULL THEN 'claimed' END
    INTO changed, signal;
  IF signal = 'claimed' THEN
    PERFORM oms.check_decision(coalesce(v_reason, current_setting('oms.reason', true)));
  ELSIF end_reason = 'expired' THEN
    PERFORM oms.check_correction(v_reason);
  END IF;
  IF v_terms THEN
    PERFORM oms.check_terms(before, written, restated);
  END IF;
  IF written.execution_qty > written.quantity AND written.execution_qty > before.execution_qty
     AND NOT oms.are_reported(before.order_id, before.account, before.last_fill_id) THEN
    PERFORM oms.raise_error('overfill', jsonb_build_object('order_id', before.order_id, 'quantity', written.quantity,
      'executed', before.execution_qty, 'would_be', written.execution_qty));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.asked_change(oms.orders, oms.orders) IS 'Internal: what an update of an order asks for, and the row with the database''s own columns put right.';
