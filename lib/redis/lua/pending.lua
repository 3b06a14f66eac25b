-- The histories of a part whose time has come, those first that have waited longest.
--
-- KEYS  1 histories by when they are next to be looked at   2 by which note each stands there   3 the watch
-- ARGV  1 fence   2 most
-- Returns history and mark of each; nil where a later watch has begun.

if redis.call('HGET', KEYS[3], 'fence') ~= ARGV[1] then return false end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local answer = {}
for _, history in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  answer[#answer + 1] = history
  answer[#answer + 1] = redis.call('HGET', KEYS[2], history) or '0'
end
return answer
