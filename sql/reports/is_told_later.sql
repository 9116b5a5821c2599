-- Whether a report of one of these types is on record that happened later than the one being applied, and, where a field is named, says it too: the
-- one being applied comes too late to change that.
CREATE OR REPLACE FUNCTION oms.is_told_later(order_id bigint, account text, exec_types text[], field text DEFAULT NULL)
RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN EXISTS (
    SELECT FROM oms.execution_reports r
    WHERE r.order_id = is_told_later.order_id AND r.account = is_told_later.account AND r.exec_type = ANY (is_told_later.exec_types)
      AND r.occurred_at > oms.context_time() AND (is_told_later.field IS NULL OR r.report ? is_told_later.field));
END
$$;

COMMENT ON FUNCTION oms.is_told_later(bigint, text, text[], text) IS 'Internal: whether something later is on record already.';
