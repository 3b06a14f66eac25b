-- Takes a listener out of an audience, unless it was entered at a later version.
--
-- KEYS  1 audience (sorted set)   2 versions at which connections left it (sorted set by version)
--       3 whether anybody is there (hash), where that is told
-- ARGV  1 connection   2 version   3 ms for which that is remembered, 0 where nothing that was decided before can come
-- Returns 1.

local stood = standing()
if stood and stood <= version then redis.call('ZREMRANGEBYLEX', KEYS[1], from, to) end
if KEYS[3] and redis.call('EXISTS', KEYS[1]) == 0 then abandon(KEYS[3]) end
if ARGV[3] == '0' or (stood and stood > version) then return 1 end

redis.call('ZADD', KEYS[2], 'GT', ARGV[2], ARGV[1])
-- More than come, so that it keeps up; and few, so that the step stays short where all left at once.
local old = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now - 1000 * ARGV[3]), 'LIMIT', 0, 16)
if #old > 0 then redis.call('ZREM', KEYS[2], unpack(old)) end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
