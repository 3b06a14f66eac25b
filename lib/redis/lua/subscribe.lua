-- Adds to a connection's own list of subscriptions, whole or not at all.
--
-- KEYS  1 connection (hash)   2 its subscriptions (set)
-- ARGV  1 user   2 endpoint   3 capabilities   4 lifetime (ms)   5 most subscriptions   then the texts
-- Returns 1, or 0 where the list would grow beyond the most.
--
-- The record is written again too: it may have been lost, and the list must never outlive it.

local new = 0
for i = 6, #ARGV do
  if redis.call('SISMEMBER', KEYS[2], ARGV[i]) == 0 then new = new + 1 end
end
if redis.call('SCARD', KEYS[2]) + new > tonumber(ARGV[5]) then return 0 end

redis.call('HSET', KEYS[1], 'user', ARGV[1], 'endpoint', ARGV[2], 'capabilities', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
for i = 6, #ARGV do redis.call('SADD', KEYS[2], ARGV[i]) end
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 1
