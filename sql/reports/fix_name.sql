-- The FIX name of an enumerated value, given by its code or by its name in any spelling; what FIX doesn't know comes back as it is.
-- field: ExecType, ExecTransType, OrdStatus, Side, OrdType, TimeInForce, ExecRestatementReason, OrdRejReason, CxlRejReason.
CREATE OR REPLACE FUNCTION oms.fix_name(field text, written text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_names CONSTANT jsonb := CASE field
    WHEN 'ExecType' THEN '{"0": "New", "1": "Partial Fill", "2": "Fill", "3": "Done for Day", "4": "Canceled", "5": "Replace", "6": "Pending Cancel",
      "7": "Stopped", "8": "Rejected", "9": "Suspended", "A": "Pending New", "B": "Calculated", "C": "Expired", "D": "Restated",
      "E": "Pending Replace", "F": "Trade", "G": "Trade Correct", "H": "Trade Cancel", "I": "Order Status", "J": "Trade in a Clearing Hold",
      "K": "Trade Released to Clearing", "L": "Triggered"}'
    WHEN 'ExecTransType' THEN '{"0": "New", "1": "Cancel", "2": "Correct", "3": "Status"}'
    WHEN 'OrdStatus' THEN '{"0": "New", "1": "Partially Filled", "2": "Filled", "3": "Done for Day", "4": "Canceled", "5": "Replaced",
      "6": "Pending Cancel", "7": "Stopped", "8": "Rejected", "9": "Suspended", "A": "Pending New", "B": "Calculated", "C": "Expired",
      "D": "Accepted for Bidding", "E": "Pending Replace"}'
    WHEN 'Side' THEN '{"1": "Buy", "2": "Sell", "3": "Buy", "4": "Sell", "5": "Sell", "6": "Sell"}'
    WHEN 'OrdType' THEN '{"1": "Market", "2": "Limit", "3": "Stop", "4": "Stop Limit"}'
    WHEN 'TimeInForce' THEN '{"0": "Day", "1": "GTC", "2": "OPG", "3": "IOC", "4": "FOK", "6": "GTD"}'
    WHEN 'ExecRestatementReason' THEN '{"0": "GT corporate action", "1": "GT renewal", "2": "Verbal change", "3": "Repricing of order",
      "4": "Broker option", "5": "Partial decline of OrderQty", "6": "Cancel on trading halt", "7": "Cancel on system failure",
      "8": "Market option", "9": "Canceled, not best", "10": "Warehouse recap", "11": "Peg refresh"}'
    WHEN 'OrdRejReason' THEN '{"0": "Broker option", "1": "Unknown symbol", "2": "Exchange closed", "3": "Order exceeds limit",
      "4": "Too late to enter", "5": "Unknown order", "6": "Duplicate order", "7": "Duplicate of a verbally communicated order",
      "8": "Stale order", "9": "Trade along required", "10": "Invalid investor ID", "11": "Unsupported order characteristic",
      "13": "Incorrect quantity", "14": "Incorrect allocated quantity", "15": "Unknown account", "99": "Other"}'
    WHEN 'CxlRejReason' THEN '{"0": "Too late to cancel", "1": "Unknown order", "2": "Broker option",
      "3": "Order already in pending cancel or pending replace status", "4": "Unable to process mass cancel", "5": "OrigOrdModTime differs",
      "6": "Duplicate ClOrdID received", "7": "Price exceeds current price", "8": "Price exceeds current price band",
      "18": "Invalid price increment", "99": "Other"}' END;
  v_letters CONSTANT text := lower(regexp_replace(written, '[^[:alnum:]]', '', 'g'));
BEGIN
  IF v_names ? btrim(written) THEN
    RETURN v_names ->> btrim(written);
  END IF;
  RETURN coalesce(
    CASE
      WHEN field = 'ExecType' AND v_letters IN ('cancelled', 'replaced', 'partiallyfilled', 'filled', 'status', 'triggeredoractivatedbysystem')
        THEN CASE v_letters WHEN 'cancelled' THEN 'Canceled' WHEN 'replaced' THEN 'Replace' WHEN 'partiallyfilled' THEN 'Partial Fill'
          WHEN 'filled' THEN 'Fill' WHEN 'status' THEN 'Order Status' ELSE 'Triggered' END
      WHEN field = 'OrdStatus' AND v_letters = 'cancelled' THEN 'Canceled'
      WHEN field = 'Side' AND v_letters LIKE 'sell%' THEN 'Sell'
      WHEN field = 'Side' AND v_letters LIKE 'buy%' THEN 'Buy'
      WHEN field = 'TimeInForce' THEN CASE v_letters WHEN 'goodtillcancel' THEN 'GTC' WHEN 'goodtilldate' THEN 'GTD' WHEN 'attheopening' THEN 'OPG'
        WHEN 'immediateorcancel' THEN 'IOC' WHEN 'fillorkill' THEN 'FOK' END
      WHEN field = 'ExecRestatementReason' AND v_letters LIKE 'gt%renewal%' THEN 'GT renewal'
      WHEN field = 'ExecRestatementReason' AND v_letters LIKE 'gt%corporateaction' THEN 'GT corporate action'
    END,
    (SELECT n.value FROM jsonb_each_text(v_names) n WHERE lower(regexp_replace(n.value, '[^[:alnum:]]', '', 'g')) = v_letters LIMIT 1),
    nullif(btrim(written), ''));
END
$$;

COMMENT ON FUNCTION oms.fix_name(text, text) IS 'Internal: the FIX name of an enumerated value given by code or name.';
