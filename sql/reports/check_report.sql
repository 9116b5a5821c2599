-- Compares what a report states beside its news, OrdStatus, CumQty, LeavesQty, AvgPx, with what is known; a mismatch is noted, the known stands.
-- Returns whether there is one.
CREATE OR REPLACE FUNCTION oms.check_report(state oms.orders, exec_type text, report jsonb)
RETURNS boolean
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_status CONSTANT text := CASE WHEN report ? 'OrdStatus' THEN oms.fix_name('OrdStatus', report ->> 'OrdStatus') END;
  v_known CONSTANT text := CASE WHEN v_status IS NOT NULL THEN oms.fix_ord_status(state) END;
  v_cum_qty CONSTANT numeric := oms.fix_number(report, 'CumQty');
  v_leaves_qty CONSTANT numeric := oms.fix_number(report, 'LeavesQty');
  -- FIX writes 0 where nothing is executed; a rounded average is the same average.
  v_avg_px CONSTANT numeric := nullif(oms.fix_number(report, 'AvgPx'), 0);
  v_mismatch CONSTANT text := concat_ws(', ',
    CASE WHEN lower(oms.fix_name('Side', report ->> 'Side')) <> state.side THEN format('Side %s, here %s', report ->> 'Side', state.side) END,
    -- Replaced is a status up to FIX 4.2 only.
    CASE WHEN v_status <> v_known AND NOT (v_status = 'Replaced' AND v_known IN ('New', 'Partially Filled', 'Filled'))
      THEN format('OrdStatus %s, here %s', v_status, v_known) END,
    CASE WHEN v_cum_qty <> state.execution_qty THEN format('CumQty %s, here %s', v_cum_qty, state.execution_qty) END,
    CASE WHEN v_leaves_qty <> state.leaves_qty THEN format('LeavesQty %s, here %s', v_leaves_qty, state.leaves_qty) END,
    CASE WHEN v_avg_px <> round(coalesce(state.execution_price, 0), scale(v_avg_px)) AND (state.execution_price IS NOT NULL OR state.execution_qty = 0)
      THEN format('AvgPx %s, here %s', v_avg_px, coalesce(state.execution_price::text, 'none')) END);
BEGIN
  IF exec_type = 'Rejected' AND state.status <> 'failed' THEN
    -- Of another copy of the order: what it states is about that one.
    RETURN false;
  END IF;
  IF v_mismatch <> '' THEN
    PERFORM oms.note_discrepancy(state.order_id, state.account, exec_type || ' states ' || v_mismatch);
    RETURN true;
  END IF;
  RETURN false;
END
$$;

COMMENT ON FUNCTION oms.check_report(oms.orders, text, jsonb) IS 'Internal: compares what a report states with what is known.';
