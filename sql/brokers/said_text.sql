-- The text of a field: the first of its two alternatives that says something; null where both are missing. said is the first, taken from the payload
-- already; other the path to the second. Parsed, so that callers inline it.
CREATE OR REPLACE FUNCTION oms.said_text(said text, payload jsonb, other text[], missing text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN CASE WHEN said <> ALL (missing) THEN said WHEN payload #>> other <> ALL (missing) THEN payload #>> other END;

COMMENT ON FUNCTION oms.said_text(text, jsonb, text[], text[]) IS 'Internal: the text of a field of an entry, null where it is missing.';
