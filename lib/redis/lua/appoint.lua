-- Makes a consumer, or changes what it follows.
--
-- KEYS  1 the consumer (hash: patterns, cursor, made, fence, until, caller, offered, acknowledged)
--       2 the user's consumers (sorted set: names by when they are forgotten, ms)
-- ARGV  1 name   2 lifetime (ms)   3 patterns   4 cursor of one that is made   5 most consumers of a user
-- Returns 1; 0 where the user has too many.

local now = milliseconds()
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
  redis.call('ZREM', KEYS[2], ARGV[1])
  if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return 0 end
  redis.call('HSET', KEYS[1], 'cursor', ARGV[4], 'made', now, 'patterns', ARGV[3])
elseif redis.call('HGET', KEYS[1], 'patterns') ~= ARGV[3] then
  -- Whoever reads by other patterns must not move the cursor over what the new ones match.
  redis.call('HSET', KEYS[1], 'patterns', ARGV[3], 'fence', nextFence(KEYS[1]), 'until', 0)
  redis.call('HDEL', KEYS[1], 'offered', 'caller', 'acknowledged')
end
used(KEYS[1], KEYS[2], ARGV[1], ARGV[2])
return 1
