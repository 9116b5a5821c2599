-- The day in the account's own time zone: its trading day where nobody said which.
CREATE OR REPLACE FUNCTION oms.local_date(account text, moment timestamptz)
RETURNS date
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN (local_date.moment AT TIME ZONE coalesce((SELECT a.time_zone FROM oms.accounts a WHERE a.account = local_date.account), 'Asia/Kolkata'))::date;
END
$$;

COMMENT ON FUNCTION oms.local_date(text, timestamptz) IS 'Internal: the day of a moment in the time zone of the account.';
