-- A time of an entry: the first of the alternatives of its field that can be read, by the profile's zone; null where none can.
CREATE OR REPLACE FUNCTION oms.entry_time(payload jsonb, fields jsonb, field text, profile oms.broker_profiles, day date)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_time timestamptz;
BEGIN
  FOR alternative IN 0..3 LOOP
    v_time := oms.broker_time(payload #>> oms.field_path(fields, field, alternative), profile.time_zone, day);
    EXIT WHEN v_time IS NOT NULL;
  END LOOP;
  RETURN v_time;
END
$$;

COMMENT ON FUNCTION oms.entry_time(jsonb, jsonb, text, oms.broker_profiles, date) IS 'Internal: a time of an entry of a broker''s book.';
