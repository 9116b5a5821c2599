-- Refuses a fill with bad values (OM007), naming the argument.
CREATE OR REPLACE FUNCTION oms.check_fill(fill oms.fills)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_lowest numeric := 0;
  v_defect text;
BEGIN
  IF fill.price <= 0 THEN
    -- Only an account that says so trades at or below zero.
    SELECT '-infinity'::numeric INTO v_lowest FROM oms.accounts a WHERE a.account = fill.account AND a.allow_nonpositive_prices;
    v_lowest := coalesce(v_lowest, 0);
  END IF;
  v_defect := CASE
    WHEN fill.kind NOT IN ('trade', 'cancel', 'correct', 'adjust') THEN 'kind'
    WHEN fill.order_id IS NULL AND fill.kind <> 'adjust' THEN 'order_id'
    WHEN btrim(coalesce(fill.symbol, '')) = '' THEN 'symbol'
    WHEN fill.book IS NULL THEN 'book'
    WHEN fill.side IN ('buy', 'sell') IS NOT TRUE THEN 'side'
    WHEN ((fill.quantity > 0 OR fill.kind = 'cancel') AND fill.quantity < 'infinity') IS NOT TRUE THEN 'quantity'
    WHEN NOT (fill.price > v_lowest AND fill.price < 'infinity') THEN 'price'
    WHEN NOT (fill.fees < 'infinity' AND fill.fees > '-infinity') THEN 'fees'
    WHEN fill.exec_ref_id IS NOT NULL AND fill.kind NOT IN ('cancel', 'correct') THEN 'exec_ref_id'
    WHEN btrim(fill.exec_id) = '' OR length(fill.exec_id) > 255 THEN 'exec_id'
    WHEN NOT oms.is_calendar_time(fill.occurred_at) THEN 'occurred_at'
    WHEN fill.trade_date NOT BETWEEN date '0001-01-01' AND date '9999-12-31' THEN 'trade_date'
  END;
  IF v_defect IS NOT NULL THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_build_object('order_id', fill.order_id, 'argument', v_defect, 'value', to_jsonb(fill) ->> v_defect),
      CASE v_defect
        WHEN 'kind' THEN 'kind is one of: trade, cancel, correct, adjust'
        WHEN 'order_id' THEN 'only a fill of kind adjust may stand without an order'
        WHEN 'side' THEN 'side is one of: buy, sell'
        WHEN 'quantity' THEN 'quantity must be a finite number above zero'
        WHEN 'price' THEN 'price must be a finite number above zero, or null while it is unknown'
        WHEN 'fees' THEN 'fees must be a finite number'
        WHEN 'exec_ref_id' THEN 'only a cancel or correct refers to another execution'
        WHEN 'exec_id' THEN 'exec_id is null, or has 1 to 255 characters, not all of them blank'
        WHEN 'occurred_at' THEN 'occurred_at is a time in the years 1 to 9999'
        WHEN 'trade_date' THEN 'trade_date is a date in the years 1 to 9999'
        ELSE v_defect || ' must not be blank'
      END);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_fill(oms.fills) IS 'Internal: refuses a fill with bad values.';
