SET lock_timeout = '5s';
SELECT 'nothing to undo: a constraint stays true';
