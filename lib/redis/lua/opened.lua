-- Tells that a connection was opened, once.
--
-- KEYS  1 connection (hash)   2 what is to be told of it (list)
-- Returns 1.
--
-- That it was told stands in the record: only then its end is told too.

if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'opened') == 1 then return 1 end
local version = nextVersion(KEYS[1])
redis.call('HSET', KEYS[1], 'version', version, 'opened', version)
tell(KEYS[2], 'opened', version, { user = redis.call('HGET', KEYS[1], 'user') })
return 1
