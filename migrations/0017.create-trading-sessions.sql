-- When markets trade: sessions as rows where a calendar was loaded, Monday to Friday at the market's hours elsewhere. Each account
-- has a market, and says how many of its sessions a failed order is worth.

SET lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS oms.markets (
  market       text COLLATE "C" NOT NULL,
  time_zone    text NOT NULL,
  opens_at     time NOT NULL,
  closes_at    time NOT NULL,
  loaded_from  date,
  loaded_to    date,
  CONSTRAINT markets_pk PRIMARY KEY (market),
  CONSTRAINT markets_market_ck CHECK (btrim(market) <> ''),
  -- A zone that doesn't exist fails here, not where a session is looked for.
  CONSTRAINT markets_time_zone_ck CHECK ((timestamptz '2000-01-01 00:00+00' AT TIME ZONE time_zone) IS NOT NULL),
  CONSTRAINT markets_loaded_ck CHECK ((loaded_from IS NULL) = (loaded_to IS NULL) AND loaded_from <= loaded_to
    AND isfinite(loaded_from) AND isfinite(loaded_to))
);
COMMENT ON TABLE oms.markets IS 'Markets and their hours. From loaded_from to loaded_to oms.trading_sessions has every session; on other days Monday to Friday is assumed.';
COMMENT ON COLUMN oms.markets.market IS 'ISO 10383 code (MIC).';
COMMENT ON COLUMN oms.markets.time_zone IS 'IANA zone of opens_at and closes_at.';
COMMENT ON COLUMN oms.markets.opens_at IS 'When an assumed session opens, local time; not before closes_at: on the day before.';
COMMENT ON COLUMN oms.markets.closes_at IS 'When an assumed session closes, local time.';
COMMENT ON COLUMN oms.markets.loaded_from IS 'First day of the loaded calendar; null where none is.';
COMMENT ON COLUMN oms.markets.loaded_to IS 'Last day of the loaded calendar. A day between without a session is a holiday.';

INSERT INTO oms.markets (market, time_zone, opens_at, closes_at) VALUES ('XNSE', 'Asia/Kolkata', '09:15', '15:30')
ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS oms.trading_sessions (
  market        text COLLATE "C" NOT NULL,
  session_date  date NOT NULL,
  opens_at      timestamptz NOT NULL,
  closes_at     timestamptz NOT NULL,
  CONSTRAINT trading_sessions_pk PRIMARY KEY (market, session_date),
  CONSTRAINT trading_sessions_market_fk FOREIGN KEY (market) REFERENCES oms.markets (market),
  CONSTRAINT trading_sessions_hours_ck CHECK (opens_at < closes_at AND isfinite(opens_at) AND isfinite(closes_at))
);
COMMENT ON TABLE oms.trading_sessions IS 'The sessions of a market, as a calendar has them. Written by oms.load_sessions().';
COMMENT ON COLUMN oms.trading_sessions.market IS 'The market.';
COMMENT ON COLUMN oms.trading_sessions.session_date IS 'The trading day.';
COMMENT ON COLUMN oms.trading_sessions.opens_at IS 'When trading opens.';
COMMENT ON COLUMN oms.trading_sessions.closes_at IS 'When trading closes.';

ALTER TABLE oms.accounts ADD COLUMN IF NOT EXISTS market text COLLATE "C" NOT NULL DEFAULT 'XNSE';
ALTER TABLE oms.accounts ADD COLUMN IF NOT EXISTS retry_sessions integer NOT NULL DEFAULT 1;
-- Added again at once, so that the step can be repeated; accounts holds a row per tenant at most, read in no time.
-- squawk-ignore ban-drop-constraint
ALTER TABLE oms.accounts DROP CONSTRAINT IF EXISTS accounts_market_fk;
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
ALTER TABLE oms.accounts ADD CONSTRAINT accounts_market_fk FOREIGN KEY (market) REFERENCES oms.markets (market);
-- squawk-ignore ban-drop-constraint
ALTER TABLE oms.accounts DROP CONSTRAINT IF EXISTS accounts_retry_sessions_ck;
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE oms.accounts ADD CONSTRAINT accounts_retry_sessions_ck CHECK (retry_sessions BETWEEN 0 AND 250);
COMMENT ON COLUMN oms.accounts.market IS 'The market whose sessions the account trades.';
COMMENT ON COLUMN oms.accounts.retry_sessions IS 'A failed order expires at the close of the n-th session that opens after it first failed; 0: never by itself.';
