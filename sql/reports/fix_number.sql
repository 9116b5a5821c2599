-- A number field of a report, null where it is absent or empty. Raises OM007 where it is no number. Parsed, so that callers inline it.
CREATE OR REPLACE FUNCTION oms.fix_number(report jsonb, field text)
RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN CASE
  WHEN report ->> field ~ '^[[:space:]]*[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]{1,2})?[[:space:]]*$' AND length(report ->> field) < 60 THEN (report ->> field)::numeric
  WHEN btrim(report ->> field) <> '' THEN oms.no_number(field, report ->> field) END;

COMMENT ON FUNCTION oms.fix_number(jsonb, text) IS 'Internal: a number field of a report.';
