-- Has a subject looked at: something may be to be told of it soon (NX, before it comes true), or is (LT, behind that).
--
-- KEYS  1 subjects by when they are next to be looked at (sorted set, ms since 1970 by this machine)
--       2 by which note each stands there (hash: subject -> microseconds since 1970, or later)
-- ARGV  1 subject   2 ms until it is looked at; with NX, until whoever noted it has made it true, or never will
--       3 lifetime (ms)   4 NX: where it is not noted yet; LT: where it would be looked at later
-- Returns 1.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local mark = math.max(tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0') + 1, now)
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', mark))
redis.call('ZADD', KEYS[1], ARGV[4], string.format('%.0f', math.floor(now / 1000) + ARGV[2]), ARGV[1])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[3]) end
return 1
