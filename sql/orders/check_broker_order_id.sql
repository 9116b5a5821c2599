-- Refuses (OM005) a broker_order_id that another order of the account has at that broker, or at one that isn't named. Raw writes meet the unique index itself.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.check_broker_order_id(order_id bigint, broker_order_id text, broker text, account text)
RETURNS void
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_broker text;
  v_other bigint;
BEGIN
  v_broker := coalesce(check_broker_order_id.broker, (
    SELECT s.broker FROM oms.orders s
    WHERE s.order_id = check_broker_order_id.order_id AND s.account = check_broker_order_id.account));
  SELECT o.order_id INTO v_other FROM oms.orders o
  WHERE o.broker_order_id = check_broker_order_id.broker_order_id AND o.account = check_broker_order_id.account
    AND o.order_id <> check_broker_order_id.order_id
    AND (o.broker = v_broker OR '' IN (o.broker, v_broker));
  IF FOUND THEN
    PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('order_id', check_broker_order_id.order_id,
      'broker_order_id', check_broker_order_id.broker_order_id, 'other_order_id', v_other), 'another order has that broker_order_id already; if a broker''s book or stream brought it as a manual order before yours was confirmed, claim that one and cancel yours');
  END IF;
END
$$;

COMMENT ON FUNCTION oms.check_broker_order_id(bigint, text, text, text) IS 'Internal: refuses a broker_order_id that another order has.';
