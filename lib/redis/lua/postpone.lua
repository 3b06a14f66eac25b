-- Puts a history off that is to be announced.
--
-- KEYS  1 histories by when they are next to be looked at   2 the watch
-- ARGV  1 fence   2 history   3 ms from now
-- Returns 1; 0 where a later watch has begun.

if redis.call('HGET', KEYS[2], 'fence') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZADD', KEYS[1], 'XX', string.format('%.0f', now + tonumber(ARGV[3])), ARGV[2])
return 1
