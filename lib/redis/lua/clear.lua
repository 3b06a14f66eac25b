-- Forgets that a history is to be announced, unless it was noted again.
--
-- KEYS  1 histories by when they are next to be looked at   2 by which note each stands there   3 the watch
-- ARGV  1 fence   2 history   3 mark
-- Returns 1; 0 where a later watch has begun.

if redis.call('HGET', KEYS[3], 'fence') ~= ARGV[1] then return 0 end
if (redis.call('HGET', KEYS[2], ARGV[2]) or '0') == ARGV[3] then
  redis.call('ZREM', KEYS[1], ARGV[2])
  redis.call('HDEL', KEYS[2], ARGV[2])
end
return 1
