-- Enters a listener of one channel or pattern, in place of what it was entered as before, unless the connection was
-- entered or left at a later version.
--
-- KEYS  1 audience (sorted set)   2 versions at which connections left it (sorted set by version)
--       3 whether anybody is there (hash), 4 what is to be told of it (list), where that is
-- ARGV  1 connection   2 version   3 member   4 lifetime (ms)   5 ms after which this comes too late
-- Returns 1; 0 where a later version stands; -1 where this comes so late that nobody may know any more whether one does.

if version < now - 1000 * ARGV[5] then return -1 end
local left = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[1]) or '0')
if math.max(left, standing() or 0) > version then return 0 end

redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYLEX', KEYS[1], from, to)
redis.call('ZADD', KEYS[1], 0, ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if KEYS[3] then occupy(KEYS[3], KEYS[4], 'occupied') end
return 1
