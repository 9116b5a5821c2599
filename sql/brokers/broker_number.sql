-- A number as a broker writes it; null where it is none. The first two cases spare nearly all numbers the pattern. Parsed, so that callers inline it.
CREATE OR REPLACE FUNCTION oms.broker_number(written text)
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN CASE
  WHEN written = '' OR length(written) > 60 THEN NULL
  WHEN btrim(written, '0123456789') = '' THEN written::numeric
  WHEN btrim(written, '0123456789') = '.' AND written <> '.' THEN written::numeric
  WHEN written ~ '^[[:space:]]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,2})?[[:space:]]*$' THEN written::numeric END;

COMMENT ON FUNCTION oms.broker_number(text) IS 'Internal: a number as a broker writes it, null where it is none.';
