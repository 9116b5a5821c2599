-- Books what a report says of an execution: Trade, Trade Cancel, Trade Correct. More than ordered is booked too (the trigger notes it). A bust or
-- correction may name an execution that was corrected since: the newest is meant. What contradicts the fills is noted and books nothing.
-- Raises OM007. The booking lock is held already.
CREATE OR REPLACE FUNCTION oms.apply_fill_report(state oms.orders, exec_type text, exec_id text, report jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_last_qty CONSTANT numeric := coalesce(oms.fix_number(report, 'LastQty'), oms.fix_number(report, 'LastShares'));
  -- FIX writes 0 where there is no price.
  v_last_px CONSTANT numeric := nullif(oms.fix_number(report, 'LastPx'), 0);
  v_kind CONSTANT text := CASE
    WHEN exec_type = 'Trade' THEN 'trade'
    WHEN exec_type = 'Trade Cancel' OR v_last_qty = 0 THEN 'cancel' ELSE 'correct' END;
  v_trade_date CONSTANT date := oms.report_day(report, state.account);
  v_ref text := report ->> 'ExecRefID';
  v_newer record;
  v_fill oms.fills;
BEGIN
  SELECT f.* INTO v_fill FROM oms.fills f
  WHERE f.order_id = state.order_id AND f.exec_id = exec_id AND f.account = state.account;
  IF FOUND THEN
    IF v_fill.kind <> v_kind OR (v_kind <> 'cancel' AND (v_fill.quantity, v_fill.price) IS DISTINCT FROM (v_last_qty, v_last_px)) THEN
      PERFORM oms.note_discrepancy(state.order_id, state.account,
        format('ExecID %s again, with other content: %s %s %s', exec_id, exec_type, v_last_qty, v_last_px));
    END IF;
    RETURN;
  ELSIF v_kind = 'trade' THEN
    IF (v_last_qty > 0) IS NOT TRUE THEN
      PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', 'LastQty', 'order_id', state.order_id, 'value', v_last_qty::text),
        'a trade says how much: LastQty, above zero');
    END IF;
    IF state.quantity IS NULL AND report ? 'OrderQty' THEN
      -- A cash order may learn its quantity by its first execution.
      UPDATE oms.orders o SET quantity = oms.fix_number(report, 'OrderQty') WHERE o.order_id = state.order_id AND o.account = state.account AND o.quantity IS NULL;
    END IF;
    INSERT INTO oms.fills (order_id, account, exec_id, quantity, price, fees, fee_currency, trade_date, occurred_at)
    VALUES (state.order_id, state.account, exec_id, v_last_qty, v_last_px,
      oms.fix_number(report, 'Commission'), coalesce(report ->> 'CommCurrency', report ->> 'Currency'), v_trade_date, oms.context_time());
    IF state.restated_at IS NOT NULL THEN
      PERFORM oms.split_late_fill(state.order_id, state.account, exec_id, v_last_qty, v_last_px);
    END IF;
    RETURN;
  END IF;

  IF v_ref IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'report', 'field', 'ExecRefID', 'order_id', state.order_id),
      'a bust or correction names the execution it is about: ExecRefID');
  END IF;
  LOOP
    SELECT f.exec_id, f.kind, f.occurred_at INTO v_newer FROM oms.fills f
    WHERE f.order_id = state.order_id AND f.account = state.account AND f.exec_ref_id = v_ref;
    EXIT WHEN NOT FOUND;
    IF v_newer.occurred_at > oms.context_time() AND oms.is_reported(state.order_id, state.account, v_newer.exec_id) THEN
      -- Overtaken on the wire by a later one.
      RETURN;
    END IF;
    EXIT WHEN v_newer.kind = 'cancel';
    v_ref := v_newer.exec_id;
  END LOOP;
  IF v_newer.kind = 'cancel' THEN
    PERFORM oms.note_discrepancy(state.order_id, state.account,
      format('%s %s of %s, which is busted already', exec_type, exec_id, report ->> 'ExecRefID'));
    RETURN;
  END IF;
  SELECT f.* INTO v_fill FROM oms.fills f
  WHERE f.order_id = state.order_id AND f.exec_id = v_ref AND f.account = state.account AND f.kind IN ('trade', 'correct');
  IF NOT FOUND THEN
    PERFORM oms.note_discrepancy(state.order_id, state.account, format('%s %s of %s, which nobody has reported yet', exec_type, exec_id, report ->> 'ExecRefID'));
  END IF;
  PERFORM oms.book_correction(state.order_id, state.account, v_kind, exec_id, v_ref,
    coalesce(v_last_qty, v_fill.quantity), coalesce(v_last_px, v_fill.price), v_trade_date, oms.context_time(), report ->> 'Text');
  IF v_kind = 'correct' AND state.restated_at IS NOT NULL THEN
    PERFORM oms.split_late_fill(state.order_id, state.account, exec_id, coalesce(v_last_qty, v_fill.quantity), coalesce(v_last_px, v_fill.price));
  END IF;
END
$$;

COMMENT ON FUNCTION oms.apply_fill_report(oms.orders, text, text, jsonb) IS 'Internal: books an execution, bust or correction that a broker reports.';
