-- Loads the calendar of a market from first_date to last_date: what is listed are its sessions, any other day of the range is a holiday. Sessions
-- that have closed already stay as they are; the rest of the range becomes what is listed, and days outside stay. Repeating it changes nothing.
-- A new market needs its zone and hours; a known one keeps them. For owners: sessions are everybody's. Locks the market's row.
-- Raises OM007: the lists differ in length, a session lies outside the range or twice, the range leaves a gap after what is loaded.
CREATE OR REPLACE FUNCTION oms.load_sessions(
  market text,
  first_date date,
  last_date date,
  session_dates date[],
  opens_at timestamptz[],
  closes_at timestamptz[],
  time_zone text DEFAULT NULL,
  usual_open time DEFAULT NULL,
  usual_close time DEFAULT NULL,
  OUT added integer,
  OUT changed integer,
  OUT removed integer)
RETURNS record
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  v_market oms.markets;
  v_now CONSTANT timestamptz := oms.clock();
  v_defect text;
BEGIN
  INSERT INTO oms.markets (market, time_zone, opens_at, closes_at)
  SELECT load_sessions.market, load_sessions.time_zone, load_sessions.usual_open, load_sessions.usual_close
  WHERE load_sessions.time_zone IS NOT NULL AND load_sessions.usual_open IS NOT NULL AND load_sessions.usual_close IS NOT NULL
  ON CONFLICT DO NOTHING;
  SELECT m.* INTO v_market FROM oms.markets m WHERE m.market = load_sessions.market FOR UPDATE;
  v_defect := CASE
    WHEN NOT FOUND THEN 'a new market needs time_zone, usual_open and usual_close'
    WHEN (load_sessions.first_date <= load_sessions.last_date AND isfinite(load_sessions.first_date) AND isfinite(load_sessions.last_date)) IS NOT TRUE
      THEN 'first_date is not after last_date'
    WHEN load_sessions.session_dates IS NULL OR load_sessions.opens_at IS NULL OR load_sessions.closes_at IS NULL
      OR cardinality(load_sessions.session_dates) <> cardinality(load_sessions.opens_at)
      OR cardinality(load_sessions.session_dates) <> cardinality(load_sessions.closes_at) THEN 'session_dates, opens_at and closes_at are of one length'
    WHEN load_sessions.last_date < v_market.loaded_from - 1 OR load_sessions.first_date > v_market.loaded_to + 1 THEN
      'loaded is ' || v_market.loaded_from || ' to ' || v_market.loaded_to || '; a gap would be taken for holidays: load a range that touches it'
    WHEN EXISTS (SELECT FROM unnest(load_sessions.session_dates) AS s (day) WHERE (s.day BETWEEN load_sessions.first_date AND load_sessions.last_date) IS NOT TRUE)
      OR (SELECT count(DISTINCT s.day) < count(*) FROM unnest(load_sessions.session_dates) AS s (day)) THEN 'each session is a day of the range, listed once' END;
  IF v_defect IS NOT NULL THEN
    PERFORM oms.raise_error('invalid_argument', jsonb_build_object('argument', 'session_dates', 'market', load_sessions.market,
      'first_date', load_sessions.first_date, 'last_date', load_sessions.last_date), v_defect);
  END IF;

  UPDATE oms.markets m SET loaded_from = least(m.loaded_from, load_sessions.first_date), loaded_to = greatest(m.loaded_to, load_sessions.last_date)
  WHERE m.market = load_sessions.market;
  DELETE FROM oms.trading_sessions t
  WHERE t.market = load_sessions.market AND t.session_date BETWEEN load_sessions.first_date AND load_sessions.last_date
    AND t.closes_at > v_now AND t.session_date <> ALL (load_sessions.session_dates);
  GET DIAGNOSTICS removed = ROW_COUNT;
  UPDATE oms.trading_sessions t SET opens_at = s.opens_at, closes_at = s.closes_at
  FROM unnest(load_sessions.session_dates, load_sessions.opens_at, load_sessions.closes_at) AS s (session_date, opens_at, closes_at)
  WHERE t.market = load_sessions.market AND t.session_date = s.session_date AND t.closes_at > v_now
    AND (t.opens_at, t.closes_at) IS DISTINCT FROM (s.opens_at, s.closes_at);
  GET DIAGNOSTICS changed = ROW_COUNT;
  INSERT INTO oms.trading_sessions (market, session_date, opens_at, closes_at)
  SELECT load_sessions.market, s.session_date, s.opens_at, s.closes_at
  FROM unnest(load_sessions.session_dates, load_sessions.opens_at, load_sessions.closes_at) AS s (session_date, opens_at, closes_at)
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
END
$$;

COMMENT ON FUNCTION oms.load_sessions(text, date, date, date[], timestamptz[], timestamptz[], text, time, time) IS 'Loads the sessions of a market for a range of days. Returns how many were added, changed and removed.';
