-- Notes when a user's sessions were revoked. A later time stays: whoever revokes with a clock that is behind takes nothing
-- back of what another revoked.
--
-- KEYS  1 when they were revoked (ms since 1970)   2 what is to be told of the user (list), where that is
-- ARGV  1 now (ms since 1970)   2 ms it is remembered

local known = tonumber(redis.call('GET', KEYS[1]) or '0')
redis.call('SET', KEYS[1], string.format('%.0f', math.max(known, tonumber(ARGV[1]))), 'PX', ARGV[2])
if KEYS[2] and known < tonumber(ARGV[1]) then tell(KEYS[2], 'revoked', ARGV[1], {}) end
return 1
