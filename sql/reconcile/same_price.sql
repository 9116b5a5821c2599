-- Whether two prices told of one execution are the same: but for what a float loses, or one of them unknown.
CREATE OR REPLACE FUNCTION oms.same_price(booked numeric, stated numeric)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN coalesce(abs(booked - stated) <= abs(booked) * 0.000001, true);

COMMENT ON FUNCTION oms.same_price(numeric, numeric) IS 'Internal: whether two prices told of one execution are the same.';
