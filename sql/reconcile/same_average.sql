-- Whether an average that a broker states is the one of the fills, rounded or cut to its decimals, at least to two.
CREATE OR REPLACE FUNCTION oms.same_average(booked numeric, stated numeric)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN coalesce(booked = stated OR round(booked, scale(stated)) = stated OR abs(booked - stated) <= greatest(round(10::numeric ^ (- greatest(scale(stated), 2)), 20), abs(booked) * 1e-9), true);

COMMENT ON FUNCTION oms.same_average(numeric, numeric) IS 'Internal: whether a stated average is that of the fills.';
