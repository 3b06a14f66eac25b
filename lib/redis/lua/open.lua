-- Writes the record of a connection, unless it is another user's.
--
-- KEYS  1 connection (hash)
-- ARGV  1 user   2 endpoint   3 capabilities   4 session   5 lifetime (ms)
-- Returns 1, or 0 where the record is another user's.

local user = redis.call('HGET', KEYS[1], 'user')
if user and user ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'endpoint', ARGV[2], 'capabilities', ARGV[3], 'session', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
