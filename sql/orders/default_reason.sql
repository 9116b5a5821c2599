-- The text of an order's reason where nobody gave one, by its newest event.
CREATE OR REPLACE FUNCTION oms.default_reason(changed oms.orders)
RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE
    WHEN changed.last_event = 'executed' AND changed.execution_price IS NULL THEN 'Order executed, price unknown'
    WHEN changed.last_event = 'executed' THEN 'Order executed at '
      || coalesce((SELECT a.currency_label FROM oms.accounts a WHERE a.account = changed.account), 'Rs') || ' '
      || round(changed.execution_price, greatest(2, min_scale(round(changed.execution_price, 4))))
    WHEN changed.rejection_reason IS NOT NULL AND changed.status = 'failed' OR changed.last_event = 'rejected'
      THEN 'Broker rejected: ' || coalesce(changed.rejection_reason, 'no reason given')
    WHEN changed.last_event = 'failed' OR changed.status = 'failed' THEN 'Order failed'
    WHEN changed.last_event = 'manual_detected' THEN 'Manual order detected'
    WHEN changed.last_event = 'placed' AND changed.variety = 'amo' THEN 'Order placed - waiting for market open'
    WHEN changed.last_event = 'placed' THEN 'Order placed'
    WHEN changed.last_event = 'cancelled' THEN 'Cancelled'
    WHEN changed.last_event = 'expired' THEN 'Order expired'
    WHEN changed.last_event = 'retried' THEN 'Order retried'
    WHEN changed.last_event = 'closed' THEN 'Position closed'
    WHEN changed.last_event = 'reopened' THEN 'Position held again'
    WHEN changed.last_event = 'busted' THEN 'Execution busted'
    WHEN changed.last_event = 'corrected' THEN 'Execution corrected'
    ELSE changed.reason
  END;
END
$$;

COMMENT ON FUNCTION oms.default_reason(oms.orders) IS 'Internal: the reason written where nobody gave one.';
