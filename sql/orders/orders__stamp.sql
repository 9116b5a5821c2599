-- Row trigger, before UPDATE of orders: reads from the row what the writer asks for, derives totals and status from the facts,
-- checks the move (OM002) and sets every stamp. What the database owns is replaced, whatever the writer put there. Protects I1-I6.
-- A null in open_qty or version means "derive it" from the fills and lots, or from the log. Anyone may write it: it only brings the truth.
-- Raises OM002, OM006, OM007 and OM010. Where a fill is implied it takes the account's booking lock.
CREATE OR REPLACE FUNCTION oms.orders__stamp()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_now timestamptz;
  v_asked text := NEW.status;
  v_end text := CASE WHEN OLD.end_reason IS NULL THEN NEW.end_reason END;
  v_checked CONSTANT boolean := NEW.last_status_check IS DISTINCT FROM OLD.last_status_check;
  v_again CONSTANT boolean := coalesce(NEW.retry_count > OLD.retry_count, false);
  v_manual CONSTANT boolean := coalesce(NEW.manual_detected_at > coalesce(OLD.manual_detected_at, '-infinity'), false)
    OR (NEW.entry_type = 'manual' AND OLD.entry_type <> 'manual');
  v_accepted CONSTANT boolean := OLD.accepted_at IS NULL
    AND (NEW.accepted_at IS NOT NULL OR (OLD.broker_order_id IS NULL AND NEW.broker_order_id IS NOT NULL));
  v_rejected CONSTANT boolean := coalesce(NEW.rejection_reason <> coalesce(OLD.rejection_reason, ''), false);
  v_version integer := CASE WHEN NEW.version IS NULL THEN oms.logged_version(OLD.order_id, OLD.account) END;
  v_derive CONSTANT boolean := NEW.open_qty IS NULL;
  v_written_qty CONSTANT numeric := coalesce(NEW.execution_qty, OLD.execution_qty);
  v_written_price CONSTANT numeric := coalesce(NEW.execution_price, OLD.execution_price);
  v_fills integer := 0;
  v_kind text;
  v_execution_time timestamptz;
