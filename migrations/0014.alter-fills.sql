-- Checks what 0010 declared, in a transaction of its own: the fills are read beside running work.

SET lock_timeout = '5s';

ALTER TABLE oms.fills VALIDATE CONSTRAINT fills_quantity_ck;
