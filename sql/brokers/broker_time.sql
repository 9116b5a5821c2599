-- A time as a broker writes it; null where it can't be read. Seconds, milli-, micro- or nanoseconds since 1970; ISO 8601, also with slashes;
-- 05-Nov-2024 08:11:38; a time of day alone, of that day. Without a zone it is the broker's local time.
CREATE OR REPLACE FUNCTION oms.broker_time(written text, time_zone text, day date)
RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  v_clock CONSTANT text := '(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.][0-9]+)?)?';
  v_zone CONSTANT text := '(?:Z|UTC| UTC|[-+](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)';
  v_written text := btrim(written);
  v_digits integer;
  v_month integer;
BEGIN
  IF v_written ~ '^[0-9]{9,19}(?:[.][0-9]{1,9})?$' THEN
    v_digits := length(split_part(v_written, '.', 1));
    RETURN timestamptz 'epoch' + make_interval(secs => (v_written::numeric
      / CASE WHEN v_digits > 17 THEN 1000000000 WHEN v_digits > 14 THEN 1000000 WHEN v_digits > 11 THEN 1000 ELSE 1 END)::double precision);
  ELSIF v_written ~ ('^' || v_clock || '$') THEN
    RETURN (day + v_written::time) AT TIME ZONE time_zone;
  ELSIF v_written ~ '^[0-9]{1,2}[- ](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*(?:[- ]|, )[0-9]{4}(?: |$)' THEN
    v_month := (strpos('JanFebMarAprMayJunJulAugSepOctNovDec', substring(v_written FROM '[A-Z][a-z]{2}')) + 2) / 3;
    v_written := concat(substring(v_written FROM '[0-9]{4}'), '-', lpad(v_month::text, 2, '0'), '-',
      lpad(substring(v_written FROM '^[0-9]+'), 2, '0'), substring(v_written FROM '[0-9]{4}(.*)$'));
  ELSIF v_written ~ '^[0-9]{4}/[0-9][0-9]/[0-9][0-9]' THEN
    v_written := overlay(overlay(v_written PLACING '-' FROM 5) PLACING '-' FROM 8);
  END IF;
  IF v_written !~ ('^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:[T ]' || v_clock || v_zone || '?)?$')
     OR substr(v_written, 1, 4) = '0000'
     OR substr(v_written, 9, 2)::integer > oms.days_in_month(substr(v_written, 1, 4)::integer, substr(v_written, 6, 2)::integer) THEN
    RETURN NULL;
  END IF;
  RETURN CASE WHEN v_written ~ (':[0-9][0-9](?:[.][0-9]+)?' || v_zone || '$') THEN v_written::timestamptz ELSE v_written::timestamp AT TIME ZONE time_zone END;
END
$$;

COMMENT ON FUNCTION oms.broker_time(text, text, date) IS 'Internal: a time as a broker writes it, null where it can''t be read.';
