-- The FIX name of an enumerated value, given by its code or by its name in any spelling; what FIX doesn't know comes back as it is.
-- field: see oms.fix_names(). Parsed, so that callers inline it.
CREATE OR REPLACE FUNCTION oms.fix_name(field text, written text)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN CASE WHEN written IS NOT NULL THEN coalesce(oms.fix_names(field) ->> written, oms.fix_spelling(field, written)) END;

COMMENT ON FUNCTION oms.fix_name(text, text) IS 'Internal: the FIX name of an enumerated value given by code or name.';
