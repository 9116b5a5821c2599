-- The trading day of a report: TradeDate, else the day of TransactTime in the account's time zone; null where it says neither. Raises OM007.
CREATE OR REPLACE FUNCTION oms.report_day(report jsonb, account text)
RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN coalesce(oms.fix_date(report, 'TradeDate'), oms.local_date(account, oms.context_time()));
END
$$;

COMMENT ON FUNCTION oms.report_day(jsonb, text) IS 'Internal: the trading day of a report.';
