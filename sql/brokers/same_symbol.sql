-- Whether two spellings name one instrument: NSE:SBIN, SBIN and SBIN-EQ; BTC/USDT and BTCUSDT.
CREATE OR REPLACE FUNCTION oms.same_symbol(symbol text, other text)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN symbol = other
  OR regexp_replace(regexp_replace(regexp_replace(upper(symbol), '^[A-Z]{2,6}:', ''), '-[A-Z]{2}$', ''), '[^A-Z0-9]', '', 'g')
   = regexp_replace(regexp_replace(regexp_replace(upper(other), '^[A-Z]{2,6}:', ''), '-[A-Z]{2}$', ''), '[^A-Z0-9]', '', 'g');

COMMENT ON FUNCTION oms.same_symbol(text, text) IS 'Internal: whether two spellings name one instrument.';
