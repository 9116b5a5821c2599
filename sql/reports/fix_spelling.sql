-- The FIX name of an enumerated value that is no code: its name in any spelling; what FIX doesn't know comes back as it is.
CREATE OR REPLACE FUNCTION oms.fix_spelling(field text, written text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_letters CONSTANT text := lower(regexp_replace(written, '[^[:alnum:]]', '', 'g'));
BEGIN
  IF oms.fix_names(field) ? btrim(written) THEN
    RETURN oms.fix_names(field) ->> btrim(written);
  END IF;
  RETURN coalesce(
    CASE
      WHEN field = 'ExecType' AND v_letters IN ('cancelled', 'replaced', 'partiallyfilled', 'filled', 'status', 'triggeredoractivatedbysystem')
        THEN CASE v_letters WHEN 'cancelled' THEN 'Canceled' WHEN 'replaced' THEN 'Replace' WHEN 'partiallyfilled' THEN 'Partial Fill'
          WHEN 'filled' THEN 'Fill' WHEN 'status' THEN 'Order Status' ELSE 'Triggered' END
      WHEN field = 'OrdStatus' AND v_letters = 'cancelled' THEN 'Canceled'
      WHEN field = 'Side' AND v_letters LIKE 'sell%' THEN 'Sell'
      WHEN field = 'Side' AND v_letters LIKE 'buy%' THEN 'Buy'
      WHEN field = 'TimeInForce' THEN CASE WHEN v_letters LIKE 'goodtillcancel%' THEN 'GTC' WHEN v_letters LIKE 'goodtilldate%' THEN 'GTD'
        WHEN v_letters LIKE 'attheopening%' THEN 'OPG' WHEN v_letters LIKE 'immediateorcancel%' THEN 'IOC' WHEN v_letters LIKE 'fillorkill%' THEN 'FOK' END
      WHEN field = 'ExecRestatementReason' AND v_letters LIKE 'gt%renewal%' THEN 'GT renewal'
      WHEN field = 'ExecRestatementReason' AND v_letters LIKE 'gt%corporateaction' THEN 'GT corporate action'
    END,
    (SELECT n.value FROM jsonb_each_text(oms.fix_names(field)) n WHERE lower(regexp_replace(n.value, '[^[:alnum:]]', '', 'g')) = v_letters LIMIT 1),
    nullif(btrim(written), ''));
END
$$;

COMMENT ON FUNCTION oms.fix_spelling(text, text) IS 'Internal: the FIX name of a name in any spelling.';
