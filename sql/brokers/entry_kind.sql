-- What a part of a broker's answer is: order, trade, a list, an envelope around lists, or none of these (unreadable). A trade names itself and
-- its order; an order itself.
CREATE OR REPLACE FUNCTION oms.entry_kind(part jsonb, list text, profile oms.broker_profiles)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN CASE
  WHEN jsonb_typeof(part) = 'array' THEN 'list'
  WHEN jsonb_typeof(part) <> 'object' THEN 'unreadable'
  WHEN list = 'trades' THEN 'trade'
  WHEN part #>> oms.field_path((profile).trade_fields, 'exec_id', 0) IS NOT NULL
    AND coalesce(part #>> oms.field_path((profile).trade_fields, 'broker_order_id', 0), part #>> oms.field_path((profile).trade_fields, 'broker_order_id', 1)) IS NOT NULL
    AND jsonb_typeof(part #> oms.field_path((profile).trade_fields, 'broker_order_id', 0)) IS DISTINCT FROM 'object' THEN 'trade'
  WHEN part #>> oms.field_path((profile).order_fields, 'broker_order_id', 0) IS NOT NULL THEN 'order'
  WHEN jsonb_typeof(part -> 'data') IN ('array', 'object') OR jsonb_typeof(part -> 'orders') IN ('array', 'object')
    OR jsonb_typeof(part -> 'order') = 'object' OR (jsonb_typeof(part -> 'trades') = 'array' AND NOT part ? 'side') THEN 'envelope'
  ELSE 'unreadable' END;

COMMENT ON FUNCTION oms.entry_kind(jsonb, text, oms.broker_profiles) IS 'Internal: what a part of a broker''s answer is.';
