-- The id of a fill that only a broker's total tells of: derived from the facts, so that two runs of one book book it once.
CREATE OR REPLACE FUNCTION oms.synthetic_exec_id(broker_order_id text, booked numeric, stated numeric, average numeric, fills integer)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN 'synthetic-' || left(encode(sha256(convert_to(concat_ws('|', broker_order_id, trim_scale(booked), trim_scale(stated), trim_scale(average), fills), 'UTF8')), 'hex'), 16);

COMMENT ON FUNCTION oms.synthetic_exec_id(text, numeric, numeric, numeric, integer) IS 'Internal: the id of a fill that only a broker''s total tells of.';
