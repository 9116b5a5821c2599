-- What an update does to an order's hold and trading day, as asked. The day only moves forward, and a new one ends done_for_day and calculated;
-- these set it where nobody said which, and end a day order (end_reason). What held the order before holds it again; what trades
-- is triggered. An ended order keeps no other hold.
CREATE OR REPLACE FUNCTION oms.asked_hold(before oms.orders, INOUT hold text, INOUT trade_date date, time_in_force text, traded boolean,
  OUT end_reason text, OUT changed boolean)
RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_ended CONSTANT boolean := before.end_reason IS NOT NULL OR before.status = 'failed';
BEGIN
  trade_date := greatest(before.trade_date, trade_date);
  IF hold IN ('done_for_day', 'calculated') AND hold IS DISTINCT FROM before.hold THEN
    trade_date := coalesce(trade_date, oms.local_date(before.account, coalesce(oms.context_time(), oms.clock())));
    IF NOT v_ended AND time_in_force NOT IN ('gtc', 'gtd') THEN
      end_reason := 'done_for_day';
    END IF;
  ELSIF v_ended AND hold IN ('suspended', 'stopped', 'not_triggered') THEN
    hold := before.hold;
  ELSIF NOT v_ended AND hold IN ('done_for_day', 'calculated') AND (trade_date > coalesce(before.trade_date, '-infinity')) THEN
    hold := oms.lasting_hold(before.order_id, before.account);
  END IF;
  IF traded AND hold = 'not_triggered' THEN
    hold := NULL;
  END IF;
  changed := (hold, trade_date) IS DISTINCT FROM (before.hold, before.trade_date);
END
$$;

COMMENT ON FUNCTION oms.asked_hold(oms.orders, text, date, text, boolean) IS 'Internal: an order''s hold and trading day after an update.';
