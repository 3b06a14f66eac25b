-- The subjects of a part whose time has come, those first that have waited longest.
--
-- KEYS  1 subjects by when they are next to be looked at   2 by which note each stands there
-- ARGV  1 most
-- Returns subject, when it was due, and mark of each.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local answer = {}
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[1])
for i = 1, #found, 2 do
  answer[#answer + 1] = found[i]
  answer[#answer + 1] = found[i + 1]
  answer[#answer + 1] = redis.call('HGET', KEYS[2], found[i]) or '0'
end
return answer
