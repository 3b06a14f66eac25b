-- Claims the end of an open connection: of several who notice, one counts it, however often it is sent again. It is left
-- out of those that are open by a score below zero, until whoever claimed it removes it.
--
-- KEYS  1 open connections (sorted set by when they were opened)
-- ARGV  1 connection   2 name of this call (a number above zero)
-- Returns 1 where this call claimed it, else 0.

local score = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]))
if not score or (score < 0 and score ~= -ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], '-' .. ARGV[2], ARGV[1])
return 1