BEGIN
  -- 1. What is asked for. Some columns ask for a status on their own; asking again for an end already reached asks for nothing.
  IF v_asked = OLD.status THEN
    v_asked := CASE WHEN v_rejected OR v_again THEN 'failed' WHEN v_end IS NOT NULL THEN 'cancelled' ELSE v_asked END;
  END IF;
  IF v_asked IN ('cancelled', 'failed') AND OLD.end_reason IS NOT NULL AND OLD.execution_qty > 0 THEN
    v_asked := OLD.status;
  END IF;

  -- 2. What the database owns stays as it was, until the facts say otherwise.
  NEW.rejection_reason := coalesce(NEW.rejection_reason, OLD.rejection_reason);
  NEW.end_reason := OLD.end_reason;
  NEW.execution_qty := OLD.execution_qty;
  NEW.execution_price := OLD.execution_price;
  NEW.cancelled_qty := OLD.cancelled_qty;
  NEW.leaves_qty := OLD.leaves_qty;
  NEW.open_qty := OLD.open_qty;
  NEW.last_fill_id := OLD.last_fill_id;
  NEW.placed_at := OLD.placed_at;
  NEW.accepted_at := OLD.accepted_at;
  NEW.updated_at := OLD.updated_at;
  NEW.last_status_check := OLD.last_status_check;
  NEW.execution_time := OLD.execution_time;
  NEW.filled_at := OLD.filled_at;
  NEW.first_failed_at := OLD.first_failed_at;
  NEW.last_retry_attempt := OLD.last_retry_attempt;
  NEW.quantity_adjusted_at := OLD.quantity_adjusted_at;
  NEW.manual_detected_at := OLD.manual_detected_at;
  NEW.closed_at := OLD.closed_at;
  NEW.retry_count := OLD.retry_count;
  NEW.version := OLD.version;
  NEW.last_event := OLD.last_event;

  -- 3. The facts: fills newly booked, or one that the written totals imply.
  IF v_derive THEN
    SELECT b.execution_qty, b.execution_price, b.open_qty, b.last_fill_id, b.last_kind, b.new_fills, b.execution_time
      INTO NEW.execution_qty, NEW.execution_price, NEW.open_qty, NEW.last_fill_id, v_kind, v_fills, v_execution_time
    FROM oms.booked_totals(OLD.order_id, OLD.account, OLD.last_fill_id) b;
  ELSIF v_written_qty <> OLD.execution_qty OR v_written_price IS DISTINCT FROM OLD.execution_price THEN
    SELECT b.execution_qty, b.execution_price, b.open_qty, b.last_fill_id, 'trade', 1, b.execution_time
      INTO NEW.execution_qty, NEW.execution_price, NEW.open_qty, NEW.last_fill_id, v_kind, v_fills, v_execution_time
    FROM oms.implied_totals(OLD, v_written_qty, v_written_price, v_asked) b;
  END IF;

  -- 4. Nothing asked: an annotation that is logged already, a heartbeat, or no change at all.
  NEW.status := v_asked;
  IF v_fills = 0 AND NOT (v_again OR v_manual OR v_accepted) AND NEW.open_qty = OLD.open_qty AND v_asked = OLD.status
     AND (NEW.quantity, NEW.cash_quantity, NEW.limit_price, NEW.stop_price, NEW.order_type, NEW.time_in_force, NEW.variety, NEW.entry_type,
          NEW.trade_mode, NEW.reason, NEW.rejection_reason, NEW.hold, NEW.strategy_id, NEW.client_order_id, NEW.broker,
          NEW.broker_order_id, NEW.parent_order_id, NEW.order_metadata)
         IS NOT DISTINCT FROM
         (OLD.quantity, OLD.cash_quantity, OLD.limit_price, OLD.stop_price, OLD.order_type, OLD.time_in_force, OLD.variety, OLD.entry_type,
          OLD.trade_mode, OLD.reason, OLD.rejection_reason, OLD.hold, OLD.strategy_id, OLD.client_order_id, OLD.broker,
          OLD.broker_order_id, OLD.parent_order_id, OLD.order_metadata)
  THEN
    IF v_version > OLD.version THEN
      NEW.version := v_version;
      NEW.updated_at := (SELECT e.recorded_at FROM oms.order_events e WHERE e.order_id = OLD.order_id AND e.account = OLD.account AND e.seq = v_version);
    ELSIF v_checked THEN
      NEW.last_status_check := oms.clock();
    END IF;
    RETURN NEW;
  END IF;

  -- 5. Which event it is: the first that applies.
  v_now := greatest(oms.clock(), OLD.updated_at + interval '1 microsecond');
  NEW.last_event := CASE
    WHEN v_kind = 'trade' THEN 'executed'
    WHEN v_kind = 'cancel' THEN 'busted'
    WHEN v_kind = 'correct' THEN 'corrected'
    WHEN v_rejected THEN 'rejected'
    WHEN v_again OR (v_asked = 'failed' AND OLD.status <> 'failed') THEN 'failed'
    WHEN v_asked = 'cancelled' AND OLD.status <> 'cancelled' THEN CASE WHEN v_end = 'expired' THEN 'expired' ELSE 'cancelled' END
    WHEN v_asked = 'pending' AND OLD.status = 'failed' AND NOT v_manual THEN 'retried'
    WHEN v_asked = 'closed' AND OLD.status <> 'closed' THEN 'closed'
    WHEN NEW.open_qty < OLD.open_qty THEN CASE WHEN NEW.open_qty = 0 AND OLD.leaves_qty = 0 THEN 'closed' ELSE 'reduced' END
    WHEN NEW.open_qty > OLD.open_qty THEN 'reopened'
    WHEN v_manual THEN 'manual_detected'
    WHEN v_accepted THEN 'accepted'
    WHEN NEW.quantity IS DISTINCT FROM OLD.quantity THEN 'quantity_adjusted'
    ELSE 'modified'
  END;

  -- 6. What follows from it.
  PERFORM oms.check_terms(OLD, NEW);
  IF v_asked IN ('cancelled', 'failed') AND v_asked <> OLD.status OR (v_fills > 0 AND OLD.status = 'failed') THEN
    -- With something executed, only the remainder can end; the order lives on as what it holds.
    IF NEW.execution_qty > 0 OR v_asked = 'cancelled' THEN
      NEW.end_reason := coalesce(v_end, CASE
        WHEN v_rejected OR OLD.rejection_reason IS NOT NULL THEN 'rejected'
        WHEN v_asked = 'failed' THEN 'failed'
        ELSE 'cancelled' END);
    END IF;
    IF OLD.execution_qty > 0 AND OLD.leaves_qty = 0 AND v_fills = 0 THEN
      PERFORM oms.raise_illegal(OLD, v_asked, NEW.last_event);
    END IF;
  ELSIF v_asked = 'closed' AND OLD.status = 'ongoing' AND v_fills = 0 AND NEW.open_qty = OLD.open_qty THEN
    -- Closed by decree: what could still execute ends, what is held is released (orders__book books it).
    IF OLD.leaves_qty > 0 THEN
      NEW.end_reason := 'closed';
    END IF;
    IF OLD.open_qty > 0 THEN
      PERFORM oms.lock_bookings(OLD.account);
      NEW.open_qty := 0;
      NEW.last_fill_id := nextval('oms.fills_fill_id_seq');
    END IF;
  END IF;

  NEW.cancelled_qty := CASE WHEN NEW.end_reason IS NULL THEN 0 ELSE greatest(NEW.quantity - NEW.execution_qty, 0) END;
  NEW.leaves_qty := CASE
    WHEN NEW.end_reason IS NOT NULL OR (v_asked = 'failed' AND NEW.execution_qty = 0) THEN 0
    ELSE greatest(NEW.quantity - NEW.execution_qty, 0) END;
  NEW.status := CASE
    WHEN NEW.execution_qty > 0 THEN CASE WHEN NEW.leaves_qty = 0 AND NEW.open_qty = 0 THEN 'closed' ELSE 'ongoing' END
    WHEN NEW.end_reason IS NOT NULL THEN 'cancelled'
    WHEN v_fills > 0 THEN 'pending'
    ELSE v_asked END;
  IF v_asked <> OLD.status AND v_asked <> NEW.status AND v_fills = 0 AND NEW.end_reason IS NOT DISTINCT FROM OLD.end_reason THEN
    PERFORM oms.raise_illegal(OLD, v_asked, NEW.last_event);
  END IF;
  IF NEW.status <> OLD.status AND NOT EXISTS (
    SELECT FROM oms.status_transitions t
    WHERE t.from_status = OLD.status AND t.to_status = NEW.status AND t.event_type = NEW.last_event)
  THEN
    PERFORM oms.raise_illegal(OLD, NEW.status, NEW.last_event);
  END IF;

  -- 7. The stamps.
  NEW.updated_at := v_now;
  NEW.version := OLD.version + greatest(v_fills, 1);
  NEW.closed_at := CASE WHEN NEW.status NOT IN ('closed', 'cancelled') THEN NULL WHEN NEW.status = OLD.status THEN OLD.closed_at ELSE v_now END;
  IF v_accepted OR v_kind = 'trade' THEN
    NEW.accepted_at := coalesce(OLD.accepted_at, v_now);
  END IF;
  IF v_kind IN ('trade', 'cancel', 'correct') THEN
    NEW.execution_time := v_execution_time;
    NEW.filled_at := v_now;
  END IF;
  IF NEW.last_event IN ('rejected', 'failed') THEN
    NEW.first_failed_at := coalesce(OLD.first_failed_at, v_now);
  END IF;
  IF NEW.last_event = 'failed' AND NEW.status = 'failed' THEN
    NEW.last_retry_attempt := v_now;
    NEW.retry_count := OLD.retry_count + 1;
  END IF;
  IF NEW.last_event = 'retried' THEN
    NEW.rejection_reason := NULL;
  END IF;
  IF v_checked OR NEW.last_event IN ('executed', 'rejected', 'cancelled') THEN
    NEW.last_status_check := v_now;
  END IF;
  IF NEW.quantity IS DISTINCT FROM OLD.quantity THEN
    NEW.quantity_adjusted_at := v_now;
  END IF;
  IF v_manual THEN
    NEW.manual_detected_at := v_now;
  END IF;
  IF NEW.reason IS NOT DISTINCT FROM OLD.reason
     AND (NEW.status <> OLD.status OR NEW.last_event IN ('executed', 'rejected', 'failed', 'cancelled', 'expired')) THEN
    NEW.reason := oms.default_reason(NEW);
  END IF;
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION oms.orders__stamp() IS 'Trigger: derives totals and status, checks the move, sets the stamps.';
