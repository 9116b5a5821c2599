-- Applies the decisions of a reconciliation that change something, in their order, and returns them with the orders they made. An order that can't be
-- changed as decided never stops the others: the decisions are halved until that order is alone, and it becomes a discrepancy. What may
-- succeed when it is repeated (deadlock, time-out, lack of resources) is raised.
CREATE OR REPLACE FUNCTION oms.apply_decisions(decisions oms.reconciliation_decisions[], observed_at timestamptz, broker text, book text)
RETURNS oms.reconciliation_decisions[]
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_done oms.reconciliation_decisions[] := '{}';
  v_decision oms.reconciliation_decisions;
  v_made oms.reconciliation_decisions;
  v_half integer := cardinality(decisions) / 2;
BEGIN
  BEGIN
    FOREACH v_decision IN ARRAY decisions LOOP
      -- What follows on a manual order is about that one.
      IF v_decision.order_id IS NULL AND v_decision.digest = v_made.digest THEN
        v_decision.order_id := v_made.order_id;
      END IF;
      v_decision.order_id := oms.apply_decision(v_decision, observed_at, broker, book);
      v_done := v_done || v_decision;
      v_made := v_decision;
    END LOOP;
    RETURN v_done;
  EXCEPTION WHEN OTHERS THEN
    IF left(SQLSTATE, 2) IN ('40', '53', '55', '57', '58', 'XX') THEN
      RAISE;
    END IF;
    -- The decisions about one order stay together.
    WHILE v_half > 0 AND decisions[v_half].digest IS NOT DISTINCT FROM decisions[v_half + 1].digest
      AND decisions[v_half].order_id IS NOT DISTINCT FROM decisions[v_half + 1].order_id LOOP
      v_half := v_half - 1;
    END LOOP;
    IF v_half = 0 THEN
      v_half := cardinality(decisions);
      FOR i IN 1..cardinality(decisions) - 1 LOOP
        IF (decisions[i].digest, decisions[i].order_id) IS DISTINCT FROM (decisions[i + 1].digest, decisions[i + 1].order_id) THEN
          v_half := i;
          EXIT;
        END IF;
      END LOOP;
    END IF;
    IF v_half = cardinality(decisions) THEN
      v_decision := decisions[1];
      v_decision.decision := 'discrepancy';
      v_decision.changes := '{}';
      v_decision.reason := format('could not be applied: %s (%s)', SQLERRM, SQLSTATE);
      PERFORM oms.apply_decision(v_decision, observed_at, broker, book);
      RETURN ARRAY[v_decision];
    END IF;
  END;
  RETURN oms.apply_decisions(decisions[:v_half], observed_at, broker, book) || oms.apply_decisions(decisions[v_half + 1:], observed_at, broker, book);
END
$$;

COMMENT ON FUNCTION oms.apply_decisions(oms.reconciliation_decisions[], timestamptz, text, text) IS 'Internal: applies the decisions of a reconciliation.';
