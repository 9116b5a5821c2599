-- What is wrong with an order's terms: the column and what to do about it; nulls where nothing is.
-- The one place where the vocabulary of the terms is written down; every write path passes here.
CREATE OR REPLACE FUNCTION oms.order_defect(terms oms.orders, OUT defect text, OUT hint text)
RETURNS record
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_lowest numeric := 0;
BEGIN
  IF terms.limit_price <= 0 OR terms.stop_price <= 0 THEN
    -- Only an account that says so trades at or below zero.
    SELECT '-infinity'::numeric INTO v_lowest FROM oms.accounts a WHERE a.account = terms.account AND a.allow_nonpositive_prices;
    v_lowest := coalesce(v_lowest, 0);
  END IF;
  defect := CASE
    WHEN terms.order_id NOT BETWEEN 1 AND 999999999999999 THEN 'order_id'
    WHEN btrim(coalesce(terms.account, '')) = '' THEN 'account'
    WHEN btrim(coalesce(terms.symbol, '')) = '' OR length(terms.symbol) > 255 THEN 'symbol'
    WHEN terms.side IN ('buy', 'sell') IS NOT TRUE THEN 'side'
    WHEN terms.book IS NULL OR length(terms.book) > 255 THEN 'book'
    WHEN terms.order_type IN ('market', 'limit', 'stop', 'stop_limit') IS NOT TRUE THEN 'order_type'
    WHEN terms.time_in_force IN ('day', 'gtc', 'gtd', 'ioc', 'fok', 'opg') IS NOT TRUE THEN 'time_in_force'
    WHEN btrim(coalesce(terms.variety, '')) = '' THEN 'variety'
    WHEN terms.entry_type IN ('initial', 'reentry', 'manual') IS NOT TRUE THEN 'entry_type'
    WHEN terms.trade_mode IN ('paper', 'broker') IS NOT TRUE THEN 'trade_mode'
    WHEN terms.status IN ('pending', 'ongoing', 'closed', 'failed', 'cancelled') IS NOT TRUE THEN 'status'
    WHEN terms.end_reason NOT IN ('cancelled', 'expired', 'done_for_day', 'rejected', 'failed', 'closed') THEN 'end_reason'
    WHEN terms.hold NOT IN ('done_for_day', 'suspended', 'stopped', 'calculated', 'not_triggered') THEN 'hold'
    WHEN terms.quantity IS NULL AND terms.cash_quantity IS NULL THEN 'quantity'
    -- NaN sorts above infinity: one comparison refuses both.
    WHEN NOT (terms.quantity > 0 AND terms.quantity < 'infinity') THEN 'quantity'
    WHEN NOT (terms.cash_quantity > 0 AND terms.cash_quantity < 'infinity') THEN 'cash_quantity'
    WHEN NOT (terms.limit_price > v_lowest AND terms.limit_price < 'infinity') THEN 'limit_price'
    WHEN NOT (terms.stop_price > v_lowest AND terms.stop_price < 'infinity') THEN 'stop_price'
    WHEN terms.order_type IN ('limit', 'stop_limit') AND terms.limit_price IS NULL THEN 'limit_price'
    WHEN terms.order_type IN ('stop', 'stop_limit') AND terms.stop_price IS NULL THEN 'stop_price'
    WHEN terms.trade_date NOT BETWEEN date '0001-01-01' AND date '9999-12-31' THEN 'trade_date'
    WHEN btrim(terms.client_order_id) = '' OR length(terms.client_order_id) > 255 THEN 'client_order_id'
    WHEN terms.broker IS NULL THEN 'broker'
    WHEN btrim(terms.broker_order_id) = '' OR length(terms.broker_order_id) > 255 THEN 'broker_order_id'
    WHEN jsonb_typeof(terms.order_metadata) IS DISTINCT FROM 'object' THEN 'order_metadata'
  END;
  IF defect IS NULL THEN
    RETURN;
  END IF;
  hint := CASE defect
    WHEN 'order_id' THEN 'leave order_id out: the database draws it; one of your own is a number from 1 to 999999999999999'
    WHEN 'account' THEN 'account must not be blank'
    WHEN 'book' THEN 'book is empty or has up to 255 characters; it is never null'
    WHEN 'symbol' THEN 'symbol has 1 to 255 characters, not all of them blank'
    WHEN 'side' THEN 'side is one of: buy, sell'
    WHEN 'order_type' THEN 'order_type is one of: market, limit, stop, stop_limit'
    WHEN 'time_in_force' THEN 'time_in_force is one of: day, gtc, gtd, ioc, fok, opg'
    WHEN 'variety' THEN 'variety must not be blank; most orders are regular, after-market orders are amo'
    WHEN 'entry_type' THEN 'entry_type is one of: initial, reentry, manual'
    WHEN 'trade_mode' THEN 'trade_mode is one of: paper, broker'
    WHEN 'status' THEN 'status is one of: pending, ongoing, closed, failed, cancelled'
    WHEN 'end_reason' THEN 'end_reason is one of: cancelled, expired, done_for_day, rejected, failed, closed'
    WHEN 'hold' THEN 'hold is one of: done_for_day, suspended, stopped, calculated, not_triggered'
    WHEN 'quantity' THEN 'quantity must be a finite number above zero'
    WHEN 'cash_quantity' THEN 'cash_quantity must be a finite number above zero'
    WHEN 'limit_price' THEN 'limit_price must be a finite number above zero, and a limit or stop_limit order needs one'
    WHEN 'stop_price' THEN 'stop_price must be a finite number above zero, and a stop or stop_limit order needs one'
    WHEN 'trade_date' THEN 'trade_date is a date in the years 1 to 9999'
    WHEN 'client_order_id' THEN 'client_order_id is null, or has 1 to 255 characters, not all of them blank'
    WHEN 'broker_order_id' THEN 'broker_order_id is null, or has 1 to 255 characters, not all of them blank'
    WHEN 'order_metadata' THEN 'order_metadata is a JSON object, {} where there is none'
    ELSE defect || ' must not be null'
  END;
END
$$;

COMMENT ON FUNCTION oms.order_defect(oms.orders) IS 'Internal: the first thing wrong with an order''s terms, and what to do about it.';
