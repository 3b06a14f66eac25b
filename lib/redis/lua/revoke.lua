-- Notes when a user's sessions were revoked. A later time stays: whoever revokes with a clock that is behind takes nothing
-- back of what another revoked.
--
-- KEYS  1 when they were revoked (ms since 1970)
-- ARGV  1 now (ms since 1970)   2 ms it is remembered

local known = tonumber(redis.call('GET', KEYS[1]) or '0')
redis.call('SET', KEYS[1], string.format('%.0f', math.max(known, tonumber(ARGV[1]))), 'PX', ARGV[2])
return 1
