-- What a rejection or failure text means: the first rule of oms.reject_rules that matches, the broker's own before those of any broker;
-- a row of nulls where none does. Without sequential scans: the index has the rules in their order.
CREATE OR REPLACE FUNCTION oms.match_reject_rule(refusal text, broker text DEFAULT '')
RETURNS oms.reject_rules
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  v_rule oms.reject_rules;
BEGIN
  SELECT r.* INTO v_rule
  FROM oms.reject_rules r
  WHERE r.broker IN ('', match_reject_rule.broker)
    AND (r.code IS NULL OR match_reject_rule.refusal ~ ('[[:<:]]' || r.code || '[[:>:]]'))
    AND (r.pattern IS NULL OR match_reject_rule.refusal ~* r.pattern)
  ORDER BY r.broker DESC, r.priority
  LIMIT 1;
  RETURN v_rule;
END
$$;

COMMENT ON FUNCTION oms.match_reject_rule(text, text) IS 'What a rejection or failure text of a broker means. Returns the rule of oms.reject_rules; a row of nulls where none matches.';
