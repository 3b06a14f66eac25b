-- Moves the cursor of a consumer, whoever has the lease.
--
-- KEYS  1 the consumer   2 the user's consumers (see appoint.lua)
-- ARGV  1 name   2 lifetime (ms)   3 cursor
-- Returns 1; 0 where there is no such consumer.

if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'cursor', ARGV[3], 'fence', nextFence(KEYS[1]), 'until', 0)
redis.call('HDEL', KEYS[1], 'offered', 'caller', 'acknowledged')
used(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return 1
