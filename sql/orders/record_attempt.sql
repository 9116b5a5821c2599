-- Sending the order, or something about it, ended in a transport error (a time-out, a reset connection): the broker may have it or not. Logged as
-- an annotation; it changes no fact and ends nothing, in every status. What certainly did not reach the broker is oms.mark_failed().
-- Each call is an attempt of its own. Definer: nobody else may insert into the log. Raises OM001, OM007 (no error given), OM008, OM009, OM012.
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.record_attempt(
  order_id bigint,
  error text,
  occurred_at timestamptz DEFAULT NULL,
  actor text DEFAULT NULL,
  expected_version integer DEFAULT NULL,
  account text DEFAULT oms.current_account())
RETURNS oms.orders
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_before CONSTANT text[] := oms.enter_call(record_attempt.occurred_at, record_attempt.actor);
  v_order oms.orders;
BEGIN
  PERFORM oms.check_session(record_attempt.account);
  IF record_attempt.expected_version IS NOT NULL THEN
    PERFORM oms.check_version(record_attempt.order_id, record_attempt.account, record_attempt.expected_version);
  END IF;
  IF btrim(coalesce(record_attempt.error, '')) = '' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'error', 'order_id', record_attempt.order_id),
      'error says what went wrong, as the transport reported it');
  END IF;
  v_order := oms.get_order(record_attempt.order_id, record_attempt.account);
  PERFORM oms.annotate_order(v_order.order_id, v_order.account, 'attempted', record_attempt.error);
  v_order := oms.get_order(v_order.order_id, v_order.account);
  IF v_before IS NOT NULL THEN
    PERFORM oms.leave_call(v_before);
  END IF;
  RETURN v_order;
END
$$;

COMMENT ON FUNCTION oms.record_attempt(bigint, text, timestamptz, text, integer, text) IS 'A transport error while sending: logged with its text. Returns the order: as it was, but for version and updated_at.';
