-- Brings the orders here in line with a broker's order book, as the broker sends it (orders, optionally trades); the profile of that name translates it.
-- Orders and trades that nobody knows become rows, in a book of their own. An order with newer evidence than observed_at is left alone. With complete, a
-- live order that isn't in it is missing, then lost. dry_run: the same plan, nothing written. Definer: applications write neither runs nor reports.
-- Plans without locks; where something changes, takes the booking lock, then these orders by id, and plans again. One transaction for the whole book.
-- Raises OM007 (no book, unknown profile, observed_at null or to come), OM009, OM012; what else it calls might raise (OM001, OM002, OM003, OM005, OM006,
-- OM008, OM010) becomes a discrepancy.
CREATE OR REPLACE FUNCTION oms.reconcile(
  snapshot jsonb,
  observed_at timestamptz,
  broker text,
  dry_run boolean DEFAULT false,
  complete boolean DEFAULT true,
  profile text DEFAULT NULL,
  book text DEFAULT 'manual',
  actor text DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS SETOF oms.reconciliation_decisions
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_snapshot CONSTANT jsonb := reconcile.snapshot;
  v_before CONSTANT text[] := ARRAY[coalesce(current_setting('oms.occurred_at', true), ''), coalesce(current_setting('oms.actor', true), '')];
  v_correlation_id CONSTANT text := coalesce(current_setting('oms.correlation_id', true), '');
  v_profile oms.broker_profiles;
  v_complete boolean;
  v_plan oms.reconciliation_decisions[];
  v_locked bigint[] := '{}';
  v_changing boolean := false;
  v_to_lock bigint[];
  v_digest text;
  v_run bigint;
BEGIN
  PERFORM oms.check_session(reconcile.account);
  v_profile := oms.check_reconciliation(v_snapshot, reconcile.observed_at, reconcile.broker, coalesce(reconcile.profile, reconcile.broker), reconcile.book);
  -- A single order, or trades alone, are no book that an order could be missing from.
  v_complete := reconcile.complete IS NOT FALSE AND oms.is_book(v_snapshot, v_profile);
  v_plan := ARRAY(SELECT d FROM oms.plan_reconciliation(v_snapshot, reconcile.observed_at, reconcile.broker, v_profile, v_complete, reconcile.account) d);
  IF reconcile.dry_run IS TRUE THEN
    RETURN QUERY SELECT d.* FROM unnest(v_plan) d;
    RETURN;
  END IF;
  IF coalesce(btrim(coalesce(reconcile.actor, v_before[2])), '') = '' THEN
    PERFORM oms.check_actor(reconcile.account);
  END IF;

  LOOP
    -- With the orders that change, those that their executions may close.
    v_to_lock := ARRAY(
      SELECT c.order_id FROM (
        SELECT d.order_id FROM unnest(v_plan) d WHERE oms.is_change(d)
        UNION
        SELECT l.order_id FROM (
          SELECT DISTINCT o.symbol, o.book FROM unnest(v_plan) d JOIN oms.orders o ON o.order_id = d.order_id AND o.account = reconcile.account
          WHERE d.decision = 'executed') t
        JOIN oms.position_lots l ON l.symbol = t.symbol AND l.account = reconcile.account AND l.book = t.book) c
      WHERE c.order_id IS NOT NULL AND c.order_id <> ALL (v_locked)
      ORDER BY 1);
    EXIT WHEN v_to_lock = '{}' AND (v_changing OR NOT EXISTS (SELECT FROM unnest(v_plan) d WHERE oms.is_change(d)));
    v_changing := true;
    PERFORM oms.lock_bookings(reconcile.account);
    PERFORM FROM oms.orders o WHERE o.order_id = ANY (v_to_lock) AND o.account = reconcile.account ORDER BY o.order_id FOR NO KEY UPDATE;
    v_locked := v_locked || v_to_lock;
    v_plan := ARRAY(SELECT d FROM oms.plan_reconciliation(v_snapshot, reconcile.observed_at, reconcile.broker, v_profile, v_complete, reconcile.account) d);
  END LOOP;

  PERFORM oms.enter_call(NULL, reconcile.actor);
  v_digest := encode(sha256(convert_to(v_snapshot::text, 'UTF8')), 'hex');
  INSERT INTO oms.reconciliations AS r (account, broker, profile, observed_at, recorded_at, complete, digest, snapshot, matched, actor, db_user, correlation_id)
  SELECT reconcile.account, reconcile.broker, v_profile.broker, reconcile.observed_at, oms.clock(), v_complete, v_digest,
    CASE WHEN NOT EXISTS (SELECT FROM oms.reconciliations x WHERE x.digest = v_digest AND x.account = reconcile.account AND x.snapshot IS NOT NULL) THEN v_snapshot END,
    ARRAY(SELECT d.order_id FROM unnest(v_plan) d WHERE d.decision = 'matched' AND d.order_id IS NOT NULL ORDER BY 1),
    nullif(current_setting('oms.actor', true), ''), session_user, nullif(v_correlation_id, '')
  RETURNING r.reconciliation_id INTO v_run;
  IF v_changing THEN
    v_plan := ARRAY(SELECT d FROM unnest(v_plan) d WHERE NOT oms.is_change(d) ORDER BY d.decision_no)
      || oms.apply_decisions(ARRAY(SELECT d FROM unnest(v_plan) d WHERE oms.is_change(d) ORDER BY d.decision_no), reconcile.observed_at, reconcile.broker, reconcile.book);
  END IF;
  PERFORM oms.record_status_checks(ARRAY(
    SELECT d.order_id FROM unnest(v_plan) d JOIN oms.orders o ON o.order_id = d.order_id AND o.account = reconcile.account
    WHERE d.decision = 'matched' AND o.status IN ('pending', 'ongoing') AND o.leaves_qty > 0), reconcile.account);
  INSERT INTO oms.reconciliation_decisions
  SELECT v_run, d.decision_no, d.account, d.decision, d.order_id, d.broker_order_id, d.symbol, d.changes, d.reason, d.occurred_at, d.digest
  FROM unnest(v_plan) d
  WHERE d.decision <> 'matched' OR (oms.last_decision(d.order_id, d.account, reconcile.observed_at)).decision IN ('missing', 'lost');
  RETURN QUERY
  SELECT v_run, d.decision_no, d.account, d.decision, d.order_id, d.broker_order_id, d.symbol, d.changes, d.reason, d.occurred_at, d.digest
  FROM unnest(v_plan) d
  ORDER BY d.decision_no;
  PERFORM oms.leave_call(v_before), set_config('oms.correlation_id', v_correlation_id, true);
END
$$;

COMMENT ON FUNCTION oms.reconcile(jsonb, timestamptz, text, boolean, boolean, text, text, text, text) IS 'Brings the orders in line with a broker''s order book as it stood at observed_at. Returns one row per decision. snapshot: the broker''s answer as it is; broker: whose it is and, without profile, which oms.broker_profiles row translates it.';
