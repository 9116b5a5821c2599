-- Row trigger, after UPDATE of orders that moved last_fill_id: where that fill doesn't exist yet, the update itself implied it,
-- as an execution or as the release of what the order held. Inserts it; fills__book does the rest.
CREATE OR REPLACE FUNCTION oms.orders__book()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_before record;
  v_last_qty CONSTANT numeric := NEW.execution_qty - OLD.execution_qty;
  v_last_price numeric;
BEGIN
  IF EXISTS (SELECT FROM oms.fills f WHERE f.fill_id = NEW.last_fill_id AND f.account = NEW.account) THEN
    RETURN NULL;
  END IF;
  IF v_last_qty = 0 THEN
    INSERT INTO oms.fills (fill_id, order_id, account, kind, quantity)
    VALUES (NEW.last_fill_id, NEW.order_id, NEW.account, 'adjust', OLD.open_qty);
    RETURN NULL;
  END IF;
  SELECT * INTO v_before FROM oms.booked_totals(NEW.order_id, NEW.account, 0);
  v_last_price := oms.implied_price(NEW.account, NEW.execution_price, v_before.execution_qty, v_before.execution_value, v_last_qty);
  INSERT INTO oms.fills (fill_id, order_id, account, quantity, price, occurred_at)
  VALUES (NEW.last_fill_id, NEW.order_id, NEW.account, v_last_qty, v_last_price, NEW.execution_time);
  RETURN NULL;
END
$$;

COMMENT ON FUNCTION oms.orders__book() IS 'Trigger: books the fill that a raw update of an order implies.';
