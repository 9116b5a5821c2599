-- The steps to a field as a profile gives them: one path, or alternatives from 0; null where there is no such alternative.
CREATE OR REPLACE FUNCTION oms.field_path(fields jsonb, field text, alternative integer)
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN string_to_array(CASE
  WHEN jsonb_typeof(fields -> field) = 'array' THEN fields -> field ->> alternative
  WHEN alternative = 0 THEN fields ->> field END, '.');

COMMENT ON FUNCTION oms.field_path(jsonb, text, integer) IS 'Internal: the steps to a field, as a profile gives them.';
