-- What a broker's answer is as a whole, or a part of it: see oms.entry_kind().
CREATE OR REPLACE FUNCTION oms.snapshot_kind(snapshot jsonb, profile oms.broker_profiles)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN oms.entry_kind(snapshot, NULL, oms.field_path(profile.order_fields, 'broker_order_id', 0), oms.field_path(profile.trade_fields, 'exec_id', 0),
    oms.field_path(profile.trade_fields, 'broker_order_id', 0), oms.field_path(profile.trade_fields, 'broker_order_id', 1));
END
$$;

COMMENT ON FUNCTION oms.snapshot_kind(jsonb, oms.broker_profiles) IS 'Internal: what a broker''s answer is as a whole.';
