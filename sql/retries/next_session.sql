-- The n-th session of a market that opens after a moment: from oms.trading_sessions where a calendar was loaded, Monday to Friday at the
-- market's hours on the days before and after. The one place that knows. Raises OM007 (no such market, no such moment, sessions below 1).
-- Without sequential scans: a plan made while the tables were empty must do when they are not.
CREATE OR REPLACE FUNCTION oms.next_session(market text, after timestamptz, sessions integer DEFAULT 1)
RETURNS oms.trading_sessions
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_market oms.markets;
  v_day date;
  v_left integer := next_session.sessions;
  v_next oms.trading_sessions;
BEGIN
  SELECT m.* INTO v_market FROM oms.markets m WHERE m.market = next_session.market;
  IF NOT FOUND THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'market', 'value', next_session.market),
      'oms.markets lists the markets; orderstamp sessions loads another, or an owner inserts its row');
  ELSIF isfinite(next_session.after) IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'after', 'value', next_session.after::text), 'after is a finite time');
  ELSIF (next_session.sessions BETWEEN 1 AND 250) IS NOT TRUE THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'sessions', 'value', next_session.sessions),
      'sessions is between 1 (the next one) and 250');
  END IF;
  -- The session of a day may open the evening before.
  v_day := (next_session.after AT TIME ZONE v_market.time_zone)::date - 1;
  WHILE v_left > 0 LOOP
    IF v_day BETWEEN v_market.loaded_from AND v_market.loaded_to THEN
      SELECT t.* INTO v_next
      FROM oms.trading_sessions t
      WHERE t.market = next_session.market AND t.session_date BETWEEN v_day AND v_market.loaded_to AND t.opens_at > next_session.after
      ORDER BY t.session_date
      LIMIT 1;
      v_left := v_left - CASE WHEN FOUND THEN 1 ELSE 0 END;
      v_day := coalesce(v_next.session_date, v_market.loaded_to) + 1;
    ELSE
      v_next := (next_session.market, v_day,
        (v_day - CASE WHEN v_market.opens_at < v_market.closes_at THEN 0 ELSE 1 END + v_market.opens_at) AT TIME ZONE v_market.time_zone,
        (v_day + v_market.closes_at) AT TIME ZONE v_market.time_zone);
      v_left := v_left - CASE WHEN extract(isodow FROM v_day) < 6 AND v_next.opens_at > next_session.after THEN 1 ELSE 0 END;
      v_day := v_day + 1;
    END IF;
  END LOOP;
  RETURN v_next;
END
$$;

COMMENT ON FUNCTION oms.next_session(text, timestamptz, integer) IS 'The next session of a market that opens after a moment, or the n-th. Returns its row: session_date, opens_at, closes_at.';
