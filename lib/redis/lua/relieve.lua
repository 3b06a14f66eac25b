-- Begins a watch over a part of what is to be announced, whoever held the one before.
--
-- KEYS  1 the watch (hash: fence, mark)
-- ARGV  1 lifetime (ms)   2 the caller's clock (microseconds since 1970)
-- Returns the fence.

local time = redis.call('TIME')
local now = math.max(tonumber(time[1]) * 1000000 + tonumber(time[2]), tonumber(ARGV[2]))
-- By the clock too, so that fences go on higher where the highest was forgotten.
local fence = string.format('%.0f', math.max(tonumber(redis.call('HGET', KEYS[1], 'fence') or 0) + 1, now))
redis.call('HSET', KEYS[1], 'fence', fence)
if redis.call('PEXPIRE', KEYS[1], ARGV[1], 'GT') == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[1], 'NX') end
return fence
