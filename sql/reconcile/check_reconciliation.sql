-- The profile that translates a broker's book; refuses (OM007) what is no book, above all an error message in its place, which would make every
-- order missing.
CREATE OR REPLACE FUNCTION oms.check_reconciliation(snapshot jsonb, observed_at timestamptz, broker text, profile text, book text)
RETURNS oms.broker_profiles
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_profile oms.broker_profiles;
BEGIN
  SELECT b.* INTO v_profile FROM oms.broker_profiles b WHERE b.broker = check_reconciliation.profile;
  IF NOT FOUND THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'profile', 'value', check_reconciliation.profile),
      'profiles: ' || (SELECT string_agg(b.broker, ', ' ORDER BY b.broker) FROM oms.broker_profiles b) || '; for a broker of another name give one of them as profile, or add its own rows to oms.broker_profiles and oms.broker_statuses');
  ELSIF btrim(coalesce(check_reconciliation.broker, '')) = '' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'broker'), 'say whose book it is, as in oms.orders.broker');
  ELSIF check_reconciliation.book IS NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'book'), 'the book for orders nobody knows, such as ''manual''; '''' nets them with all the others');
  ELSIF (check_reconciliation.observed_at > '-infinity' AND check_reconciliation.observed_at <= oms.clock() + interval '1 minute') IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'observed_at', 'value', check_reconciliation.observed_at::text),
      'observed_at is when the broker was asked: a time that has come');
  ELSIF check_reconciliation.snapshot ->> 'status' IN ('error', 'failure', 'failed', 'fail') OR jsonb_typeof(check_reconciliation.snapshot -> 'error') IN ('string', 'object')
     OR coalesce(oms.snapshot_kind(check_reconciliation.snapshot, v_profile), 'unreadable') = 'unreadable' THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'snapshot', 'value', left(check_reconciliation.snapshot::text, 200)),
      'snapshot is the broker''s order book: a list of orders, or an object with data, orders or trades; [] if the broker says there are none');
  END IF;
  RETURN v_profile;
END
$$;

COMMENT ON FUNCTION oms.check_reconciliation(jsonb, timestamptz, text, text, text) IS 'Internal: refuses what is no broker''s book, and returns the profile that translates it.';
