-- Has a subject looked at now: what was foreseen of it is true.
--
-- KEYS  1 subjects by when they are next to be looked at
-- ARGV  1 subject   2 lifetime (ms)
-- Returns 1.

local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
