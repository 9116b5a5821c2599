-- What one order of a broker's book means for the order here: a decision per row, none where all agrees. Without an order here (null): what makes it
-- one. With newer evidence here than observed_at only its trades count, which are facts of their own; the rest is stale. Reads only.
CREATE OR REPLACE FUNCTION oms.decide_order(said oms.broker_order, known oms.orders, observed_at timestamptz, profile oms.broker_profiles, account text)
RETURNS SETOF oms.reconciliation_decisions
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_at CONSTANT timestamptz := least(oms.entry_time(said.payload, profile.order_fields, 'occurred_at', profile,
    (observed_at AT TIME ZONE profile.time_zone)::date), observed_at);
  v_new CONSTANT boolean := known.order_id IS NULL;
  v_ours CONSTANT bigint := CASE WHEN v_new AND said.client_order_id IS NOT NULL THEN oms.order_by_client_id(said.client_order_id, account) END;
  v_live CONSTANT boolean := v_new OR (known.status IN ('pending', 'ongoing') AND known.end_reason IS NULL AND (known.leaves_qty = 0) IS NOT TRUE);
  v_given_up CONSTANT boolean := known.status = 'failed';
  -- Sent again since the broker had it last: by another id from now on.
  v_resent CONSTANT boolean := known.broker_order_id IS NOT NULL AND known.broker_order_id NOT IN (said.broker_order_id, coalesce(said.qualified_id, said.broker_order_id));
  v_day_done CONSTANT boolean := said.ord_status = 'Done for Day' AND coalesce(known.time_in_force, said.time_in_force, 'day') = 'day';
  v_ended CONSTANT boolean := coalesce(said.ord_status IN ('Canceled', 'Expired', 'Closed', 'Replaced') OR v_day_done, false);
  -- A rejection that an order was sent again after says nothing of it now.
  v_rejected CONSTANT boolean := coalesce(said.ord_status = 'Rejected' AND NOT (known.status = 'pending' AND oms.is_resent(known.order_id, account)), false);
  v_working CONSTANT boolean := NOT v_ended AND said.ord_status NOT IN ('Rejected', 'Filled');
  v_newer CONSTANT boolean := greatest(known.updated_at, known.last_status_check) > observed_at AND oms.has_newer_evidence(known.order_id, known.account, observed_at);
  v_quantity CONSTANT numeric := coalesce(said.quantity, known.quantity);
  v_stated CONSTANT numeric := coalesce(said.filled_quantity, CASE said.ord_status WHEN 'Filled' THEN v_quantity END);
  v_id text;
  v_fills record;
  v_among boolean;
  v_replaced numeric;
  v_told jsonb;
  v_booked numeric;
  v_missed numeric;
  v_value numeric;
  v_average numeric;
  v_price numeric;
  v_modified jsonb;
  v_mismatch text;
