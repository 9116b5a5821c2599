-- Row trigger, before INSERT of fills: takes the booking lock, numbers the fill, completes it from its order, refuses bad ones
-- (OM001 unknown order, OM005 busted already, OM007 bad values, OM009 wrong account), and what must name its actor and doesn't. Protects I9, I10.
-- Invoker: an order of an account the writer may not see does not exist for it.
CREATE OR REPLACE FUNCTION oms.fills__stamp()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now CONSTANT timestamptz := oms.clock();
  v_side text;
  v_last_fill_id bigint;
  v_ref oms.fills;
  v_undone_by text;
BEGIN
  NEW.kind := coalesce(NEW.kind, 'trade');
  IF NEW.order_id IS NULL THEN
    PERFORM oms.check_account(NEW.account);
    NEW.actor := nullif(current_setting('oms.actor', true), '');
    NEW.db_user := session_user;
    NEW.reason := coalesce(NEW.reason, nullif(current_setting('oms.reason', true), ''));
    PERFORM oms.check_actor(NEW.account);
    PERFORM oms.check_correction(NEW.reason);
  ELSE
    SELECT o.symbol, o.book, o.side, o.last_fill_id INTO NEW.symbol, NEW.book, v_side, v_last_fill_id
    FROM oms.orders o
    WHERE o.order_id = NEW.order_id AND o.account = NEW.account;
    IF NOT FOUND THEN
      PERFORM oms.raise_not_found(NEW.order_id, NEW.account);
    END IF;
    NEW.side := CASE WHEN NEW.kind <> 'adjust' THEN v_side WHEN v_side = 'buy' THEN 'sell' ELSE 'buy' END;
    NEW.actor := NULL;
    NEW.db_user := NULL;
    NEW.reason := CASE WHEN NEW.kind <> 'trade' THEN coalesce(NEW.reason, nullif(current_setting('oms.reason', true), '')) END;
  END IF;

  PERFORM oms.lock_bookings(NEW.account);
  -- The order says which number it drew for the fill that an update of it implied, and its log trigger books that one, as the owner; every other
  -- fill draws its own.
  IF (NEW.fill_id = nullif(v_last_fill_id, 0) AND pg_trigger_depth() > 1 AND NOT row_security_active('oms.fills')) IS NOT TRUE THEN
    IF NEW.exec_id LIKE 'synthetic-%' AND NOT oms.is_reported(NEW.order_id, NEW.account, NEW.exec_id) THEN
      PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', NEW.order_id, 'argument', 'exec_id', 'value', NEW.exec_id),
        'ids that begin with synthetic- are given by the database, to what only a total told of');
    END IF;
    NEW.fill_id := nextval('oms.fills_fill_id_seq');
    IF NEW.kind <> 'trade' AND NEW.order_id IS NOT NULL THEN
      PERFORM oms.check_correction(NEW.reason);
    END IF;
    IF NEW.kind = 'adjust' AND NEW.order_id IS NOT NULL AND NEW.quantity > oms.held_quantity(NEW.order_id, NEW.account) THEN
      PERFORM oms.raise_error('invalid_argument', jsonb_build_object('order_id', NEW.order_id, 'argument', 'quantity', 'value', NEW.quantity),
        'an order releases at most what is held of it, its open_qty');
    END IF;
  END IF;
  NEW.place := NEW.fill_id;
  NEW.exec_id := coalesce(NEW.exec_id, 'fill-' || NEW.fill_id);
  NEW.occurred_at := coalesce(NEW.occurred_at, oms.context_time(), v_now);
  NEW.recorded_at := v_now;

  IF NEW.kind IN ('cancel', 'correct') THEN
    SELECT f.* INTO v_ref
    FROM oms.fills f
    WHERE f.order_id = NEW.order_id AND f.account = NEW.account AND f.exec_id = NEW.exec_ref_id AND f.kind IN ('trade', 'correct');
    -- A broker's stream may bust or correct an execution before it reports it: that one will find itself undone.
    IF NOT FOUND AND NOT oms.is_reported(NEW.order_id, NEW.account, NEW.exec_id) THEN
      PERFORM oms.raise_error('invalid_argument',
        jsonb_build_object('order_id', NEW.order_id, 'argument', 'exec_ref_id', 'value', NEW.exec_ref_id), 'exec_ref_id names no execution of this order');
    END IF;
    SELECT r.exec_id INTO v_undone_by FROM oms.fills r
    WHERE r.order_id = NEW.order_id AND r.account = NEW.account AND r.exec_ref_id = NEW.exec_ref_id;
    IF FOUND THEN
      PERFORM oms.raise_error('duplicate_mismatch',
        jsonb_build_object('order_id', NEW.order_id, 'exec_ref_id', NEW.exec_ref_id, 'undone_by', v_undone_by), 'that execution is busted or corrected already; refer to what replaced it');
    END IF;
    NEW.place := coalesce(v_ref.place, NEW.place);
    IF NEW.kind = 'cancel' THEN
      NEW.quantity := coalesce(v_ref.quantity, 0);
      NEW.price := v_ref.price;
    END IF;
  END IF;
  PERFORM oms.check_fill(NEW);
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION oms.fills__stamp() IS 'Trigger: checks a fill, numbers it and completes it from its order.';
