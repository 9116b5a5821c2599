-- Row trigger, before INSERT of orders: refuses bad terms (OM007) and accounts the role may not act for (OM009), then sets everything the
-- database owns, whatever the caller wrote there. An order starts pending, or failed where it never got out (OM002 otherwise); executions
-- come as fills (OM007). Invoker, so that it can see whether row-level security binds the writer.
CREATE OR REPLACE FUNCTION oms.orders__place()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := oms.clock();
BEGIN
  PERFORM oms.check_account(NEW.account);
  PERFORM oms.check_defects(NEW, NULL);
  IF NEW.parent_order_id IS NOT NULL THEN
    PERFORM FROM oms.orders o WHERE o.order_id = NEW.parent_order_id AND o.account = NEW.account;
    IF NOT FOUND THEN
      PERFORM oms.raise_not_found(NEW.parent_order_id, NEW.account);
    END IF;
  END IF;
  IF NEW.status NOT IN ('pending', 'failed') THEN
    PERFORM oms.raise_error('illegal_transition', jsonb_build_object('from_status', NULL, 'to_status', NEW.status),
      'a new order is pending, or failed; insert it so and then book what happened');
  END IF;
  IF NEW.execution_qty <> 0 THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'execution_qty', 'value', NEW.execution_qty),
      'insert the order first, then book its executions with oms.mark_executed() or as rows of oms.fills');
  END IF;

  NEW.execution_qty := 0;
  NEW.execution_price := NULL;
  NEW.cancelled_qty := 0;
  NEW.leaves_qty := NEW.quantity;
  NEW.open_qty := 0;
  NEW.last_fill_id := 0;
  NEW.end_reason := NULL;
  NEW.placed_at := v_now;
  NEW.updated_at := v_now;
  NEW.accepted_at := CASE WHEN NEW.accepted_at > '-infinity' OR (NEW.accepted_at IS NULL AND NEW.broker_order_id IS NOT NULL) THEN v_now END;
  NEW.last_status_check := NULL;
  NEW.execution_time := NULL;
  NEW.filled_at := NULL;
  NEW.first_failed_at := NULL;
  NEW.last_retry_attempt := NULL;
  NEW.quantity_adjusted_at := NULL;
  NEW.manual_detected_at := CASE WHEN NEW.manual_detected_at IS NOT NULL OR NEW.entry_type = 'manual' THEN v_now END;
  NEW.closed_at := NULL;
  NEW.restated_at := NULL;
  NEW.trade_date := NULL;
  NEW.retry_count := 0;
  NEW.version := 1;
  NEW.last_event := CASE WHEN NEW.manual_detected_at IS NOT NULL THEN 'manual_detected' ELSE 'placed' END;

  IF NEW.status = 'failed' THEN
    NEW.leaves_qty := 0;
    NEW.first_failed_at := v_now;
    NEW.rejection_reason := nullif(btrim(NEW.rejection_reason), '');
    IF NEW.rejection_reason IS NULL THEN
      NEW.last_retry_attempt := v_now;
      NEW.retry_count := 1;
    END IF;
  ELSE
    NEW.rejection_reason := NULL;
  END IF;
  NEW.reason := coalesce(nullif(btrim(NEW.reason), ''), oms.default_reason(
    CASE WHEN NEW.status <> 'failed' THEN NEW.last_event WHEN NEW.rejection_reason IS NULL THEN 'failed' ELSE 'rejected' END,
    NEW.variety, NEW.rejection_reason, NEW.account, NULL));
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION oms.orders__place() IS 'Trigger: sets what the database owns in a new order.';