BEGIN
  -- An attempt of ours that was refused, and is over.
  IF v_ours IS NOT NULL AND said.ord_status = 'Rejected' AND coalesce(said.filled_quantity, 0) = 0 AND said.trades IS NULL THEN
    RETURN;
  END IF;
  v_mismatch := CASE
    WHEN v_ours IS NOT NULL AND EXISTS (
      SELECT FROM oms.orders o WHERE o.order_id = v_ours AND o.account = account AND o.broker_order_id IS NULL AND o.trade_mode = 'broker')
    THEN 'an order here has that client_order_id, but was sent to another broker'
    WHEN v_new AND EXISTS (
      SELECT FROM oms.orders o WHERE o.broker_order_id = said.broker_order_id AND o.account = account AND o.trade_mode = 'paper')
    THEN 'a paper order here has that id'
    WHEN v_new THEN NULL
    WHEN said.side <> known.side THEN format('side %s, here %s', said.side, known.side)
    WHEN NOT oms.same_symbol(said.symbol, known.symbol) THEN format('symbol %s, here %s', said.symbol, known.symbol) END;
  IF v_mismatch IS NOT NULL OR (v_new AND (said.broker_order_id IS NULL OR said.symbol IS NULL OR said.side IS NULL
     OR coalesce(said.quantity, said.cash_quantity) IS NULL)) THEN
    RETURN QUERY SELECT d.* FROM oms.new_decision(1, 'discrepancy', said, known, account, '{}', coalesce(v_mismatch, nullif(said.defect, ''),
      'unknown here, and the book says too little to record it: id, symbol, side and quantity make it a row'), v_at) d;
    RETURN;
  END IF;

  v_id := CASE WHEN said.qualified_id IS NOT NULL AND (known.broker_order_id IS NULL OR v_resent) AND EXISTS (
    SELECT FROM oms.orders x WHERE x.broker_order_id = said.broker_order_id AND x.account = account AND x.order_id IS DISTINCT FROM known.order_id)
    THEN said.qualified_id ELSE said.broker_order_id END;
  SELECT * INTO v_fills FROM oms.unbooked_fills(known.order_id, account, said.trades, observed_at);
  -- Of an execution told twice with other content, what the stated total has no room for is flagged and not booked.
  IF v_fills.doubt IS NOT NULL AND coalesce(known.execution_qty, 0) + v_fills.quantity - v_fills.replaced > v_stated THEN
    SELECT coalesce(jsonb_agg(f.fill ORDER BY f.place), '[]'), coalesce(sum((f.fill ->> 'quantity')::numeric), 0),
        coalesce(sum((f.fill ->> 'quantity')::numeric * (f.fill ->> 'price')::numeric), 0)
      INTO v_fills.fills, v_fills.quantity, v_fills.value
    FROM jsonb_array_elements(v_fills.fills) WITH ORDINALITY AS f (fill, place)
    WHERE f.fill ->> 'exec_id' NOT LIKE '%#%';
    v_fills.replaced := least(v_fills.replaced, v_fills.quantity);
  END IF;
  -- Which trades are among what totals told of before, the book's own total knows best.
  v_among := v_fills.quantity > 0 AND coalesce(known.execution_qty, 0) + v_fills.quantity - v_fills.replaced > v_stated;
  v_replaced := CASE WHEN v_among THEN least(v_fills.synthetic, v_fills.quantity) ELSE v_fills.replaced END;
  v_told := v_fills.fills;
  IF v_among AND v_replaced > 0 THEN
    SELECT jsonb_agg(f.fill || '{"replaces": true}' ORDER BY f.place) INTO v_told FROM jsonb_array_elements(v_told) WITH ORDINALITY AS f (fill, place);
  END IF;
  v_booked := coalesce(known.execution_qty, 0) + v_fills.quantity - v_replaced;
  v_missed := CASE WHEN v_newer THEN 0 ELSE greatest(v_stated - v_booked, 0) END;
  -- With what a total told of among it, the value is only about right.
  v_value := CASE WHEN v_booked > 0 AND v_replaced = 0
    THEN CASE known.execution_qty > 0 WHEN true THEN known.execution_qty * known.execution_price ELSE 0 END + v_fills.value END;
  v_average := v_value / nullif(v_booked, 0);
  v_price := CASE WHEN v_missed > 0 THEN oms.implied_price(account, said.average_price, v_booked, coalesce(v_value, v_booked * said.average_price), v_missed) END;
  v_modified := CASE
    WHEN NOT v_new AND (v_working OR said.ord_status = 'Filled') AND (v_live OR (known.end_reason IS NULL AND said.quantity > known.quantity AND known.execution_qty > 0)) THEN jsonb_strip_nulls(jsonb_build_object(
    'quantity', CASE WHEN said.quantity <> known.quantity OR known.quantity IS NULL THEN said.quantity END,
    'limit_price', CASE WHEN v_working AND said.limit_price <> known.limit_price THEN said.limit_price END,
    'stop_price', CASE WHEN v_working AND said.stop_price <> known.stop_price THEN said.stop_price END))
    -- Known by its trades alone, it is at least of what they add up to.
    WHEN said.ord_status IS NULL AND known.manual_detected_at IS NOT NULL AND known.execution_qty = known.quantity AND v_booked > known.quantity
    THEN jsonb_build_object('quantity', v_booked) ELSE '{}' END;
  v_mismatch := concat_ws('; ', nullif(said.defect, ''), v_fills.doubt,
    CASE WHEN said.filled_quantity < v_quantity AND said.ord_status = 'Filled' THEN format('%s, but %s of %s executed', said.status, said.filled_quantity, v_quantity) END,
    CASE WHEN v_working AND NOT v_live AND (NOT coalesce(v_given_up, false) OR known.rejection_reason IS NOT NULL) AND v_modified = '{}' AND (v_stated >= v_quantity) IS NOT TRUE THEN
      format('alive at the broker (%s), here %s', said.status, coalesce(known.end_reason, known.status)) END,
    CASE WHEN v_stated < v_booked THEN format('%s executed, here %s', v_stated, v_booked) END,
    CASE WHEN v_missed > 0 AND v_price IS NULL THEN 'executed at a price it doesn''t say' END,
    CASE WHEN v_missed = 0 AND v_stated = v_booked AND NOT oms.same_average(v_average, said.average_price)
      THEN format('average price %s, here %s', said.average_price, round(v_average, 8)) END);

  RETURN QUERY
  SELECT d.*
  FROM (VALUES
    (1, 'manual', v_new, jsonb_strip_nulls(jsonb_build_object('qualified_id', said.qualified_id, 'client_order_id', CASE profile.client_ids WHEN 'unique' THEN said.client_order_id END, 'side', said.side,
        'order_type', said.order_type, 'time_in_force', said.time_in_force, 'variety', said.variety, 'quantity', said.quantity,
        'cash_quantity', said.cash_quantity, 'limit_price', said.limit_price, 'stop_price', said.stop_price)), 'not known here'),
    (2, 'accepted', NOT v_new AND NOT v_newer AND (v_working OR v_stated > 0)
        AND (known.broker_order_id IS NULL OR (v_live AND known.accepted_at IS NULL) OR (v_given_up AND (known.rejection_reason IS NULL OR v_working)) OR v_resent),
      CASE WHEN known.broker_order_id IS NULL OR v_resent THEN jsonb_build_object('broker_order_id', v_id) ELSE '{}' END,
      CASE WHEN v_resent THEN 'the broker has it by a new id' WHEN v_given_up THEN 'alive at the broker, given up as failed here' ELSE 'the broker has it' END),
    (3, 'modified', NOT v_newer AND v_modified <> '{}', v_modified, 'the broker has other terms'),
    (4, 'executed', v_fills.quantity > 0 OR v_missed > 0, jsonb_build_object('fills', v_told || CASE WHEN v_missed > 0 THEN jsonb_build_array(
        jsonb_build_object('exec_id', oms.synthetic_exec_id(said.broker_order_id, v_booked, v_stated, said.average_price, v_fills.fills_before),
          'quantity', v_missed, 'price', v_price)) ELSE '[]' END),
      concat_ws('; ', CASE WHEN v_fills.quantity > 0 THEN jsonb_array_length(v_fills.fills) || ' trades not booked here' END,
        CASE WHEN v_missed > 0 THEN format('%s executed by its total, %s here', v_stated, v_booked) END)),
    (5, 'cancelled', NOT v_newer AND v_ended AND (v_live OR known.status = 'failed') AND (greatest(v_stated, v_booked) >= v_quantity) IS NOT TRUE,
      jsonb_build_object('end_reason', CASE WHEN v_day_done OR said.ord_status = 'Expired' THEN 'expired' ELSE 'cancelled' END),
      concat_ws(': ', 'ended at the broker', said.status, said.message)),
    (6, 'rejected', NOT v_newer AND v_rejected AND (v_live OR coalesce(v_given_up AND known.rejection_reason IS NULL, false)) AND (greatest(v_stated, v_booked) >= v_quantity) IS NOT TRUE,
      jsonb_build_object('rejection_reason', coalesce(said.message, 'no reason given')), concat_ws(': ', 'rejected by the broker', said.message)),
    (7, 'stale', v_newer AND NOT v_new AND (v_modified <> '{}' OR v_stated <> v_booked OR v_working <> v_live
        OR known.broker_order_id IS NULL), '{}'::jsonb, 'newer evidence here than the book'),
    (8, 'discrepancy', v_mismatch <> '' AND NOT (v_newer AND said.defect IS NULL AND v_fills.doubt IS NULL), '{}'::jsonb, v_mismatch)
  ) AS v (place, decision, applies, changes, reason)
  CROSS JOIN LATERAL oms.new_decision(v.place, v.decision, said, known, account, v.changes, v.reason, v_at) d
  WHERE v.applies
  ORDER BY v.place;
END
$$;

COMMENT ON FUNCTION oms.decide_order(oms.broker_order, oms.orders, timestamptz, oms.broker_profiles, text) IS 'Internal: what one order of a broker''s book means for the order here.';
