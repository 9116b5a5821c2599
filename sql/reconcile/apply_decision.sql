-- Does what one decision of a reconciliation says, as the broker's word: through the row, or through fills that its report stands for. Returns the
-- order, which a manual one becomes here. Its id is the broker's, or with its day or symbol where another order has that one. Raises OM005 where
-- that order has come meanwhile.
CREATE OR REPLACE FUNCTION oms.apply_decision(decision oms.reconciliation_decisions, observed_at timestamptz, broker text, book text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_changes CONSTANT jsonb := decision.changes;
  v_report CONSTANT jsonb := jsonb_build_object('OrderID', decision.broker_order_id, 'Digest', decision.digest);
  v_exec_type CONSTANT text := CASE decision.decision WHEN 'accepted' THEN 'New' WHEN 'modified' THEN 'Restated' WHEN 'rejected' THEN 'Rejected'
    WHEN 'cancelled' THEN CASE v_changes ->> 'end_reason' WHEN 'expired' THEN 'Expired' ELSE 'Canceled' END END;
  v_order_id bigint := decision.order_id;
  v_id text := decision.broker_order_id;
BEGIN
  PERFORM oms.enter_call(decision.occurred_at, NULL), set_config('oms.correlation_id', coalesce('sha256:' || decision.digest, ''), true);
  IF v_exec_type IS NOT NULL THEN
    PERFORM oms.keep_report(v_order_id, decision.account, v_exec_type, v_report || v_changes || jsonb_build_object('ExecType', v_exec_type,
      'ExecID', concat_ws('-', 'snapshot', left(decision.digest, 16), extract(epoch FROM apply_decision.observed_at), v_exec_type)));
  END IF;

  IF decision.decision = 'manual' THEN
    IF EXISTS (
      SELECT FROM oms.orders x
      WHERE x.broker_order_id = v_id AND x.account = decision.account AND x.broker IN ('', apply_decision.broker)) THEN
      v_id := v_changes ->> 'qualified_id';
    END IF;
    IF v_id IS NULL THEN
      PERFORM oms.raise_error('duplicate_mismatch', jsonb_build_object('broker_order_id', decision.broker_order_id), 'another session has just brought that order: the next book finds it');
    END IF;
    INSERT INTO oms.orders AS o (account, broker, broker_order_id, client_order_id, symbol, side, book, quantity, cash_quantity, order_type, limit_price, stop_price,
      time_in_force, variety, entry_type, order_metadata)
    SELECT decision.account, apply_decision.broker, v_id,
      CASE WHEN oms.order_by_client_id(v_changes ->> 'client_order_id', decision.account) IS NULL THEN v_changes ->> 'client_order_id' END, decision.symbol, v_changes ->> 'side', apply_decision.book,
      (v_changes ->> 'quantity')::numeric, CASE WHEN v_changes ? 'quantity' THEN NULL ELSE (v_changes ->> 'cash_quantity')::numeric END,
      CASE WHEN v_changes ? 'stop_price' THEN CASE WHEN v_changes ? 'limit_price' THEN 'stop_limit' ELSE 'stop' END WHEN v_changes ? 'limit_price' THEN 'limit' ELSE 'market' END,
      (v_changes ->> 'limit_price')::numeric, (v_changes ->> 'stop_price')::numeric,
      CASE WHEN v_changes ->> 'time_in_force' IN ('day', 'gtc', 'gtd', 'ioc', 'fok', 'opg') THEN v_changes ->> 'time_in_force' ELSE 'day' END, coalesce(v_changes ->> 'variety', 'regular'), 'manual',
      -- Kinds we have no word for stay with the order as the broker says them.
      jsonb_strip_nulls(jsonb_build_object('order_type', CASE WHEN v_changes ->> 'order_type' NOT IN ('market', 'limit', 'stop', 'stop_limit') THEN v_changes ->> 'order_type' END,
        'time_in_force', CASE WHEN v_changes ->> 'time_in_force' NOT IN ('day', 'gtc', 'gtd', 'ioc', 'fok', 'opg') THEN v_changes ->> 'time_in_force' END))
    ON CONFLICT DO NOTHING
    RETURNING o.order_id INTO v_order_id;
    IF v_order_id IS NULL THEN
      -- Another session was first.
      SELECT o.order_id INTO STRICT v_order_id FROM oms.orders o
      WHERE o.broker_order_id = v_id AND o.account = decision.account AND o.broker = apply_decision.broker;
    END IF;
  ELSIF decision.decision = 'accepted' THEN
    UPDATE oms.orders o SET broker_order_id = coalesce(v_changes ->> 'broker_order_id', o.broker_order_id), accepted_at = coalesce(o.accepted_at, oms.clock()),
      status = CASE o.status WHEN 'failed' THEN 'pending' ELSE o.status END, reason = CASE o.status WHEN 'failed' THEN 'Alive at the broker' ELSE o.reason END
    WHERE o.order_id = v_order_id AND o.account = decision.account;
  ELSIF decision.decision = 'modified' THEN
    PERFORM oms.restate_order(v_order_id, (v_changes ->> 'quantity')::numeric, (v_changes ->> 'limit_price')::numeric, (v_changes ->> 'stop_price')::numeric,
      reason => 'Modified at the broker', account => decision.account);
  ELSIF decision.decision = 'executed' THEN
    PERFORM oms.keep_report(v_order_id, decision.account, 'Trade', v_report || jsonb_build_object('ExecType', 'Trade', 'ExecID', f.fill ->> 'exec_id',
      'LastQty', f.fill -> 'quantity', 'LastPx', f.fill -> 'price', 'Replaces', f.fill -> 'replaces'))
    FROM jsonb_array_elements(v_changes -> 'fills') AS f (fill);
    -- First the real ones, which replace synthetic ones; then what only the total tells of.
    FOR v_synthetic IN 0..1 LOOP
      INSERT INTO oms.fills (order_id, account, exec_id, quantity, price, fees, fee_currency, occurred_at)
      SELECT v_order_id, decision.account, f.exec_id, f.quantity, f.price, f.fees, f.fee_currency, coalesce(f.occurred_at, decision.occurred_at)
      FROM jsonb_to_recordset(v_changes -> 'fills') AS f (exec_id text, quantity numeric, price numeric, fees numeric, fee_currency text, occurred_at timestamptz)
      WHERE (f.exec_id LIKE 'synthetic-%') = (v_synthetic = 1)
      ON CONFLICT (order_id, exec_id, account) DO NOTHING;
    END LOOP;
  ELSIF decision.decision = 'cancelled' THEN
    UPDATE oms.orders o SET broker_order_id = coalesce(o.broker_order_id, v_changes ->> 'broker_order_id'),
      status = CASE v_changes ->> 'end_reason' WHEN 'expired' THEN o.status ELSE 'cancelled' END,
      end_reason = CASE v_changes ->> 'end_reason' WHEN 'expired' THEN 'expired' END, reason = decision.reason
    WHERE o.order_id = v_order_id AND o.account = decision.account AND o.end_reason IS NULL;
  ELSIF decision.decision = 'rejected' THEN
    UPDATE oms.orders o SET broker_order_id = coalesce(o.broker_order_id, v_changes ->> 'broker_order_id'), status = 'failed', rejection_reason = v_changes ->> 'rejection_reason'
    WHERE o.order_id = v_order_id AND o.account = decision.account AND o.end_reason IS NULL;
  ELSIF decision.decision IN ('missing', 'lost') THEN
    PERFORM oms.annotate_order(v_order_id, decision.account, decision.decision, decision.reason);
  ELSIF decision.decision = 'discrepancy' AND v_order_id IS NOT NULL THEN
    PERFORM oms.note_discrepancy(v_order_id, decision.account, decision.reason);
  END IF;
  RETURN v_order_id;
END
$$;

COMMENT ON FUNCTION oms.apply_decision(oms.reconciliation_decisions, timestamptz, text, text) IS 'Internal: does what one decision of a reconciliation says.';
