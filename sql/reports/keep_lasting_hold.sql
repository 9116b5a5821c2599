-- Gives an order the hold that its reports say lasts, the one just kept among them; a day that is done outranks it for the time being.
CREATE OR REPLACE FUNCTION oms.keep_lasting_hold(state oms.orders, reason text)
RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_hold CONSTANT text := oms.lasting_hold(state.order_id, state.account);
BEGIN
  IF state.hold IN ('done_for_day', 'calculated') THEN
    RETURN;
  ELSIF v_hold IS NOT NULL THEN
    PERFORM oms.hold_order(state.order_id, v_hold, CASE WHEN v_hold IS DISTINCT FROM state.hold THEN reason END, account => state.account);
  ELSIF state.hold IS NOT NULL THEN
    PERFORM oms.resume_order(state.order_id, reason, account => state.account);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.keep_lasting_hold(oms.orders, text) IS 'Internal: gives an order the hold that its reports say lasts.';
