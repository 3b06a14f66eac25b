-- Gives the lease of a consumer back, and moves its cursor over what nobody was handed.
--
-- KEYS  1 the consumer   2 the user's consumers (see appoint.lua)
-- ARGV  1 name   2 lifetime (ms)   3 fence   4 cursor
-- Returns 1; 0 where the lease is another's.

if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[3] then return 0 end
-- Under another fence, so that an offer which was sent before and arrives late leases it to nobody.
redis.call('HSET', KEYS[1], 'cursor', ARGV[4], 'until', 0, 'fence', nextFence(KEYS[1]))
redis.call('HDEL', KEYS[1], 'offered', 'caller')
used(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return 1
