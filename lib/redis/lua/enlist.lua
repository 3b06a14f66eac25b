-- Enters a connection in the index of open ones, and drops those that are older than a connection can be.
--
-- KEYS  1 open connections (sorted set by when they were opened)
-- ARGV  1 now (ms since 1970)   2 lifetime (ms)   3 connection
-- Returns 1 if it is new else 0, and how many were dropped: a thousand at most, so that the step stays short. What is sent again is as new as it was, and drops none.

redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[3])
local added = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[3])) == tonumber(ARGV[1]) and 1 or 0
-- Those below zero are being closed by somebody, who counts them.
local old = redis.call('ZRANGEBYSCORE', KEYS[1], 0, string.format('%.0f', ARGV[1] - ARGV[2]), 'LIMIT', 0, 1000)
local dropped = #old > 0 and redis.call('ZREM', KEYS[1], unpack(old)) or 0
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { added, dropped }
