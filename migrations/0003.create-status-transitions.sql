-- The legal moves, as rows. The README's state diagram is made from them.

SET lock_timeout = '5s';

CREATE TABLE IF NOT EXISTS oms.status_transitions (
  from_status  text COLLATE "C" NOT NULL,
  to_status    text COLLATE "C" NOT NULL,
  event_type   text COLLATE "C" NOT NULL,
  CONSTRAINT status_transitions_pk PRIMARY KEY (from_status, to_status, event_type),
  CONSTRAINT status_transitions_from_ck CHECK (from_status IN ('pending', 'ongoing', 'closed', 'failed', 'cancelled')),
  CONSTRAINT status_transitions_to_ck CHECK (to_status IN ('pending', 'ongoing', 'closed', 'failed', 'cancelled'))
);
COMMENT ON TABLE oms.status_transitions IS 'Legal status changes and the event that makes each. A change that is not here is refused (OM002).';
COMMENT ON COLUMN oms.status_transitions.from_status IS 'Status before the event.';
COMMENT ON COLUMN oms.status_transitions.to_status IS 'Status after the event; equal to from_status where the event repeats it.';
COMMENT ON COLUMN oms.status_transitions.event_type IS 'The only event that may make this change.';

INSERT INTO oms.status_transitions (from_status, to_status, event_type) VALUES
  ('pending',   'ongoing',   'executed'),
  ('pending',   'closed',    'executed'),
  ('pending',   'cancelled', 'cancelled'),
  ('pending',   'cancelled', 'expired'),
  ('pending',   'failed',    'rejected'),
  ('pending',   'failed',    'failed'),
  ('ongoing',   'closed',    'executed'),
  ('ongoing',   'closed',    'closed'),
  ('ongoing',   'closed',    'cancelled'),
  ('ongoing',   'closed',    'expired'),
  ('ongoing',   'closed',    'rejected'),
  ('ongoing',   'closed',    'failed'),
  ('ongoing',   'closed',    'quantity_adjusted'),
  ('failed',    'pending',   'retried'),
  ('failed',    'pending',   'manual_detected'),
  ('failed',    'failed',    'rejected'),
  ('failed',    'failed',    'failed'),
  ('failed',    'cancelled', 'cancelled'),
  ('failed',    'cancelled', 'expired'),
  -- A late fill is real.
  ('failed',    'ongoing',   'executed'),
  ('failed',    'closed',    'executed'),
  ('cancelled', 'ongoing',   'executed'),
  ('cancelled', 'closed',    'executed'),
  ('closed',    'ongoing',   'executed'),
  -- A bust or a correction takes executions back: of the order itself, or of the exit that had closed it.
  ('ongoing',   'pending',   'busted'),
  ('ongoing',   'cancelled', 'busted'),
  ('ongoing',   'closed',    'busted'),
  ('closed',    'ongoing',   'busted'),
  ('closed',    'pending',   'busted'),
  ('closed',    'cancelled', 'busted'),
  ('ongoing',   'closed',    'corrected'),
  ('closed',    'ongoing',   'corrected'),
  ('closed',    'ongoing',   'reopened')
ON CONFLICT DO NOTHING;
