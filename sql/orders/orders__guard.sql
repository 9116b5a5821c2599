-- Row trigger, before INSERT and UPDATE of orders: refuses bad arguments (OM007), changes of immutable columns (OM003)
-- and accounts the role may not act for (OM009), each with the particulars. Protects I10.
-- Invoker, so that it can see whether row-level security binds the writer. Takes no locks.
CREATE OR REPLACE FUNCTION oms.orders__guard()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_column text;
  v_hint text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    v_column := CASE
      WHEN NEW.order_id IS DISTINCT FROM OLD.order_id THEN 'order_id'
      WHEN NEW.account IS DISTINCT FROM OLD.account THEN 'account'
      WHEN NEW.symbol IS DISTINCT FROM OLD.symbol THEN 'symbol'
      WHEN NEW.side IS DISTINCT FROM OLD.side THEN 'side'
      WHEN NEW.book IS DISTINCT FROM OLD.book THEN 'book'
      -- Null is what a whole-row save writes that never read the row back.
      WHEN NEW.placed_at <> OLD.placed_at THEN 'placed_at'
    END;
    IF v_column IS NOT NULL THEN
      PERFORM oms.raise_error('immutable_column', jsonb_build_object('order_id', OLD.order_id, 'column', v_column));
    END IF;
    IF (NEW.status, NEW.quantity, NEW.cash_quantity, NEW.order_type, NEW.limit_price, NEW.stop_price, NEW.time_in_force, NEW.variety,
        NEW.entry_type, NEW.trade_mode, NEW.client_order_id, NEW.broker, NEW.broker_order_id, NEW.end_reason, NEW.hold, NEW.order_metadata)
       IS NOT DISTINCT FROM
       (OLD.status, OLD.quantity, OLD.cash_quantity, OLD.order_type, OLD.limit_price, OLD.stop_price, OLD.time_in_force, OLD.variety,
        OLD.entry_type, OLD.trade_mode, OLD.client_order_id, OLD.broker, OLD.broker_order_id, OLD.end_reason, OLD.hold, OLD.order_metadata)
    THEN
      RETURN NEW;
    END IF;
  ELSIF row_security_active('oms.orders') AND NEW.account <> ALL (oms.my_accounts()) THEN
    PERFORM oms.raise_error('wrong_account', jsonb_build_object('account', NEW.account));
  END IF;

  SELECT d.defect, d.hint INTO v_column, v_hint FROM oms.order_defect(NEW) d;
  IF v_column IS NOT NULL THEN
    PERFORM oms.raise_error('invalid_argument',
      jsonb_strip_nulls(jsonb_build_object('order_id', OLD.order_id, 'argument', v_column, 'value', to_jsonb(NEW) -> v_column)), v_hint);
  END IF;
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION oms.orders__guard() IS 'Trigger: refuses bad arguments, changes of immutable columns and foreign accounts.';
