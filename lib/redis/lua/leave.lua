-- Begins the end of a connection: its list of subscriptions gives way to a copy, so that whoever still adds to the
-- connection's listeners finds them held no more.
--
-- KEYS  1 its subscriptions (set)   2 the copy (set)
-- ARGV  1 lifetime of the copy (ms)
-- Returns the texts of the copy, those of an earlier call that did not come to its end among them.

redis.call('SUNIONSTORE', KEYS[2], KEYS[2], KEYS[1])
redis.call('DEL', KEYS[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return redis.call('SMEMBERS', KEYS[2])
