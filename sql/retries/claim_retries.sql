-- Hands a worker failed orders that are due, oldest first, for the time of a lease: nobody else gets them until it has run out. Nothing of an
-- order changes, so there is no event: the worker calls oms.retry_order() with the version it was given, then sends. Who calls that second is
-- refused (OM008). Orders in hand, its own too, are not handed out again. Skips orders that somebody is writing, and waits for none.
-- Definer: claims are nobody else's to write. Raises OM007 (no worker, bad max_orders or lease), OM009.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.claim_retries(
  worker text,
  max_orders integer DEFAULT 10,
  lease interval DEFAULT '00:01:00',
  account text DEFAULT oms.current_account())
RETURNS SETOF oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_now CONSTANT timestamptz := oms.clock();
  v_ids bigint[];
BEGIN
  PERFORM oms.check_session(claim_retries.account);
  IF btrim(coalesce(claim_retries.worker, '')) = '' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'worker'), 'worker names who will send the orders: a host and process, say');
  ELSIF (claim_retries.max_orders BETWEEN 1 AND 10000) IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'max_orders', 'value', claim_retries.max_orders),
      'max_orders is between 1 and 10000');
  ELSIF (claim_retries.lease > interval '0' AND claim_retries.lease <= interval '366 days') IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'lease', 'value', claim_retries.lease::text),
      'lease is above zero: longer than the worker takes to send max_orders orders');
  END IF;

  SELECT array_agg(d.order_id) INTO v_ids
  FROM (
    SELECT o.order_id
    FROM (
      SELECT q.order_id, q.account, q.due_at FROM oms.retry_queue q
      WHERE q.account = claim_retries.account AND q.state = 'due'
      OFFSET 0) q
    JOIN oms.orders o ON o.order_id = q.order_id AND o.account = q.account
    WHERE o.status = 'failed'
    ORDER BY q.due_at, o.order_id
    LIMIT claim_retries.max_orders
    FOR NO KEY UPDATE OF o SKIP LOCKED) d;
  -- With the rows locked, what was claimed or retried meanwhile is seen, and nobody else gets this far.
  RETURN QUERY
    WITH claimed AS (
      INSERT INTO oms.retry_claims AS c (order_id, version, account, worker, db_user, claimed_at, leased_until)
      SELECT q.order_id, q.version, q.account, claim_retries.worker, session_user, v_now, v_now + claim_retries.lease
      FROM oms.retry_queue q
      WHERE q.order_id = ANY (v_ids) AND q.account = claim_retries.account AND q.state = 'due'
      ON CONFLICT ON CONSTRAINT retry_claims_pk DO UPDATE SET version = excluded.version, worker = excluded.worker, db_user = excluded.db_user,
        claimed_at = excluded.claimed_at, leased_until = excluded.leased_until
      RETURNING c.order_id)
    SELECT o.* FROM unnest(v_ids) WITH ORDINALITY AS d (order_id, place)
    JOIN claimed c ON c.order_id = d.order_id
    JOIN oms.orders o ON o.order_id = d.order_id AND o.account = claim_retries.account
    ORDER BY d.place;
END
$$;

COMMENT ON FUNCTION oms.claim_retries(text, integer, interval, text) IS 'Hands a worker failed orders that are due, for the time of a lease. Returns them as they are; oms.retry_order() with their version makes one pending.';
