-- Sets the quantities of many pending after-market (amo) orders before the open, all or nothing: adjustments is a list of
-- {"order_id": …, "quantity": …} or {"client_order_id": …, "quantity": …}, quantity in units, the new total. Locks the orders in order of id. The same
-- quantity again changes nothing. The detail of an error names the entry, counted from 1.
-- Raises OM001 (no such order), OM002 (not pending), OM007 (not an amo order, named twice, not a number above zero), OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.adjust_quantities(
  adjustments jsonb,
  reason text DEFAULT NULL,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS SETOF oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(adjust_quantities.occurred_at, adjust_quantities.actor);
  v_reason CONSTANT text := coalesce(nullif(btrim(adjust_quantities.reason), ''), nullif(current_setting('oms.reason', true), ''),
    'Quantity adjusted - before market open');
  v_reason_before text;
  v_ids bigint[];
  v_quantities numeric[];
  v_refused record;
BEGIN
  PERFORM oms.check_account(adjust_quantities.account);
  IF jsonb_typeof(adjust_quantities.adjustments) IS DISTINCT FROM 'array' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'adjustments'),
      'adjustments is a JSON array: [{"order_id": 1, "quantity": 12}, …]');
  END IF;
  SELECT array_agg(CASE
      WHEN jsonb_typeof(a.adjustment -> 'order_id') = 'number' AND a.adjustment ->> 'client_order_id' IS NULL THEN
        CASE WHEN (a.adjustment ->> 'order_id')::numeric BETWEEN 0 AND 9223372036854775807 AND (a.adjustment ->> 'order_id')::numeric % 1 = 0
          THEN (a.adjustment ->> 'order_id')::numeric::bigint END
      WHEN jsonb_typeof(a.adjustment -> 'client_order_id') = 'string' AND a.adjustment ->> 'order_id' IS NULL
        THEN oms.order_by_client_id(a.adjustment ->> 'client_order_id', adjust_quantities.account) END ORDER BY a.entry),
    array_agg(CASE WHEN jsonb_typeof(a.adjustment -> 'quantity') = 'number' THEN (a.adjustment ->> 'quantity')::numeric END ORDER BY a.entry)
    INTO v_ids, v_quantities
  FROM jsonb_array_elements(adjust_quantities.adjustments) WITH ORDINALITY AS a (adjustment, entry);
  PERFORM FROM oms.orders o
  WHERE o.order_id = ANY (v_ids) AND o.account = adjust_quantities.account
  ORDER BY o.order_id
  FOR NO KEY UPDATE;

  SELECT d.entry, d.defect, d.order_id, d.status,
      jsonb_build_object('entry', d.entry, 'adjustment', d.adjustment, 'account', adjust_quantities.account) AS detail
    INTO v_refused
  FROM (
    SELECT a.entry, a.order_id, o.status, adjust_quantities.adjustments -> (a.entry - 1)::integer AS adjustment, CASE
      WHEN (a.quantity > 0) IS NOT TRUE THEN 'quantity must be a JSON number above zero'
      WHEN o.order_id IS NULL THEN 'not found'
      WHEN row_number() OVER (PARTITION BY a.order_id ORDER BY a.entry) > 1 THEN 'an earlier entry names the same order; name each once'
      WHEN o.variety <> 'amo' THEN 'not an after-market order (variety amo); oms.adjust_quantity() adjusts any order that works'
      WHEN o.status <> 'pending' THEN 'not pending' END AS defect
    FROM unnest(v_ids, v_quantities) WITH ORDINALITY AS a (order_id, quantity, entry)
    LEFT JOIN oms.orders o ON o.order_id = a.order_id AND o.account = adjust_quantities.account) d
  WHERE d.defect IS NOT NULL
  ORDER BY d.entry
  LIMIT 1;
  IF v_refused.defect = 'not found' THEN
    PERFORM oms.raise_error('order_not_found', v_refused.detail,
      'an entry names one order of the account, by order_id (a number) or client_order_id (a text)');
  ELSIF v_refused.defect = 'not pending' THEN
    PERFORM oms.raise_error('illegal_transition', v_refused.detail || jsonb_build_object('order_id', v_refused.order_id, 'from_status', v_refused.status,
      'to_status', v_refused.status, 'event_type', 'quantity_adjusted'),
      'order ' || v_refused.order_id || ' is ' || v_refused.status || '; before the open only pending orders are adjusted');
  ELSIF v_refused.defect IS NOT NULL THEN
    PERFORM oms.raise_error('invalid_argument', v_refused.detail || jsonb_build_object('argument', 'adjustments'), v_refused.defect);
  END IF;

  v_reason_before := oms.swap_reason(v_reason);
  UPDATE oms.orders o SET quantity = a.quantity, reason = v_reason
  FROM unnest(v_ids, v_quantities) AS a (order_id, quantity)
  WHERE o.order_id = a.order_id AND o.account = adjust_quantities.account AND o.quantity IS DISTINCT FROM a.quantity;
  PERFORM oms.swap_reason(v_reason_before);
  RETURN QUERY
    SELECT o.* FROM unnest(v_ids) WITH ORDINALITY AS a (order_id, entry)
    JOIN oms.orders o ON o.order_id = a.order_id AND o.account = adjust_quantities.account
    ORDER BY a.entry;
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
END
$$;

COMMENT ON FUNCTION oms.adjust_quantities(jsonb, text, timestamptz, text, text) IS 'Sets the quantities of many pending after-market orders, in units. Returns the orders as the list names them: quantity_adjusted_at where the quantity changed.';
