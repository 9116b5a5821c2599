-- Applies what a report says of how an order trades: Done for Day, Calculated, Stopped, Suspended, Triggered, Restated, Resumed. What is overtaken by
-- something later that is on record already changes nothing. Raises OM007. The order is locked already.
CREATE OR REPLACE FUNCTION oms.apply_hold_report(state oms.orders, exec_type text, report jsonb)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_restatement CONSTANT text := oms.fix_name('ExecRestatementReason', report ->> 'ExecRestatementReason');
  v_renewed CONSTANT boolean := coalesce(v_restatement IN ('GT renewal', 'GT corporate action'), false);
  v_reason CONSTANT text := nullif(concat_ws(': ', v_restatement, nullif(report ->> 'Text', '')), '');
  v_day CONSTANT date := coalesce(oms.report_day(report, state.account), oms.local_date(state.account, oms.clock()));
  v_hold CONSTANT text := CASE WHEN exec_type IN ('Done for Day', 'Calculated') THEN lower(replace(exec_type, ' ', '_')) END;
BEGIN
  IF v_hold IS NOT NULL THEN
    -- A day order has one day only.
    IF (state.time_in_force IN ('gtc', 'gtd') AND (v_day < state.trade_date OR EXISTS (
        SELECT FROM oms.execution_reports r
        WHERE r.order_id = state.order_id AND r.account = state.account
          AND coalesce(oms.fix_date(r.report, 'TradeDate'), oms.local_date(r.account, r.occurred_at)) > v_day))
      OR (v_hold = 'calculated' AND state.hold = 'done_for_day' AND (v_day = state.trade_date OR state.end_reason = 'done_for_day'))) IS NOT TRUE THEN
      PERFORM oms.hold_order(state.order_id, v_hold, v_reason, v_day, account => state.account);
    END IF;
  ELSIF exec_type IN ('Stopped', 'Suspended', 'Triggered') THEN
    IF exec_type = 'Triggered' THEN
      UPDATE oms.orders o SET accepted_at = coalesce(o.accepted_at, oms.clock()) WHERE o.order_id = state.order_id AND o.account = state.account;
    END IF;
    PERFORM oms.keep_lasting_hold(state,
      coalesce(v_reason, 'Guaranteed: ' || nullif(concat_ws(' at ', report ->> 'LastQty', report ->> 'LastPx'), '')));
  ELSIF exec_type IN ('Restated', 'Resumed') THEN
    IF exec_type = 'Resumed' THEN
      PERFORM oms.keep_lasting_hold(state, v_reason);
    END IF;
    IF exec_type = 'Restated' OR v_renewed OR report ? 'SplitRatio' OR oms.fix_number(report, 'OrderQty') <> state.quantity
       OR oms.fix_number(report, 'Price') <> state.limit_price THEN
      PERFORM oms.apply_restatement(state, v_day, v_reason, report);
    END IF;
    IF v_renewed AND NOT oms.is_told_later(state.order_id, state.account, '{Done for Day,Calculated}') THEN
      -- Also on the very day that was done.
      UPDATE oms.orders o SET hold = oms.lasting_hold(o.order_id, o.account)
      WHERE o.order_id = state.order_id AND o.account = state.account AND o.hold IN ('done_for_day', 'calculated') AND o.end_reason IS NULL
        AND o.trade_date <= v_day;
    END IF;
  END IF;
END
$$;

COMMENT ON FUNCTION oms.apply_hold_report(oms.orders, text, jsonb) IS 'Internal: applies what a broker reports of how an order trades.';
