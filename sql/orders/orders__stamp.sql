-- Row trigger, before UPDATE of orders: derives status and quantities from what is asked and from the facts, sets every stamp, refuses what
-- can't be (OM002). Protects I1-I5. What the database owns is replaced, whatever the writer put there.
-- Most changes write a status and its texts and nothing else: those take the short way; oms.asked_change() reads all others.
CREATE OR REPLACE FUNCTION oms.orders__stamp()
RETURNS trigger
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_plain oms.orders := OLD;
  v_more record;
  v_asked text := NEW.status;
  v_changed boolean;
  v_again boolean;
  v_accepted boolean;
  v_end text;
  v_signal text;
  v_fills integer := 0;
  v_kind text;
  v_rejected boolean;
  v_now timestamptz;
BEGIN
  v_plain.status := NEW.status;
  v_plain.reason := NEW.reason;
  v_plain.rejection_reason := NEW.rejection_reason;
  v_plain.last_status_check := NEW.last_status_check;
  IF NOT v_plain *= NEW OR NEW.status IS NULL THEN
    SELECT * INTO v_more FROM oms.asked_change(OLD, NEW);
    NEW := v_more.written;
    v_changed := v_more.changed;
    v_again := v_more.again;
    v_accepted := v_more.accepted;
    v_end := v_more.end_reason;
    v_signal := v_more.signal;
    v_fills := v_more.fills;
    v_kind := v_more.kind;
  END IF;

  -- A rejection or an end asks for its status by itself; asking again for an end already reached asks for nothing.
  NEW.rejection_reason := coalesce(nullif(btrim(NEW.rejection_reason), ''), OLD.rejection_reason);
  v_rejected := NEW.rejection_reason IS DISTINCT FROM OLD.rejection_reason;
  IF v_asked = OLD.status THEN
    v_asked := CASE WHEN v_rejected OR v_again THEN 'failed' WHEN v_end IS NOT NULL THEN 'cancelled' ELSE v_asked END;
  END IF;
  IF OLD.end_reason IS NOT NULL AND OLD.execution_qty > 0 AND v_asked IN ('cancelled', 'failed') THEN
    v_asked := OLD.status;
    v_again := false;
  END IF;
  IF v_asked = OLD.status AND v_changed IS NOT TRUE AND v_again IS NOT TRUE AND NOT v_rejected AND NEW.reason IS NOT DISTINCT FROM OLD.reason THEN
    -- A heartbeat, an annotation that is logged already, or nothing at all.
    IF NEW.last_status_check IS DISTINCT FROM OLD.last_status_check THEN
      NEW.last_status_check := oms.clock();
    END IF;
    NEW.status := OLD.status;
    RETURN NEW;
  END IF;

  -- Which event it is: the first that applies.
  NEW.last_event := CASE
    WHEN v_kind <> 'adjusted' THEN v_kind
    WHEN v_rejected THEN 'rejected'
    WHEN v_again OR (v_asked = 'failed' AND OLD.status <> 'failed') THEN 'failed'
    WHEN v_asked = OLD.status THEN coalesce(v_signal, 'modified')
    WHEN v_asked = 'cancelled' THEN CASE WHEN v_end IN ('expired', 'done_for_day') THEN v_end ELSE 'cancelled' END
    WHEN v_asked = 'closed' THEN 'closed'
    WHEN v_asked = 'pending' AND OLD.status = 'failed' THEN CASE WHEN v_signal = 'manual_detected' THEN v_signal ELSE 'retried' END
    ELSE 'modified'
  END;
  v_now := greatest(oms.clock(), OLD.updated_at + interval '1 microsecond');

  -- What can't execute any more ends; with something executed the order lives on as what it holds.
  IF v_asked <> OLD.status THEN
    IF v_asked IN ('cancelled', 'failed') THEN
      IF OLD.execution_qty > 0 AND OLD.leaves_qty = 0 AND v_fills = 0 AND v_end IS DISTINCT FROM 'done_for_day'
         AND NOT oms.is_end_reported(OLD.order_id, OLD.account) THEN
        PERFORM oms.raise_illegal(OLD, v_asked, NEW.last_event);
      ELSIF v_asked = 'cancelled' OR NEW.execution_qty > 0 THEN
        NEW.end_reason := coalesce(v_end, CASE WHEN v_rejected THEN 'rejected' ELSE v_asked END);
      END IF;
    ELSIF v_asked = 'closed' AND OLD.status = 'ongoing' AND v_fills = 0 THEN
      -- By decree: the remainder ends, what is held is released (log_executions books that).
      IF (OLD.leaves_qty = 0) IS NOT TRUE THEN
        NEW.end_reason := 'closed';
      END IF;
      IF OLD.open_qty > 0 THEN
        PERFORM oms.check_correction(CASE WHEN NEW.reason IS DISTINCT FROM OLD.reason THEN NEW.reason END);
        PERFORM oms.lock_bookings(OLD.account);
        NEW.open_qty := 0;
        NEW.last_fill_id := nextval('oms.fills_fill_id_seq');
      END IF;
    END IF;
  END IF;
  IF v_fills > 0 AND OLD.status = 'failed' AND NEW.execution_qty > 0 THEN -- A late fill is real, but revives nothing.
    NEW.end_reason := CASE WHEN OLD.rejection_reason IS NULL THEN 'failed' ELSE 'rejected' END;
  END IF;
  IF NEW.hold IN ('suspended', 'stopped', 'not_triggered') AND (NEW.end_reason IS NOT NULL OR v_asked = 'failed') THEN
    NEW.hold := NULL;
  END IF;
  NEW.cancelled_qty := CASE WHEN NEW.end_reason IS NULL THEN 0 ELSE greatest(NEW.quantity - NEW.execution_qty, 0) END;
  NEW.leaves_qty := CASE
    WHEN NEW.end_reason IS NOT NULL OR (v_asked = 'failed' AND NEW.execution_qty = 0) THEN 0
    WHEN NEW.quantity IS NULL THEN NULL
    ELSE greatest(NEW.quantity - NEW.execution_qty, 0) END;
  NEW.status := CASE
    WHEN NEW.execution_qty > 0 THEN CASE WHEN NEW.leaves_qty = 0 AND NEW.open_qty = 0 THEN 'closed' ELSE 'ongoing' END
    WHEN NEW.end_reason IS NOT NULL THEN 'cancelled'
    WHEN v_fills > 0 AND OLD.execution_qty > 0 THEN 'pending'
    ELSE v_asked END;
  IF v_asked <> OLD.status AND v_fills = 0 AND (
    CASE WHEN v_asked = NEW.status THEN v_asked IN ('ongoing', 'closed') AND NEW.execution_qty = 0 ELSE NEW.end_reason IS NOT DISTINCT FROM OLD.end_reason END)
  THEN
    PERFORM oms.raise_illegal(OLD, v_asked, NEW.last_event);
  END IF;

  NEW.updated_at := v_now;
  NEW.version := OLD.version + greatest(v_fills, 1);
  IF NEW.status <> OLD.status THEN
    NEW.closed_at := CASE WHEN NEW.status IN ('closed', 'cancelled') THEN v_now END;
  END IF;
  IF v_rejected OR NEW.last_event = 'failed' OR (v_asked = 'failed' AND OLD.status <> 'failed') THEN
    NEW.first_failed_at := coalesce(OLD.first_failed_at, v_now);
    IF NEW.last_event = 'failed' AND NEW.status = 'failed' THEN
      NEW.last_retry_attempt := v_now;
      NEW.retry_count := OLD.retry_count + 1;
    END IF;
  ELSIF OLD.status = 'failed' AND NEW.status = 'pending' THEN
    NEW.rejection_reason := NULL;
  END IF;
  NEW.accepted_at := CASE WHEN v_accepted OR v_kind <> 'adjusted' THEN coalesce(OLD.accepted_at, v_now) ELSE OLD.accepted_at END;
  IF v_kind <> 'adjusted' THEN
    NEW.execution_time := v_more.execution_time;
    NEW.filled_at := v_now;
  END IF;
  IF NEW.last_status_check IS DISTINCT FROM OLD.last_status_check OR NEW.last_event IN ('executed', 'rejected', 'cancelled') THEN
    NEW.last_status_check := v_now;
  END IF;
  IF v_changed THEN
    NEW.quantity_adjusted_at := CASE WHEN NEW.quantity IS DISTINCT FROM OLD.quantity THEN v_now ELSE OLD.quantity_adjusted_at END;
    NEW.manual_detected_at := CASE WHEN v_more.manual THEN v_now ELSE OLD.manual_detected_at END;
    NEW.restated_at := CASE WHEN v_more.restated THEN v_now ELSE OLD.restated_at END;
  END IF;
  IF (NEW.reason IS NOT DISTINCT FROM OLD.reason OR btrim(coalesce(NEW.reason, '')) = '')
     AND (NEW.status <> OLD.status OR NEW.last_event IN ('executed', 'rejected', 'failed', 'cancelled', 'expired')) THEN
    NEW.reason := oms.default_reason(NEW.last_event, NEW.variety, NEW.rejection_reason, NEW.account, NEW.execution_price);
  END IF;
  RETURN NEW;
END
$$;

COMMENT ON FUNCTION oms.orders__stamp() IS 'Trigger: derives status and quantities, sets the stamps, refuses what can''t be.';
