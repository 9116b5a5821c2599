-- The broker was asked about all these orders: last_status_check of each, and nothing else. Rows that somebody is writing just now are
-- left to them. Locks in order of id. Raises OM001 with the unknown ids, OM009.
CREATE OR REPLACE FUNCTION oms.record_status_checks(
  order_ids bigint[],
  account text DEFAULT oms.current_account())
RETURNS integer
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_unknown bigint[];
  v_stamped integer;
BEGIN
  SELECT array_agg(i.order_id ORDER BY i.order_id) INTO v_unknown
  FROM unnest(record_status_checks.order_ids) AS i (order_id)
  WHERE NOT EXISTS (SELECT FROM oms.orders o WHERE o.order_id = i.order_id AND o.account = record_status_checks.account);
  IF v_unknown IS NOT NULL THEN
    PERFORM oms.check_account(record_status_checks.account);
    PERFORM oms.raise_error('order_not_found', jsonb_build_object('order_ids', v_unknown, 'account', record_status_checks.account));
  END IF;
  WITH free AS (
    SELECT o.order_id FROM oms.orders o
    WHERE o.order_id = ANY (record_status_checks.order_ids) AND o.account = record_status_checks.account
    ORDER BY o.order_id
    FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE oms.orders o SET last_status_check = oms.clock()
  FROM free
  WHERE o.order_id = free.order_id AND o.account = record_status_checks.account;
  GET DIAGNOSTICS v_stamped = ROW_COUNT;
  RETURN v_stamped;
END
$$;

COMMENT ON FUNCTION oms.record_status_checks(bigint[], text) IS 'Stamps last_status_check of many orders. Returns how many were stamped (rows being written just now are left out).';
