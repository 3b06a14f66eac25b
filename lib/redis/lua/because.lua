-- Says why a connection is about to be ended: that is told of its end, whoever comes to notice it.
--
-- KEYS  1 connection (hash)
-- ARGV  1 reason
-- Returns 1.

if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSETNX', KEYS[1], 'reason', ARGV[1]) end
return 1
