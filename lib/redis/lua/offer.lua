-- Says to where the cursor of a consumer is to move, and lets the lease go on.
--
-- KEYS  1 the consumer   2 the user's consumers (see appoint.lua)
-- ARGV  1 name   2 lifetime (ms)   3 fence   4 cursor   5 duration of the lease from now (ms)
-- Returns 1; 0 where the lease is another's.

if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'offered', ARGV[4], 'until', milliseconds() + tonumber(ARGV[5]))
used(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return 1
