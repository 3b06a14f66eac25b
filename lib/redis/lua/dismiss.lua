-- Removes a consumer, where there is one.
--
-- KEYS  1 the consumer   2 the user's consumers (see appoint.lua)
-- ARGV  1 name

redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
