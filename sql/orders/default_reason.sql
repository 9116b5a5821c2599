-- The text of an order's reason where nobody gave one, by the event.
CREATE OR REPLACE FUNCTION oms.default_reason(event_type text, variety text, rejection_reason text, account text, execution_price numeric)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
BEGIN
  IF event_type = 'executed' AND execution_price IS NOT NULL THEN
    RETURN 'Order executed at ' || oms.currency_label(account) || ' '
      || round(execution_price, greatest(2, min_scale(round(execution_price, 4))));
  END IF;
  RETURN CASE event_type
    WHEN 'rejected' THEN 'Broker rejected: ' || coalesce(rejection_reason, 'no reason given')
    WHEN 'cancelled' THEN 'Cancelled'
    WHEN 'failed' THEN 'Order failed'
    WHEN 'closed' THEN 'Position closed'
    WHEN 'retried' THEN 'Order retried'
    WHEN 'expired' THEN 'Order expired'
    WHEN 'executed' THEN 'Order executed, price unknown'
    WHEN 'manual_detected' THEN 'Manual order detected'
    WHEN 'quantity_adjusted' THEN 'Quantity adjusted'
    WHEN 'reopened' THEN 'Position held again'
    WHEN 'busted' THEN 'Execution busted'
    WHEN 'done_for_day' THEN 'Done for the day'
    WHEN 'replaced' THEN 'Order replaced'
    WHEN 'restated' THEN 'Order restated'
    WHEN 'corrected' THEN 'Execution corrected'
    WHEN 'placed' THEN CASE WHEN variety = 'amo' THEN 'Order placed - waiting for market open' ELSE 'Order placed' END
  END;
END
$$;

COMMENT ON FUNCTION oms.default_reason(text, text, text, text, numeric) IS 'Internal: the reason written where nobody gave one.';
