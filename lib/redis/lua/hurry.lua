-- Has a subject looked at soon: what was foreseen of it is true.
--
-- KEYS  1 subjects by when they are next to be looked at   2 by which note each stands there
-- ARGV  1 subject   2 ms until then   3 lifetime (ms)
-- Returns 1.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local mark = math.max(tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') + 1, now)
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', mark))
redis.call('ZADD', KEYS[1], 'LT', string.format('%.0f', math.floor(now / 1000) + ARGV[2]), ARGV[1])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
return 1
