-- What a part of a broker's answer is: order, trade, a list, an envelope around lists, or none of these (unreadable). A trade names itself and
-- its order; an order itself. The paths are those of the profile, taken from it once. Parsed, so that callers inline it.
CREATE OR REPLACE FUNCTION oms.entry_kind(part jsonb, list text, order_path text[], trade_path text[], traded_path text[], other_traded_path text[])
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN CASE
  WHEN jsonb_typeof(part) = 'array' THEN 'list'
  WHEN jsonb_typeof(part) <> 'object' THEN 'unreadable'
  WHEN list = 'trades' THEN 'trade'
  WHEN part #>> trade_path IS NOT NULL AND (jsonb_typeof(part #> traded_path) IN ('string', 'number') OR jsonb_typeof(part #> other_traded_path) IN ('string', 'number')) THEN 'trade'
  WHEN part #>> order_path IS NOT NULL THEN 'order'
  WHEN jsonb_typeof(part -> 'data') IN ('array', 'object') OR jsonb_typeof(part -> 'orders') IN ('array', 'object')
    OR jsonb_typeof(part -> 'order') = 'object' OR (jsonb_typeof(part -> 'trades') = 'array' AND NOT part ? 'side') THEN 'envelope'
  ELSE 'unreadable' END;

COMMENT ON FUNCTION oms.entry_kind(jsonb, text, text[], text[], text[], text[]) IS 'Internal: what a part of a broker''s answer is.';
