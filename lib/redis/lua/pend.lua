-- Notes that histories were appended to, of which back-ends are to hear.
--
-- KEYS  1 histories by when they are next to be looked at (sorted set, ms since 1970 by this machine)
--       2 by which note each stands there (hash)   3 the watch (hash: fence; mark, that of the latest note)
-- ARGV  1 lifetime (ms)   2... histories, a thousand at most
-- Returns nothing.
--
-- One that waits already keeps its place: what is appended to it all the time would wait for ever otherwise.

local time = redis.call('TIME')
local microseconds = tonumber(time[1]) * 1000000 + tonumber(time[2])
local text = function(number) return string.format('%.0f', number) end
-- By the clock too, so that marks go on higher where the latest was forgotten.
local mark = text(math.max(tonumber(redis.call('HGET', KEYS[3], 'mark') or 0) + 1, microseconds))
redis.call('HSET', KEYS[3], 'mark', mark)
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 'NX', text(math.floor(microseconds / 1000)), ARGV[i])
  redis.call('HSET', KEYS[2], ARGV[i], mark)
end
for _, key in ipairs(KEYS) do
  -- Never shortened: what was noted under a longer retention waits as long.
  if redis.call('PEXPIRE', key, ARGV[1], 'GT') == 0 then redis.call('PEXPIRE', key, ARGV[1], 'NX') end
end
