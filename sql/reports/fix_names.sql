-- The codes of a FIX field and their names. Parsed, so that callers inline it.
-- field: ExecType, ExecTransType, OrdStatus, Side, OrdType, TimeInForce, ExecRestatementReason, OrdRejReason, CxlRejReason.
CREATE OR REPLACE FUNCTION oms.fix_names(field text)
RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SECURITY INVOKER
RETURN CASE field
  WHEN 'ExecType' THEN '{"0": "New", "1": "Partial Fill", "2": "Fill", "3": "Done for Day", "4": "Canceled", "5": "Replace", "6": "Pending Cancel",
      "7": "Stopped", "8": "Rejected", "9": "Suspended", "A": "Pending New", "B": "Calculated", "C": "Expired", "D": "Restated",
      "E": "Pending Replace", "F": "Trade", "G": "Trade Correct", "H": "Trade Cancel", "I": "Order Status", "J": "Trade in a Clearing Hold",
      "K": "Trade Released to Clearing", "L": "Triggered"}'::jsonb
  WHEN 'ExecTransType' THEN '{"0": "New", "1": "Cancel", "2": "Correct", "3": "Status"}'::jsonb
  WHEN 'OrdStatus' THEN '{"0": "New", "1": "Partially Filled", "2": "Filled", "3": "Done for Day", "4": "Canceled", "5": "Replaced",
      "6": "Pending Cancel", "7": "Stopped", "8": "Rejected", "9": "Suspended", "A": "Pending New", "B": "Calculated", "C": "Expired",
      "D": "Accepted for Bidding", "E": "Pending Replace"}'::jsonb
  WHEN 'Side' THEN '{"1": "Buy", "2": "Sell", "3": "Buy", "4": "Sell", "5": "Sell", "6": "Sell"}'::jsonb
  WHEN 'OrdType' THEN '{"1": "Market", "2": "Limit", "3": "Stop", "4": "Stop Limit"}'::jsonb
  WHEN 'TimeInForce' THEN '{"0": "Day", "1": "GTC", "2": "OPG", "3": "IOC", "4": "FOK", "6": "GTD"}'::jsonb
  WHEN 'ExecRestatementReason' THEN '{"0": "GT corporate action", "1": "GT renewal", "2": "Verbal change", "3": "Repricing of order",
      "4": "Broker option", "5": "Partial decline of OrderQty", "6": "Cancel on trading halt", "7": "Cancel on system failure",
      "8": "Market option", "9": "Canceled, not best", "10": "Warehouse recap", "11": "Peg refresh"}'::jsonb
  WHEN 'OrdRejReason' THEN '{"0": "Broker option", "1": "Unknown symbol", "2": "Exchange closed", "3": "Order exceeds limit",
      "4": "Too late to enter", "5": "Unknown order", "6": "Duplicate order", "7": "Duplicate of a verbally communicated order",
      "8": "Stale order", "9": "Trade along required", "10": "Invalid investor ID", "11": "Unsupported order characteristic",
      "13": "Incorrect quantity", "14": "Incorrect allocated quantity", "15": "Unknown account", "99": "Other"}'::jsonb
  WHEN 'CxlRejReason' THEN '{"0": "Too late to cancel", "1": "Unknown order", "2": "Broker option",
      "3": "Order already in pending cancel or pending replace status", "4": "Unable to process mass cancel", "5": "OrigOrdModTime differs",
      "6": "Duplicate ClOrdID received", "7": "Price exceeds current price", "8": "Price exceeds current price band",
      "18": "Invalid price increment", "99": "Other"}'::jsonb END;

COMMENT ON FUNCTION oms.fix_names(text) IS 'Internal: the codes of a FIX field and their names.';
